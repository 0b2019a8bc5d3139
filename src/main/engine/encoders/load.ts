import { createHash } from 'node:crypto';
import { openCheckpoint } from '@main/formats';
import type { Checkpoint } from '@main/formats';
import { encoderTensors } from '@main/model';
import type { EncoderConfig, HostFloats, HostParams } from '@main/model';
import { licenceBeside } from '../blocks/licence';
import { IMAGENET, renormalised, withChannels } from './channels';
import type { Normalisation } from './channels';
import { huggingFaceLayout } from './huggingface';
import { objectIn, wrongFile } from './layout';
import type { Layout } from './layout';
import { isLibraryEncoder, libraryEncoderLayout } from './library';
import { timmLayout } from './timm';

export interface LoadedEncoder {
  readonly config: EncoderConfig;
  /** Under the names that `encode` reads. */
  readonly params: HostParams;
}

export interface LoadOptions {
  /** 3 where it is absent. A grey encoder serves RGB, an RGB one serves grey: exact for grey pictures. */
  readonly channels?: 1 | 3;
  /** Pixels are normalised as those that it was trained on. */
  readonly asTrained?: boolean;
}

/** A file or folder that holds a 2D encoder; nothing but headers was read. */
export interface EncoderFile {
  readonly path: string;
  readonly format: Checkpoint['format'];
  readonly files: readonly string[];
  readonly family: string;
  readonly name: string | null;
  readonly licence: string | null;
  readonly config: EncoderConfig;
  /** Channels of the pictures that it was trained on. */
  readonly channels: number;
  /** Side of those pictures in pixels, by its position embedding. */
  readonly imageSize: number;
  /** Tokens beside CLS and patches: registers, a distillation token. */
  readonly extraTokens: number;
  /** By what its pictures were normalised, where its files say so. */
  readonly normalisation: Normalisation | null;
  readonly parameters: number;
  /** Number types of its tensors in the file, the most frequent first. */
  readonly types: readonly string[];
  /** @param o for pictures of so many channels, normalised by ImageNet's mean and deviation unless they come as the encoder was trained */
  load(o?: LoadOptions): Promise<LoadedEncoder>;
}

const PATCH = 'embeddings.patch_embeddings.projection';
const POSITION = 'embeddings.position_embeddings';
const EXTRA = 'embeddings.extra_tokens';

/**
 * Opens whatever holds a vision transformer (`openCheckpoint`) and finds its family by the names of its tensors.
 * @throws UserError where it is damaged, or a model of another kind
 */
export async function openEncoder(path: string): Promise<EncoderFile> {
  const checkpoint = await openCheckpoint(path);
  const { tensors, files, format, metadata, config } = checkpoint;
  const layout = isLibraryEncoder(checkpoint)
    ? libraryEncoderLayout(checkpoint)
    : (timmLayout(checkpoint) ?? huggingFaceLayout(checkpoint));
  if (!layout)
    throw wrongFile(
      path,
      'it holds no vision transformer under the names of timm or Hugging Face (ViT, DeiT, DINO, DINOv2, MAE)',
    );
  check(checkpoint, layout);
  const own = ownTensors(checkpoint, layout);
  const shapeOf = (name: string): readonly number[] => tensors.get(layout.prefix + layout.part(name)!.from)!.shape;
  const extraTokens = layout.extra.reduce((sum, name) => sum + tensors.get(layout.prefix + name)!.shape[1]!, 0);
  const rows = shapeOf(POSITION)[1]! - layout.placed.reduce((sum, row) => sum + (row === 'cls' ? 1 : extraTokens), 0);
  const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const types = new Map<string, number>();
  for (const { type, shape } of own) types.set(type, (types.get(type) ?? 0) + count(shape));
  const library = isLibraryEncoder(checkpoint);
  const normalisation = library ? null : normalisationOf(checkpoint);
  return {
    path,
    format,
    files,
    family: layout.family,
    name: nameOf(metadata, config),
    licence: licenceBeside(files[0] ?? path),
    config: layout.config,
    channels: shapeOf(`${PATCH}.weight`)[1]!,
    imageSize: Math.round(Math.sqrt(rows)) * layout.config.patch,
    extraTokens,
    normalisation,
    parameters: own.reduce((sum, { shape }) => sum + count(shape), 0),
    types: [...types].sort(([, a], [, b]) => b - a).map(([type]) => type),
    load: (o = {}) => load(checkpoint, layout, o.asTrained ? null : normalisation, o.channels ?? 3),
  };
}

