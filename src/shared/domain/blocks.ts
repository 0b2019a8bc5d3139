import { z } from 'zod';

/** Layers of a model: one, several on each other from the lowest, or null for the last one of the file. */
export const blockLayers = z
  .union([z.number().int().nonnegative(), z.array(z.number().int().nonnegative()).min(1).max(64)])
  .nullable();
export type BlockLayers = z.infer<typeof blockLayers>;

/** A frozen block that is not the bundled one. */
export const blockChoice = z.object({
  /** File or folder (docs/formats.md), or a file of the person's library. */
  path: z.string(),
  layer: blockLayers,
  /** Tokens see only those before them; the CLS row then stands last. */
  causal: z.boolean().default(false),
  /** With the model's own rotary embedding over the tokens' places. */
  rotary: z.boolean().default(false),
});
export type BlockChoice = z.infer<typeof blockChoice>;

/** The shape of a block, in the words of its family. */
const blockShape = z.object({
  family: z.string(),
  /** What its file calls the model. */
  name: z.string().nullable(),
  width: z.number().int(),
  heads: z.number().int(),
  keyValueHeads: z.number().int(),
  hidden: z.number().int(),
  /** Numbers of one block. */
  parameters: z.number().int(),
  /** As its files state it; null where they do not. */
  licence: z.string().nullable(),
  /** Only the CLS row needs to be computed (docs/method.md). */
  absorbed: z.boolean(),
  rotary: z.boolean(),
});

/** What a file or folder offers. */
export const blockOffer = blockShape.extend({
  path: z.string(),
  format: z.string(),
  layers: z.array(z.number().int()).min(1),
  layerCount: z.number().int().nullable(),
  /** Number types of a block in the file. */
  types: z.array(z.string()),
});
export type BlockOffer = z.infer<typeof blockOffer>;

/** A block of the person's library: one layer and the final norm as safetensors, for every project on this workstation. */
export const libraryBlock = blockShape.extend({
  /** The file's name. */
  id: z.string(),
  path: z.string(),
  layer: z.number().int(),
  /** SHA-256 of the file. */
  sha256: z.string(),
  bytes: z.number().int(),
  /** Name of the file or folder that it was taken from. */
  from: z.string(),
});
export type LibraryBlock = z.infer<typeof libraryBlock>;
