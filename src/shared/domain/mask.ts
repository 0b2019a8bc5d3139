import { z } from 'zod';
import { spacingKind, volumeGeometry } from './volume';

/** Segments in one mask: an index of its map is a byte, and 0 belongs to none. */
export const MOST_SEGMENTS = 255;

/** A segment: its value in exported label maps, what it is called, and its colour. Its index in the map is its place plus 1. */
export const maskSegment = z.object({
  value: z.number().int().min(1).max(2_147_483_647),
  name: z.string().trim().min(1).max(64),
  colour: z.string().regex(/^#[0-9a-f]{6}$/),
});
export type MaskSegment = z.infer<typeof maskSegment>;
export const maskSegments = z
  .array(maskSegment)
  .min(1)
  .max(MOST_SEGMENTS)
  .refine((all) => new Set(all.map(({ value }) => value)).size === all.length, 'two segments with one value');

/** The grid of the image that a mask lies on, as it was taken. */
export const maskGeometry = volumeGeometry.extend({
  spacingKind,
  /** Of an unevenly spaced stack: each slice's place along row × column, millimetres. */
  positions: z.array(z.number()).optional(),
});
export type MaskGeometry = z.infer<typeof maskGeometry>;

/** Which image: a volume in files by its id in a listing, or one of the project by its key. Neither says who the patient is. */
export const maskedVolume = z.string().regex(/^(file|volume):[0-9a-zA-Z-]{1,64}$/);

export const maskInfo = z.object({
  id: z.string(),
  volume: maskedVolume,
  name: z.string(),
  geometry: maskGeometry,
  segments: maskSegments,
  /** Number of its last step, from 0. */
  position: z.number().int(),
  createdAt: z.string(),
  changedAt: z.string(),
  reader: z.string(),
});
export type MaskInfo = z.infer<typeof maskInfo>;

export const maskName = z.string().trim().min(1).max(120);

/** What a step holds: runs of an edit as base64 (`Change` of `shared/mask`), or segments before and after. */
export const maskStepContent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('edit'), change: z.string().min(1) }),
  z.object({ kind: z.literal('segments'), before: maskSegments, after: maskSegments }),
]);
export type MaskStepContent = z.infer<typeof maskStepContent>;

const placed = z.object({ position: z.number().int(), time: z.string(), reader: z.string() });
/** One step of a mask's history, as it was written; an undo is a step too. */
export const maskStep = z.union([
  z.intersection(placed, maskStepContent),
  placed.extend({ kind: z.enum(['undo', 'redo']), refers: z.number().int() }),
  placed.extend({ kind: z.literal('name'), name: maskName }),
]);
export type MaskStep = z.infer<typeof maskStep>;

/** A mask with all that its present state follows from. */
export const openMask = z.object({
  info: maskInfo,
  /** Runs of the map that it began with, as base64; null: empty. */
  initial: z.string().nullable(),
  /** Segments that it began with. */
  firstSegments: maskSegments,
  steps: z.array(maskStep),
});
export type OpenMask = z.infer<typeof openMask>;

/** A step is on the disk. */
export const maskSaved = z.object({ saved: z.literal(true), position: z.number().int(), time: z.string() });
export type MaskSaved = z.infer<typeof maskSaved>;

export const maskFormat = z.enum(['nifti', 'seg']);
export type MaskFormat = z.infer<typeof maskFormat>;
export const maskExport = z.object({
  mask: z.string(),
  /** null: below the project's `exports/`, named after the mask. */
  file: z.string().min(1).nullable(),
  format: maskFormat,
  /** Patient and study of the original files stand in a DICOM SEG, with the pictures that it was drawn on: it belongs to them. */
  identity: z.boolean(),
});
export const maskExported = z.object({ file: z.string(), voxels: z.number().int(), segments: z.number().int() });
export type MaskExported = z.infer<typeof maskExported>;