/**
 * A 2D encoder for RGB pictures normalised as ImageNet's, half precision made float32.
 * @throws UserError where the file is damaged or holds another network
 */
export async function loadEncoder(path: string): Promise<LoadedEncoder> {
  return (await openEncoder(path)).load();
}

/**
 * SHA-256 of an encoder as it is computed with: its sizes, and its tensors as float32, whatever file they lie in.
 * @throws UserError as reading it
 */
export async function hashOfEncoder(path: string): Promise<string> {
  const { config, params } = await loadEncoder(path);
  const hash = createHash('sha256').update(JSON.stringify(Object.entries(config).sort()));
  for (const name of Object.keys(params).sort()) {
    const { shape, data } = params[name]!;
    hash.update(`${name}:${shape.join()}`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** Tensors of the encoder itself: a head, a decoder and a pooler are left out. */
function ownTensors({ tensors }: Checkpoint, layout: Layout) {
  const names = new Set(
    [...Object.keys(encoderTensors(layout.config)).map((name) => layout.part(name)?.from), ...layout.extra].map(
      (name) => layout.prefix + name,
    ),
  );
  return [...tensors].flatMap(([name, tensor]) => (names.has(name) ? [tensor] : []));
}

/** @throws UserError that names the first tensor which is missing, has another shape, or belongs to a layer of another kind */
function check(checkpoint: Checkpoint, layout: Layout): void {
  const { tensors, path } = checkpoint;
  if (layout.config.layers === 0) throw wrongFile(path, 'it holds no layer of a vision transformer');
  const known = new Set<string>();
  for (const [name, { shape, optional }] of Object.entries(encoderTensors(layout.config))) {
    const part = layout.part(name);
    if (!part || name === EXTRA) continue;
    const full = layout.prefix + part.from;
    known.add(full);
    const tensor = tensors.get(full);
    if (!tensor) {
      if (optional) continue;
      throw wrongFile(path, `the encoder lacks the tensor ${full}`);
    }
    const expected = part.pick ? [shape[0]! * 3, ...shape.slice(1)] : shape;
    const fits =
      tensor.shape.length === expected.length && expected.every((size, i) => size === null || size === tensor.shape[i]);
    if (!fits)
      throw wrongFile(path, `${full}: expected shape [${expected.map((s) => s ?? '*')}], got [${tensor.shape}]`);
  }
  for (const name of layout.extra) {
    const { shape } = tensors.get(layout.prefix + name)!;
    if (shape.length !== 3 || shape[0] !== 1 || shape[2] !== layout.config.width)
      throw wrongFile(path, `${layout.prefix + name}: expected shape [1,*,${layout.config.width}], got [${shape}]`);
  }
  const starts = Array.from({ length: layout.config.layers }, (_, i) => layout.prefix + layout.layerPrefix(i));
  const foreign = [...tensors.keys()].find(
    (name) => !known.has(name) && starts.some((start) => name.startsWith(start)),
  );
  if (foreign)
    throw wrongFile(path, `its layers are of another kind than ${layout.family}'s: there is the tensor ${foreign}`);
}

async function load(
  checkpoint: Checkpoint,
  layout: Layout,
  normalisation: Normalisation | null,
  channels: 1 | 3,
): Promise<LoadedEncoder> {
  const { path, tensors } = checkpoint;
  const { config, prefix } = layout;
  const params: HostParams = {};
  const read = new Map<string, HostFloats>();
  const whole = async (name: string): Promise<HostFloats> => {
    const known = read.get(name);
    if (known) return known;
    const { shape, data } = await checkpoint.readFloat32(prefix + name);
    const tensor: HostFloats = { dtype: 'float32', shape, data };
    // Queries, keys and values lie in one tensor: it is read once, and forgotten with the next.
    read.clear();
    read.set(name, tensor);
    return tensor;
  };
  for (const name of Object.keys(encoderTensors(config))) {
    const part = layout.part(name);
    if (!part || !tensors.has(prefix + part.from)) continue;
    const tensor = await whole(part.from);
    params[name] = part.pick ? part.pick(tensor) : tensor;
  }
  await placeTokens(params, layout, whole, path);
  const wide = withChannels(params[`${PATCH}.weight`]!, 3);
  if (!wide) throw wrongFile(path, `it reads pictures of ${params[`${PATCH}.weight`]!.shape[1]} channels`);
  const none: HostFloats = { dtype: 'float32', shape: [config.width], data: new Float32Array(config.width) };
  const { weight, bias } =
    normalisation && !sameNormalisation(normalisation)
      ? renormalised(wide, params[`${PATCH}.bias`] ?? none, normalisation, IMAGENET)
      : { weight: wide, bias: params[`${PATCH}.bias`] };
  params[`${PATCH}.weight`] = withChannels(weight, channels)!;
  if (bias) params[`${PATCH}.bias`] = bias;
  return { config, params };
}

/** Brings positions to CLS and patches, and further tokens to one tensor that holds their positions already. */
async function placeTokens(
  params: HostParams,
  { placed, extra, config: { width } }: Layout,
  whole: (name: string) => Promise<HostFloats>,
  path: string,
): Promise<void> {
  const given = params[POSITION]!;
  const tokens: HostFloats[] = [];
  for (const name of extra) tokens.push(await whole(name));
  const count = tokens.reduce((sum, { shape }) => sum + shape[1]!, 0);
  const before = placed.reduce((sum, row) => sum + (row === 'cls' ? 1 : count), 0);
  const patches = given.shape[1]! - before;
  if (patches < 1 || !Number.isInteger(Math.sqrt(patches)))
    throw wrongFile(path, `its position embedding has ${patches} rows of patches, which form no square`);
  const row = (from: number, rows: number): Float32Array => given.data.subarray(from * width, (from + rows) * width);
  const position = new Float32Array((1 + patches) * width);
  if (placed.includes('cls')) position.set(row(0, 1));
  position.set(row(before, patches), width);
  params[POSITION] = { dtype: 'float32', shape: [1, 1 + patches, width], data: position };
  if (count === 0) return;
  const all = new Float32Array(count * width);
  let at = 0;
  for (const { data } of tokens) {
    all.set(data, at);
    at += data.length;
  }
  if (placed.includes('extra')) row(1, count).forEach((value, i) => (all[i]! += value));
  params[EXTRA] = { dtype: 'float32', shape: [1, count, width], data: all };
}

const sameNormalisation = ({ mean, deviation }: Normalisation): boolean =>
  [0, 1, 2].every(
    (c) => Math.abs(mean[c]! - IMAGENET.mean[c]!) < 1e-3 && Math.abs(deviation[c]! - IMAGENET.deviation[c]!) < 1e-3,
  );

/** `preprocessor_config.json` of Hugging Face, or timm's `config.json`; one number stands for all three channels. */
function normalisationOf({ preprocessor, config }: Checkpoint): Normalisation | null {
  const timm = objectIn(config, 'pretrained_cfg') ?? config;
  const [mean, deviation] = [preprocessor?.image_mean ?? timm?.mean, preprocessor?.image_std ?? timm?.std].map(
    (list) =>
      Array.isArray(list) && [1, 3].includes(list.length) && list.every((v) => typeof v === 'number' && v >= 0)
        ? [0, 1, 2].map((c) => (list as number[])[list.length === 1 ? 0 : c]!)
        : null,
  );
  return mean && deviation && deviation.every((v) => v > 0) ? { mean, deviation } : null;
}

function nameOf(metadata: Readonly<Record<string, unknown>>, config: Checkpoint['config']): string | null {
  const found = config?._name_or_path ?? config?.architecture ?? metadata.name;
  return typeof found === 'string' && found !== '' ? found : null;
}
