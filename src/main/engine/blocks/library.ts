import { z } from 'zod';
import type { Checkpoint } from '@main/formats';
import type { BlockConfig } from '@main/model';
import { blockTensors } from '@main/model';
import { UserError } from '@shared/errors';
import type { Layout, Source } from './layout';

/** Under this name in `__metadata__` of a safetensors file: what the block is. */
export const LIBRARY_KEY = 'residua.block';

const rotary = z.object({ frequencies: z.array(z.number()).max(4096), magnitude: z.number() });
const size = z
  .number()
  .int()
  .positive()
  .max(1 << 24);
const config = z.object({
  width: size,
  heads: size,
  keyValueHeads: size,
  headSize: size,
  hidden: size,
  epsilon: z.number().positive(),
  norm: z.enum(['rms', 'layer']),
  order: z.enum(['pre', 'post', 'parallel']),
  activation: z.enum(['silu', 'gelu', 'gelu-tanh', 'gelu-quick', 'relu']),
  gated: z.boolean(),
  scoreScale: z.number(),
  softCap: z.number().nullable(),
  headNorms: z.boolean(),
  rotary: rotary.nullable(),
  causal: z.literal(false),
  window: z.number().int().positive().nullable(),
  above: z.array(z.never()).max(0),
});
/** What a file of the user's library says of its block. */
export const libraryHead = z.object({
  format: z.literal(1),
  family: z.string(),
  name: z.string().nullable(),
  /** The layer's number in the model that it comes from. */
  layer: z.number().int().nonnegative(),
  licence: z.string().nullable(),
  /** File or folder, by its last part only: paths say who somebody is. */
  from: z.string(),
  config,
});
export type LibraryHead = z.infer<typeof libraryHead>;

export const isLibraryFile = ({ format, metadata }: Checkpoint): boolean =>
  format === 'safetensors' && typeof metadata[LIBRARY_KEY] === 'string';

/** @throws UserError `file-damaged` */
export function headOf({ metadata, path }: Pick<Checkpoint, 'metadata' | 'path'>): LibraryHead {
  try {
    return libraryHead.parse(JSON.parse(String(metadata[LIBRARY_KEY])));
  } catch (cause) {
    throw new UserError('file-damaged', 'what it says of its block cannot be read', { file: path, cause });
  }
}

/** A block that Residua imported: its own names, its description inside. */
export function libraryLayout(checkpoint: Checkpoint): Layout {
  const head = headOf(checkpoint);
  const config: BlockConfig = { ...head.config, above: [] };
  const names = Object.keys(blockTensors(config));
  return {
    family: head.family,
    name: head.name,
    licence: head.licence,
    layers: [head.layer],
    layerCount: null,
    prefix: () => '',
    sources: names.map((name): Source => ({ to: name, from: name })),
    ignored: /^$/,
    config: () => config,
    finalNorm: 'none',
  };
}
