import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { openCheckpoint, smallestExact, writeSafetensors } from '@main/formats';
import type { StoredTensor } from '@main/formats';
import type { LibraryBlock } from '@shared/domain';
import { UserError } from '@shared/errors';
import { familyAbsorbs } from '@main/model';
import { headOf, isLibraryFile, LIBRARY_KEY, libraryHead } from './library';
import type { LibraryHead } from './library';
import { openBlocks } from './load';

const ENDING = '.safetensors';

/**
 * Takes one layer and the final norm out of any file into a safetensors file of its own in `folder`, each tensor in the smallest type
 * that holds it exactly. The same block again is the same file.
 * @param layer null: the last one
 * @throws UserError as reading and writing
 */
export async function importBlock(path: string, layer: number | null, folder: string): Promise<LibraryBlock> {
  const file = await openBlocks(path);
  const { layers, config, tensors } = file.read(layer === null ? null : [layer], { rotary: true });
  const stored: Record<string, StoredTensor> = {};
  for await (const [name, { shape, data }] of tensors) stored[name] = { shape, ...smallestExact(data) };
  const head: LibraryHead = libraryHead.parse({
    format: 1,
    family: file.family,
    name: file.name,
    layer: layers[0],
    licence: file.licence,
    from: basename(resolve(path)),
    config: { ...config, window: file.config(layers[0]!).window },
  });
  await mkdir(folder, { recursive: true });
  const making = join(folder, `.making-${process.pid}${ENDING}`);
  try {
    await writeSafetensors(making, stored, { [LIBRARY_KEY]: JSON.stringify(head) });
    const sha256 = await hashOf(making);
    const stem = [head.name ?? head.family, `layer-${head.layer}`, sha256.slice(0, 12)].join('-');
    const target = join(folder, stem.replace(/[^\w.-]+/g, '-') + ENDING);
    await rename(making, target);
    return await libraryBlock(target);
  } finally {
    await rm(making, { force: true });
  }
}

/** The blocks of a library; files that are none are left out. By name. */
export async function libraryBlocks(folder: string): Promise<LibraryBlock[]> {
  if (!existsSync(folder)) return [];
  const blocks: LibraryBlock[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith(ENDING) || name.startsWith('.')) continue;
    try {
      blocks.push(await libraryBlock(join(folder, name)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      console.error(`${name} is left out of the library of blocks: ${error.message}`);
    }
  }
  return blocks;
}

async function libraryBlock(path: string): Promise<LibraryBlock> {
  const checkpoint = await openCheckpoint(path);
  if (!isLibraryFile(checkpoint))
    throw new UserError('file-unsupported', 'it is no block that Residua imported', { file: path });
  const count = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
  const parameters = [...checkpoint.tensors]
    .filter(([name]) => !name.startsWith('norm.'))
    .reduce((sum, [, { shape }]) => sum + count(shape), 0);
  const { family, name, licence, layer, from, config } = headOf(checkpoint);
  return {
    id: basename(path),
    path,
    family,
    name,
    licence,
    layer,
    from,
    width: config.width,
    heads: config.heads,
    keyValueHeads: config.keyValueHeads,
    hidden: config.hidden,
    parameters,
    absorbed: familyAbsorbs({ ...config, above: [] }),
    rotary: config.rotary !== null,
    sha256: await hashOf(path),
    bytes: (await stat(path)).size,
  };
}

const known = new Map<string, string>();

/** SHA-256 of a file, remembered while size and time stay. */
async function hashOf(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const key = `${path} ${size} ${mtimeMs}`;
  const before = known.get(key);
  if (before) return before;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  const sha256 = hash.digest('hex');
  known.set(key, sha256);
  return sha256;
}
