import { createHash } from 'node:crypto';
import { openCheckpoint } from '@main/formats';
import type { Checkpoint } from '@main/formats';
import { blockTensors } from '@main/model';
import type { BlockConfig, HostFloats, HostParams } from '@main/model';
import { UserError } from '@shared/errors';
import { ggufLayout } from './gguf';
import { huggingFaceLayout } from './huggingface';
import type { Layout, Source } from './layout';
import { isLibraryFile, libraryLayout } from './library';
import { licenceBeside } from './licence';
import { isMeta, metaLayout } from './meta';

/** How a block is used: as pictures have no reading order, it neither turns queries and keys nor hides tokens unless asked to. */
export interface BlockOptions {
  readonly causal?: boolean;
  readonly rotary?: boolean;
}

export interface LoadedBlock {
  /** Of the lowest layer, with those on it. */
  readonly config: BlockConfig;
  /** Under `blockTensors`' names, without `block.`: `prefixBlock` adds it. */
  readonly params: HostParams;
  /** The layers that were read, from the lowest. */
  readonly layers: readonly number[];
}

/** A file or folder that holds blocks; nothing but headers was read. */
export interface BlockFile {
  readonly path: string;
  readonly format: Checkpoint['format'];
  readonly files: readonly string[];
  readonly family: string;
  readonly name: string | null;
  readonly licence: string | null;
  readonly layers: readonly number[];
  readonly layerCount: number | null;
  /** Number types of a layer's tensors in the file, the most frequent first. */
  types(layer: number): string[];
  /** Numbers of a layer, without the final norm. */
  parameters(layer: number): number;
  /** With the family's own rotation; not causal. @throws UserError where the layer is not here */
  config(layer: number): BlockConfig;
  /** @param layers null: the last one @throws UserError */
  load(layers: readonly number[] | null, options?: BlockOptions): Promise<LoadedBlock>;
  /** The same tensor by tensor, so that not all of them need be in memory at once. */
  read(
    layers: readonly number[] | null,
    options?: BlockOptions,
  ): { layers: readonly number[]; config: BlockConfig; tensors: AsyncIterable<[string, HostFloats]> };
}

/**
 * Opens whatever holds a language model's blocks (`openCheckpoint`) and finds out its family.
 * @throws UserError where it is damaged, or a model of another kind
 */
export async function openBlocks(path: string): Promise<BlockFile> {
  const checkpoint = await openCheckpoint(path);
  const layout = await layoutOf(checkpoint);
  const read: BlockFile['read'] = (layers, options = {}) => {
    const chosen = choose(checkpoint, layout, layers, options);
    return { ...chosen, tensors: tensorsOf(checkpoint, layout, chosen) };
  };
  return {
    path,
    format: checkpoint.format,
    files: checkpoint.files,
    family: layout.family,
    name: layout.name,
    licence: layout.licence ?? licenceBeside(checkpoint.files[0] ?? path),
    layers: layout.layers,
    layerCount: layout.layerCount,
    types: (layer) => typesOf(checkpoint, layout, layer),
    parameters: (layer) =>
      ownTensors(checkpoint, layout.prefix(layer))
        .filter(([name]) => !layout.ignored.test(name))
        .reduce((sum, [, { shape }]) => sum + shape.reduce((product, dim) => product * dim, 1), 0),
    config: (layer) => layout.config(held(layout, layer, path)),
    read,
    async load(layers, options) {
      const { tensors, ...chosen } = read(layers, options);
      const params: HostParams = {};
      for await (const [name, tensor] of tensors) params[name] = tensor;
      return { ...chosen, params };
    },
  };
}

/** One block, or several on each other, and the final norm. @param layers null: the last one that the file holds */
export async function loadBlock(
  path: string,
  layers: number | readonly number[] | null,
  options: BlockOptions = {},
): Promise<LoadedBlock> {
  const file = await openBlocks(path);
  return file.load(typeof layers === 'number' ? [layers] : layers, options);
}

async function layoutOf(checkpoint: Checkpoint): Promise<Layout> {
  const { tensors, format } = checkpoint;
  if (isLibraryFile(checkpoint)) return libraryLayout(checkpoint);
  if (format === 'gguf') return ggufLayout(checkpoint, await ropeFactors(checkpoint));
  if (isMeta(tensors.keys())) return metaLayout(checkpoint);
  return huggingFaceLayout(checkpoint);
}

/** Factors of a scaled rotary embedding that llama.cpp's converter stores as a tensor. */
async function ropeFactors({ tensors, readFloat32 }: Checkpoint): Promise<number[] | null> {
  for (const name of ['rope_freqs.weight', 'rope_factors_short.weight'])
    if ((tensors.get(name)?.shape[0] ?? Infinity) <= 4096) return [...(await readFloat32(name)).data];
  return null;
}

function held(layout: Layout, layer: number, path: string): number {
  if (!layout.layers.includes(layer))
    throw new UserError('file-unsupported', `it holds no block ${layer}; it has ${ranges(layout.layers)}`, {
      file: path,
    });
  return layer;
}

