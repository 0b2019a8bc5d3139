import { z } from 'zod';

/** Networks for volumes, trained from scratch by `full`: a 3D ViT, and a factorised ViViT. */
export const volumeEncoder = z.enum(['vit3d', 'vivit']);
export type VolumeEncoder = z.infer<typeof volumeEncoder>;

/** `vit`: the bundled DINOv2-small, of volumes on every slice; a file or folder: a ViT of the person's own in its place. */
export const encoderChoice = z.union([z.literal('vit'), volumeEncoder, z.strictObject({ path: z.string().min(1) })]);
export type EncoderChoice = z.infer<typeof encoderChoice>;

/** Width × layers of a network for volumes: 192 × 6, or 512 × 8 (ViViT 512 × 4) and 1024 × 8 as the paper's. */
export const encoderSize = z.enum(['compact', 'small', 'paper']);
export type EncoderSize = z.infer<typeof encoderSize>;

export const isVolumeEncoder = (encoder: EncoderChoice): encoder is VolumeEncoder =>
  encoder === 'vit3d' || encoder === 'vivit';

/** What an encoder is, by its file's headers. */
const encoderShape = z.object({
  family: z.string(),
  /** What its file calls the model. */
  name: z.string().nullable(),
  width: z.number().int(),
  heads: z.number().int(),
  layers: z.number().int(),
  /** Side of a patch in pixels. */
  patch: z.number().int(),
  parameters: z.number().int(),
  /** As its files state it; null where they do not. */
  licence: z.string().nullable(),
});

/** What a file or folder offers. */
export const encoderOffer = encoderShape.extend({
  path: z.string(),
  format: z.string(),
  /** Side of the pictures that it was trained on, in pixels; other sizes resample its positions. */
  imageSize: z.number().int(),
  channels: z.number().int(),
  /** Number types in the file. */
  types: z.array(z.string()),
});
export type EncoderOffer = z.infer<typeof encoderOffer>;

/** An encoder of the person's library: our own names, as safetensors, for every project on this workstation. */
export const libraryEncoder = encoderShape.extend({
  /** The file's name. */
  id: z.string(),
  path: z.string(),
  /** SHA-256 of the file. */
  sha256: z.string(),
  bytes: z.number().int(),
  /** Name of the file or folder that it was taken from. */
  from: z.string(),
});
export type LibraryEncoder = z.infer<typeof libraryEncoder>;
