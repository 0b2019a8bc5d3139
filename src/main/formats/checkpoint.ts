import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '@shared/errors';
import { fileError, openFile, readFully } from './file';
import { openGguf } from './gguf';
import { openLlama2c } from './llama2c';
import { readSafetensorsHeader } from './safetensors';
import { isTorchLegacy, openTorchLegacy } from './torch/legacy';
import { openTorchZip } from './torch/zip';
import { decodeNumbers } from './weights';
import type { WeightFile, WeightTensor } from './weights';

/** A checkpoint of a language model with what stands beside it. */
export interface Checkpoint extends WeightFile {
  /** `config.json` (Hugging Face) and `params.json` (Meta) of the folder; null where there is none. */
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly params: Readonly<Record<string, unknown>> | null;
  /** `preprocessor_config.json` (Hugging Face): how pictures are prepared for an encoder. */
  readonly preprocessor: Readonly<Record<string, unknown>> | null;
}

const MAX_JSON = 64 * 1024 * 1024;

/**
 * Opens a checkpoint: a file (safetensors, GGUF, PyTorch's `.bin` and `.pth`, llama2.c's `.bin`), told apart by content, or a folder as
 * Hugging Face and Meta lay them out, in one file or in shards. A file that is a shard stands for all of them. Only headers are read.
 * @throws UserError `file-missing`, `file-damaged`, `file-unsupported`, `file-too-large`
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw fileError(error, path);
  }
  const folder = isFolder ? path : dirname(resolve(path));
  const file = isFolder ? await openFolder(path) : ((await openShards(path, folder)) ?? (await openWeights(path)));
  const besides = file.format === 'safetensors' || file.format === 'torch';
  return {
    ...file,
    path,
    config: besides ? jsonOf(join(folder, 'config.json')) : null,
    params: besides ? jsonOf(join(folder, 'params.json')) : null,
    preprocessor: besides ? jsonOf(join(folder, 'preprocessor_config.json')) : null,
  };
}

/** One file. */
async function openWeights(path: string): Promise<WeightFile> {
  if (path.endsWith('.index.json')) return openIndex(path);
  const { handle, size } = await openFile(path);
  let start: Buffer;
  try {
    start = await readFully(handle, path, 0, Math.min(16, size));
  } finally {
    await handle.close();
  }
  if (size === 0) throw new UserError('file-damaged', 'it is empty', { file: path });
  if (start.toString('latin1', 0, 4) === 'GGUF') return openGgufWeights(path);
  if (start.toString('latin1', 0, 2) === 'PK') return openTorchZip(path);
  if (isTorchLegacy(start)) return openTorchLegacy(path);
  if (/\.safetensors$/i.test(path) || start[8] === 0x7b) return openSafetensors(path);
  const llama2c = await openLlama2c(path);
  if (llama2c) return llama2c;
  throw new UserError(
    'file-unsupported',
    'it is none of the files that hold weights: safetensors, GGUF, PyTorch (.bin, .pth), llama2.c (.bin)',
    { file: path },
  );
}

async function openGgufWeights(path: string): Promise<WeightFile> {
  const file = await openGguf(path);
  return {
    path,
    format: 'gguf',
    files: [path],
    tensors: new Map(file.tensors.map((tensor) => [tensor.name, tensor])),
    metadata: file.metadata,
    readFloat32: (name) => file.readFloat32(name),
  };
}

async function openSafetensors(path: string): Promise<WeightFile> {
  const header = await readSafetensorsHeader(path);
  const entries = new Map(header.names.map((name) => [name, header.entry(name)]));
  const tensors = new Map<string, WeightTensor>();
  for (const [name, { code, shape, bytes }] of entries) tensors.set(name, { type: code, shape, bytes });
  return {
    path,
    format: 'safetensors',
    files: [path],
    tensors,
    metadata: header.metadata,
    async readFloat32(name) {
      const { dtype, shape, offset } = entries.get(name) ?? header.entry(name);
      const items = shape.reduce((product, dim) => product * dim, 1);
      return { shape, data: await decodeNumbers(path, offset, items, dtype) };
    },
  };
}

