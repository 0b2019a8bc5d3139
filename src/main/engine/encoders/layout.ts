import type { Checkpoint } from '@main/formats';
import type { EncoderConfig, HostFloats } from '@main/model';
import { UserError } from '@shared/errors';

/** How one of our tensors is made of a checkpoint's. */
export interface Part {
  /** Without the checkpoint's prefix. */
  readonly from: string;
  pick?(whole: HostFloats): HostFloats;
}

/** A family of encoders: its tensors' names, brought to ours (`encoderTensors`). */
export interface Layout {
  readonly family: string;
  /** What stands before every name, e.g. `vit.` or `backbone.`. */
  readonly prefix: string;
  readonly config: EncoderConfig;
  /** Names of a layer's tensors start with this, without the prefix. */
  readonly layerPrefix: (layer: number) => string;
  /** Where each of our tensors lies. */
  part(name: string): Part | null;
  /** Rows of the position embedding that stand before the patches', in order; empty where patches alone have a position. */
  readonly placed: readonly ('cls' | 'extra')[];
  /** Further tokens, in the order of their rows. */
  readonly extra: readonly string[];
}

/** @throws UserError `file-unsupported` */
export function wrongFile(path: string, reason: string): UserError {
  return new UserError('file-unsupported', reason, { file: path });
}

/** One third of a matrix or bias of queries, keys and values. @param which 0 … 2 */
export const third =
  (which: number) =>
  ({ shape, data }: HostFloats): HostFloats => {
    const size = data.length / 3;
    return {
      dtype: 'float32',
      shape: [shape[0]! / 3, ...shape.slice(1)],
      data: data.slice(which * size, (which + 1) * size),
    };
  };

/** What stands before a tensor's name; null where no name ends so. */
export function prefixOf(names: Iterable<string>, ending: string): string | null {
  const found = [...names].filter((name) => name === ending || name.endsWith(`.${ending}`));
  // A teacher and a student may stand side by side: the teacher is what is published.
  const best = found.find((name) => name.includes('teacher')) ?? found[0];
  return best === undefined ? null : best.slice(0, best.length - ending.length);
}

export interface Sizes {
  readonly width: number;
  readonly patch: number;
  readonly layers: number;
}

/** Width, patch and layers by the shapes of the tensors. */
export function sizesOf({ tensors, path }: Checkpoint, patchName: string, layerName: RegExp): Sizes {
  const { shape } = tensors.get(patchName)!;
  const [width, , patch, across] = shape;
  if (shape.length !== 4 || !width || !patch || patch !== across)
    throw wrongFile(path, `${patchName}: expected the shape [e, C, p, p] of square patches, got [${shape}]`);
  const layers = [...tensors.keys()].flatMap((name) => {
    const layer = layerName.exec(name)?.[1];
    return layer === undefined ? [] : [Number(layer)];
  });
  return { width, patch, layers: Math.max(-1, ...layers) + 1 };
}

export const numberIn = (config: Readonly<Record<string, unknown>> | null | undefined, key: string): number | null => {
  const value = config?.[key];
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
};

export const objectIn = (
  config: Readonly<Record<string, unknown>> | null | undefined,
  key: string,
): Readonly<Record<string, unknown>> | null => {
  const value = config?.[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
};

/** Heads of the published ViTs that are not 64 wide. */
const HEADS_BY_WIDTH: Readonly<Record<number, number>> = { 1280: 16, 1408: 16, 1664: 16 };

/** @param told by the checkpoint's own config @throws UserError where nothing says how many heads there are */
export function headsOf(width: number, told: number | null, path: string): number {
  const heads = told ?? HEADS_BY_WIDTH[width] ?? (width % 64 === 0 ? width / 64 : null);
  if (heads === null)
    throw wrongFile(path, `its number of heads is not known: put its config.json beside it, with num_heads`);
  if (width % heads !== 0) throw wrongFile(path, `its width of ${width} cannot be cut into ${heads} heads`);
  return heads;
}
