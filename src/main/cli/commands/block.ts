import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BlockFile } from '@main/engine';
import { openCheckpoint, readArray, writeNpz } from '@main/formats';
import { tensorflowDir } from '@main/project/enginesDir';
import type { Where } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { whereOf } from '../options';
import type { BlockPlace } from '../options';
import { table } from '../output';
import type { Answer } from '../output';

/** Loaded once a file is known to be sound: a damaged one is refused at once. */
const engines = () => import('@main/engine');
const models = () => import('@main/model');

/** What a file or folder holds: the model, its blocks, and every tensor. */
export async function blockList(path: string): Promise<Answer> {
  const checkpoint = await openCheckpoint(path);
  const tensors = [...checkpoint.tensors].map(([name, { type, shape }]) => ({ name, type, shape }));
  const { format, files } = checkpoint;
  const common = { path, format, files: files.map((file) => resolve(file)) };
  const { openBlocks, ranges } = await engines();
  const { familyAbsorbs } = await models();
  let file: BlockFile;
  try {
    file = await openBlocks(path);
  } catch (error) {
    // Tensors that are no block of a known family are still worth being shown.
    if (!(error instanceof UserError && error.code === 'file-unsupported')) throw error;
    const rows = tensors.map(({ name, type, shape }) => [name, type, shape.join(' × ')]);
    const text = [`${path}: ${error.reason}.`, table(['tensor', 'type', 'shape'], rows)].join('\n');
    return { json: { ...common, family: null, reason: error.reason, layers: [], tensors }, text };
  }
  const first = file.layers[0]!;
  const c = file.config(first);
  const json = {
    ...common,
    family: file.family,
    name: file.name,
    licence: file.licence,
    layers: file.layers,
    layerCount: file.layerCount,
    width: c.width,
    heads: c.heads,
    keyValueHeads: c.keyValueHeads,
    headSize: c.headSize,
    hidden: c.hidden,
    norm: c.norm === 'rms' ? 'RMSNorm' : 'LayerNorm',
    activation: c.activation,
    parameters: file.parameters(first),
    types: file.types(first),
    rotary: file.layers.some((layer) => file.config(layer).rotary !== null),
    absorbed: familyAbsorbs(c),
    tensors,
  };
  const rows = [
    ['family', json.family],
    ['name', json.name],
    ['file', `${format}, ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${tensors.length} tensors`],
    ['blocks', `${ranges(file.layers)}${file.layerCount === null ? '' : ` of ${file.layerCount}`}`],
    ['width', String(c.width)],
    ['heads', `${c.heads} of ${c.headSize}, ${c.keyValueHeads} for keys and values`],
    ['feed-forward', `${c.hidden}, ${c.activation}${c.gated ? ', gated' : ''}`],
    ['norm', json.norm],
    ['parameters', `${json.parameters} a block, ${json.types.join(', ')}`],
    ['rotary', json.rotary ? 'yes' : 'no'],
    ['form', json.absorbed ? 'absorbed (only the CLS row is computed)' : 'full (all rows are computed)'],
    ['licence', json.licence ?? 'not stated'],
  ];
  return { json, text: table(['', ''], rows).trimStart() };
}

export interface BlockRunOptions extends Partial<Where> {
  input: string;
  output: string;
  causal?: boolean;
  rotary?: boolean;
}

/** One block (or several on each other) on given numbers, so that an import can be held against the original. */
export async function blockRun(place: BlockPlace, options: BlockRunOptions, { output }: Context): Promise<Answer> {
  const { path, layer } = existing(place);
  await openCheckpoint(path);
  const stored = await readArray(options.input, 'u');
  const { openBlocks, openEngine } = await engines();
  const { blockOf, finalNormOf, prefixBlock } = await models();
  const file = await openBlocks(path);
  const layers = typeof layer === 'number' ? [layer] : layer;
  const { config, params, layers: read } = await file.load(layers, options);
  if (options.rotary && [config, ...config.above].every(({ rotary }) => rotary === null))
    output.note(`${file.family} turns no queries and keys: --rotary changes nothing`);
  const { shape } = stored;
  if (shape.length !== 3 || shape[2] !== config.width || shape.includes(0))
    throw new UserError(
      'value-invalid',
      `u has the shape [${shape.join(', ')}]; this block takes [B, N, ${config.width}]`,
      { file: options.input },
    );
  if (stored.dtype === 'float16' || stored.dtype === 'bfloat16')
    throw new UserError('value-invalid', 'u is half precision: save it as float32', { file: options.input });
  const u = { dtype: 'float32' as const, shape, data: Float32Array.from(stored.data as ArrayLike<number>) };
  const engine = await openEngine({ ...whereOf(options), tensorflowDir: tensorflowDir() });
  // Weights are inputs, not constants: for a single run the engine need not keep copies of its own, laid out for speed.
  const feeds = { ...prefixBlock(params), u };
  const program = await engine.compile({
    constants: {},
    inputs: Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, { dtype: t.dtype, shape: t.shape }])),
    apply: (_constants, inputs) => {
      const block = blockOf(inputs, inputs.u!, config); // [B, N, L]
      return { block, block_norm: finalNormOf(inputs, block, config) }; // [B, N, L] each
    },
  });
  const results = await program.run(feeds);
  await program.dispose();
  const arrays = Object.fromEntries(
    Object.entries(results).map(([name, result]) => [name, { shape, data: result.data as Float32Array }]),
  );
  await writeNpz(options.output, arrays);
  const { causal = false, rotary = false } = options;
  const json = {
    input: options.input,
    output: options.output,
    family: file.family,
    layers: read,
    shape,
    causal,
    rotary,
    engine: engine.description,
  };
  const text = `${options.output}: block and block_norm [${shape.join(', ')}] of ${file.family}, ${read.length === 1 ? 'layer' : 'layers'} ${read.join(', ')}, ${engine.description}`;
  return { json, text };
}

/** A file whose own name ends like a layer is meant as it stands. */
function existing(place: BlockPlace): BlockPlace {
  if (existsSync(place.path) || place.layer === null) return place;
  const whole = `${place.path}:${[place.layer].flat().join(',')}`;
  return existsSync(whole) ? { path: whole, layer: null } : place;
}