/** Where a folder has several, the first of these counts: what Hugging Face itself prefers. */
const IN_FOLDER = [
  /^model\.safetensors\.index\.json$/,
  /^model\.safetensors$/,
  /^pytorch_model\.bin\.index\.json$/,
  /^pytorch_model\.bin$/,
  /^consolidated\.safetensors$/,
  /^consolidated\.\d+\.pth$/,
  /^[^.].*\.safetensors\.index\.json$/,
  /^[^.].*\.safetensors$/,
  /^[^.].*\.gguf$/,
  /^[^.].*\.(bin|pth|pt)$/,
];

async function openFolder(folder: string): Promise<WeightFile> {
  const names = readdirSync(folder).sort();
  for (const pattern of IN_FOLDER) {
    const found = names.filter((name) => pattern.test(name));
    if (found.length === 0) continue;
    const first = join(folder, found[0]!);
    const shards = await openShards(first, folder);
    if (shards) return shards;
    if (found.length > 1)
      throw new UserError('value-invalid', `it holds several checkpoints (${found.slice(0, 4).join(', ')}): name one`, {
        file: folder,
      });
    return openWeights(first);
  }
  throw new UserError(
    'file-unsupported',
    'it holds no checkpoint: no .safetensors, .gguf, pytorch_model.bin, consolidated.*.pth or llama2.c .bin',
    { file: folder },
  );
}

/** All shards of the set that a file is one of; null where it stands alone. */
async function openShards(path: string, folder: string): Promise<WeightFile | null> {
  const name = basename(path);
  if (/^consolidated\.\d+\.pth$/.test(name)) return openParallel(folder);
  const numbered = /^(.*)-(\d{5})-of-(\d{5})(\.\w+)$/.exec(name);
  if (!numbered) return null;
  const [, stem, , count, ending] = numbered as unknown as [string, string, string, string, string];
  const index = join(folder, `${stem}${ending}.index.json`);
  if (existsSync(index)) return openIndex(index);
  const files = Array.from({ length: Number(count) }, (_, i) =>
    join(folder, `${stem}-${String(i + 1).padStart(5, '0')}-of-${count}${ending}`),
  );
  const missing = files.find((file) => !existsSync(file));
  if (files.length === 0 || files.length > MOST_SHARDS)
    throw new UserError('file-damaged', `its name claims ${count} shards`, { file: path });
  if (missing) throw new UserError('file-missing', 'a shard of the checkpoint is missing', { file: missing });
  return joined(path, await Promise.all(files.map(openWeights)));
}

const MOST_SHARDS = 1000;
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Hugging Face's `*.index.json`: which shard holds which tensor. */
async function openIndex(path: string): Promise<WeightFile> {
  const parsed = indexSchema.safeParse(jsonOf(path));
  if (!parsed.success) throw new UserError('file-damaged', 'it has no weight_map', { file: path, cause: parsed.error });
  const map = parsed.data.weight_map;
  const folder = dirname(path);
  const names = [...new Set(Object.values(map))].sort();
  const outside = names.find((name) => basename(name) !== name || name === '..');
  if (outside !== undefined)
    throw new UserError('file-damaged', `it names a shard outside of its folder: ${JSON.stringify(outside)}`, {
      file: path,
    });
  if (names.length > MOST_SHARDS)
    throw new UserError('file-too-large', `it names ${names.length} shards`, { file: path });
  const shards = new Map<string, WeightFile>();
  for (const name of names) shards.set(name, await openWeights(join(folder, name)));
  for (const [tensor, shard] of Object.entries(map))
    if (!shards.get(shard)!.tensors.has(tensor))
      throw new UserError('file-damaged', `the tensor "${tensor}" is not in it, though the index says so`, {
        file: join(folder, shard),
      });
  return joined(path, [...shards.values()]);
}