/** `0–31`, or `0, 15, 29`. */
export function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const n of numbers) {
    const last = runs.at(-1);
    if (last && n === last[1] + 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}–${to}`))
    .join(', ');
}

function ownTensors(checkpoint: Checkpoint, prefix: string) {
  return [...checkpoint.tensors].flatMap(([name, tensor]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
  );
}

function typesOf(checkpoint: Checkpoint, layout: Layout, layer: number): string[] {
  const counts = new Map<string, number>();
  for (const [, { type, shape }] of ownTensors(checkpoint, layout.prefix(layer)))
    counts.set(type, (counts.get(type) ?? 0) + shape.reduce((product, dim) => product * dim, 1));
  return [...counts].sort(([, a], [, b]) => b - a).map(([type]) => type);
}

/** The block as it is used. */
function used(config: BlockConfig, { causal = false, rotary = false }: BlockOptions): BlockConfig {
  return {
    ...config,
    rotary: rotary ? config.rotary : null,
    causal,
    window: causal ? config.window : null,
    above: config.above.map((one) => used(one, { causal, rotary })),
  };
}

/** What is asked for, checked against what is here. */
interface Chosen {
  readonly layers: readonly number[];
  readonly config: BlockConfig;
}

function choose(checkpoint: Checkpoint, layout: Layout, layers: readonly number[] | null, o: BlockOptions): Chosen {
  const { path } = checkpoint;
  const chosen = layers ?? [layout.layers.at(-1)!];
  if (chosen.length === 0) throw new UserError('value-invalid', 'no layer is named', { file: path });
  const configs = chosen.map((layer) => layout.config(held(layout, layer, path)));
  const uneven = configs.find(({ width }) => width !== configs[0]!.width);
  if (uneven) throw new UserError('file-damaged', 'its layers differ in width', { file: path });
  for (const layer of chosen) refuseForeign(checkpoint, layout, layer);
  return { layers: chosen, config: used({ ...configs[0]!, above: configs.slice(1) }, o) };
}

/**
 * The block's tensors one after the other, each checked against the sizes: what came before may be forgotten.
 * @throws UserError where one is missing or has another shape
 */
async function* tensorsOf(
  checkpoint: Checkpoint,
  layout: Layout,
  { layers, config }: Chosen,
): AsyncGenerator<[string, HostFloats]> {
  const wrong = (reason: string): UserError => new UserError('file-unsupported', reason, { file: checkpoint.path });
  const shapes = blockTensors(config);
  const missing = new Set(Object.keys(shapes));
  const own = layout.sources.filter(({ from }) => !from.startsWith('/'));
  const shared = layout.sources.filter(({ from }) => from.startsWith('/'));
  const parts = [
    ...layers.map((layer, i) => ({
      sources: own,
      prefix: layout.prefix(layer),
      inStack: i === 0 ? '' : `layers.${i}.`,
    })),
    { sources: shared, prefix: '', inStack: '' },
  ];
  for (const { sources, prefix, inStack } of parts)
    for (const [from, takers] of byTensor(checkpoint, sources, prefix)) {
      const { shape, data } = await checkpoint.readFloat32(from);
      const whole: HostFloats = { dtype: 'float32', shape, data };
      for (const { to, pick } of takers) {
        const name = inStack + to;
        const expected = shapes[name]?.shape;
        if (!expected) throw wrong(`the block has the tensor ${from}, which a ${layout.family} block has no use for`);
        const tensor = pick ? pick(whole) : whole;
        if (tensor.shape.length !== expected.length || tensor.shape.some((size, i) => size !== expected[i]))
          throw wrong(`${from}: expected shape [${expected}], got [${tensor.shape}]`);
        missing.delete(name);
        yield [name, tensor];
      }
    }
  if (missing.delete('norm.weight')) {
    if (layout.finalNorm === undefined) throw wrong(`it lacks the final norm ${sourceOf(layout, 'norm.weight')}`);
    const { width } = config;
    if (layout.finalNorm === 'plain')
      yield ['norm.weight', { dtype: 'float32', shape: [width], data: new Float32Array(width).fill(1) }];
  }
  const lacking = [...missing].find((name) => !shapes[name]!.optional);
  if (lacking) throw wrong(`the block lacks the tensor ${sourceOf(layout, lacking)}`);
}

/** A tensor of the layer that nothing reads means a block of another kind. */
function refuseForeign(checkpoint: Checkpoint, layout: Layout, layer: number): void {
  const known = new Set(layout.sources.map(({ from }) => from));
  const foreign = ownTensors(checkpoint, layout.prefix(layer)).find(
    ([name]) => !known.has(name) && !layout.ignored.test(name),
  );
  if (foreign)
    throw new UserError(
      'file-unsupported',
      `its block ${layer} is of another kind than ${layout.family}'s: it has the tensor ${foreign[0]}`,
      { file: checkpoint.path },
    );
}

const sourceOf = (layout: Layout, name: string): string =>
  layout.sources.find(({ to }) => to === name.replace(/^layers\.\d+\./, ''))?.from.replace(/^\//, '') ?? name;

/** Sources by the tensor that they are read from: one that several take their share of is read once. */
function byTensor(checkpoint: Checkpoint, sources: readonly Source[], prefix: string): Map<string, Source[]> {
  const found = new Map<string, Source[]>();
  for (const source of sources) {
    const name = source.from.startsWith('/') ? source.from.slice(1) : prefix + source.from;
    if (checkpoint.tensors.has(name)) found.set(name, [...(found.get(name) ?? []), source]);
  }
  return found;
}

/**
 * SHA-256 of a block as it is computed with: its sizes, and its tensors as float32, whatever file they lie in.
 * @throws UserError as reading it
 */
export async function hashOfBlock(path: string, layers: number | readonly number[] | null): Promise<string> {
  const file = await openBlocks(path);
  const { config, tensors } = file.read(typeof layers === 'number' ? [layers] : layers);
  const hash = createHash('sha256');
  const sizes = [config, ...config.above].map(({ rotary: _r, causal: _c, window: _w, above: _a, ...rest }) => rest);
  hash.update(JSON.stringify(sizes));
  const digests: string[] = [];
  for await (const [name, { shape, data }] of tensors) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    digests.push(`${name}:${shape.join()}:${createHash('sha256').update(bytes).digest('hex')}`);
  }
  return hash.update(digests.sort().join(';')).digest('hex');
}
