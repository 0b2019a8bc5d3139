import { z } from 'zod';
import type { Checkpoint } from '@main/formats';
import { UserError } from '@shared/errors';
import type { Layout } from './layout';

/** Under this name in `__metadata__` of a safetensors file: what the encoder is. */
export const ENCODER_KEY = 'residua.encoder';

const size = z
  .number()
  .int()
  .positive()
  .max(1 << 20);
/** What a file of the user's library says of its encoder. */
export const encoderHead = z.object({
  format: z.literal(1),
  family: z.string(),
  name: z.string().nullable(),
  licence: z.string().nullable(),
  /** File or folder, by its last part only: paths say who somebody is. */
  from: z.string(),
  config: z.object({
    names: z.literal('huggingface'),
    width: size,
    heads: size,
    layers: size,
    patch: size,
    hidden: size,
    epsilon: z.number().positive(),
    position: z.enum(['bicubic', 'bicubic-antialias']),
  }),
});
export type EncoderHead = z.infer<typeof encoderHead>;

export const isLibraryEncoder = ({ format, metadata }: Pick<Checkpoint, 'format' | 'metadata'>): boolean =>
  format === 'safetensors' && typeof metadata[ENCODER_KEY] === 'string';

/** @throws UserError `file-damaged` */
export function encoderHeadOf({ metadata, path }: Pick<Checkpoint, 'metadata' | 'path'>): EncoderHead {
  try {
    return encoderHead.parse(JSON.parse(String(metadata[ENCODER_KEY])));
  } catch (cause) {
    throw new UserError('file-damaged', 'what it says of its encoder cannot be read', { file: path, cause });
  }
}

/** An encoder that Residua imported: our own names, for RGB pictures normalised as ImageNet's. */
export function libraryEncoderLayout(checkpoint: Checkpoint): Layout {
  const { family, config } = encoderHeadOf(checkpoint);
  return {
    family,
    prefix: '',
    config,
    layerPrefix: (layer) => `encoder.layer.${layer}.`,
    part: (name) => ({ from: name }),
    placed: ['cls'],
    extra: [],
  };
}