/** Shards that each hold whole tensors. */
function joined(path: string, shards: readonly WeightFile[]): WeightFile {
  const owner = new Map<string, WeightFile>();
  const tensors = new Map<string, WeightTensor>();
  for (const shard of shards)
    for (const [name, tensor] of shard.tensors) {
      if (owner.has(name))
        throw new UserError('file-damaged', `two shards hold the tensor "${name}"`, { file: shard.path });
      owner.set(name, shard);
      tensors.set(name, tensor);
    }
  return {
    path,
    format: shards[0]!.format,
    files: shards.flatMap(({ files }) => files),
    tensors,
    metadata: shards[0]!.metadata,
    readFloat32(name) {
      const shard = owner.get(name);
      if (!shard) throw new UserError('file-damaged', `it has no tensor "${name}"`, { file: path });
      return shard.readFloat32(name);
    },
  };
}

/** Along which axis Meta's model-parallel shards (fairscale) hold parts of a tensor; all others are whole in each. */
const CUT: readonly [RegExp, number][] = [
  [/\.(wq|wk|wv|w1|w3)\.(weight|bias)$|^output\.weight$/, 0],
  [/\.(wo|w2)\.weight$|^tok_embeddings\.weight$/, 1],
];

/** Meta's `consolidated.00.pth`, `consolidated.01.pth` …: each holds a slice of every matrix. */
async function openParallel(folder: string): Promise<WeightFile> {
  const names = readdirSync(folder)
    .filter((name) => /^consolidated\.\d+\.pth$/.test(name))
    .sort();
  names.forEach((name, i) => {
    if (Number(/\d+/.exec(name)![0]) !== i)
      throw new UserError('file-missing', `a shard of the checkpoint is missing before it`, {
        file: join(folder, name),
      });
  });
  const shards: WeightFile[] = [];
  for (const name of names) shards.push(await openWeights(join(folder, name)));
  const [first] = shards;
  if (shards.length === 1) return first!;
  const tensors = new Map<string, WeightTensor>();
  for (const [name, { type, shape }] of first!.tensors) {
    const parts = shards.map((shard) => {
      const part = shard.tensors.get(name);
      if (!part) throw new UserError('file-damaged', `it lacks a part of the tensor "${name}"`, { file: shard.path });
      return part;
    });
    const axis = axisOf(name, shape);
    const whole = [...shape];
    if (axis !== null) whole[axis] = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
    parts.forEach((part, i) => {
      const fits = part.shape.length === shape.length && part.shape.every((size, a) => a === axis || size === shape[a]);
      if (!fits)
        throw new UserError('file-damaged', `its part of the tensor "${name}" has another shape`, {
          file: shards[i]!.path,
        });
    });
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    tensors.set(name, { type, shape: whole, bytes });
  }
  return {
    path: folder,
    format: 'torch',
    files: shards.map(({ path }) => path),
    tensors,
    metadata: {},
    async readFloat32(name) {
      const tensor = tensors.get(name);
      if (!tensor) throw new UserError('file-damaged', `it has no tensor "${name}"`, { file: folder });
      const axis = axisOf(name, tensor.shape);
      if (axis === null) return first!.readFloat32(name);
      const { shape } = tensor;
      const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
      const across = shape.slice(axis).reduce((product, dim) => product * dim, 1);
      let at = 0;
      for (const shard of shards) {
        const part = await shard.readFloat32(name);
        const run = part.shape.slice(axis).reduce((product, dim) => product * dim, 1);
        for (let row = 0; row * across < data.length; row++)
          data.set(part.data.subarray(row * run, (row + 1) * run), row * across + at);
        at += run;
      }
      return { shape, data };
    },
  };
}

const axisOf = (name: string, shape: readonly number[]): number | null => {
  const axis = CUT.find(([pattern]) => pattern.test(name))?.[1];
  return axis === undefined || axis >= shape.length ? null : axis;
};

/** A JSON object of a file; null where there is no such file. @throws UserError where it is damaged */
function jsonOf(path: string): Record<string, unknown> | null {
  if (!existsSync(path)) return null;
  if (statSync(path).size > MAX_JSON)
    throw new UserError('file-too-large', 'it is larger than any index', { file: path });
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new UserError('file-damaged', 'it is not JSON', { file: path, cause });
  }
}
