import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { openCheckpoint, smallestExact } from '@main/formats';
import type { StoredTensor } from '@main/formats';
import type { LibraryBlock } from '@shared/domain';
import { UserError } from '@shared/errors';
import { familyAbsorbs } from '@main/model';
import { headOf, isLibraryFile, LIBRARY_KEY, libraryHead } from './library';
import type { LibraryHead } from './library';
import { keepInLibrary, libraryHash, listLibrary } from '../libraryFiles';
import { openBlocks } from './load';

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
  const words = [head.name ?? head.family, `layer-${head.layer}`];
  return libraryBlock(await keepInLibrary(folder, words, stored, { [LIBRARY_KEY]: JSON.stringify(head) }));
}

/** The blocks of a library; files that are none are left out. By name. */
export const libraryBlocks = (folder: string): Promise<LibraryBlock[]> => listLibrary(folder, libraryBlock);

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
    sha256: await libraryHash(path),
    bytes: (await stat(path)).size,
  };
}
