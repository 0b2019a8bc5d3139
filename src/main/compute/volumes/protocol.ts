import { z } from 'zod';
import {
  maskExported,
  maskGeometry,
  maskSegments,
  volumeHeader,
  volumeInfo,
  volumeNote,
  volumeRefusal,
  volumeSubject,
  voxelType,
} from '@shared/domain';
import type { StoredArray } from '@main/formats/volumes';

export const volumeEntry = z.object({
  id: z.string(),
  header: volumeHeader,
  bytes: z.number(),
  source: z.unknown(),
  subject: volumeSubject.optional(),
});
const handle = z.object({ handle: z.number().int() });

/** A mask on its way to a file; `runs` as base64. */
const sentMask = z.object({ name: z.string(), geometry: maskGeometry, segments: maskSegments, runs: z.string() });
export type SentMask = z.infer<typeof sentMask>;

/** The methods of a reading child and what each takes. */
export const READING = {
  list: z.object({ paths: z.array(z.string()) }),
  inspect: z.object({ entry: volumeEntry }),
  convert: z.object({ entry: volumeEntry, to: z.string() }),
  digest: z.object({ entry: volumeEntry }),
  /** Graphics that lie over a DICOM volume, each a label map of its own. */
  overlays: z.object({ entry: volumeEntry }),
  /** `of`: the images that a segmentation names. */
  writeMask: z.object({ mask: sentMask, of: volumeEntry.nullable(), to: z.string() }),
  open: z.object({ entry: volumeEntry }),
  read: handle.extend({ slices: z.array(z.number().int().nonnegative()) }),
  close: handle,
} as const;
export type Reading = typeof READING;

/** What a child answers; a file that is not read is an answer too. */
export const outcome = <T extends z.ZodType>(value: T) =>
  z.union([z.object({ value }), z.object({ refusal: volumeRefusal })]);

const values = z.custom<StoredArray>((given) => ArrayBuffer.isView(given) && !(given instanceof DataView));

/** Of another realm where Electron hands it over: no `instanceof`. */
const view = <T extends ArrayBufferView>() => z.custom<T>((given) => ArrayBuffer.isView(given));

/** What each method answers. */
export const ANSWERS = {
  list: z.object({ volumes: z.array(volumeEntry), refused: z.array(volumeRefusal) }),
  inspect: volumeInfo,
  convert: volumeInfo,
  digest: z.object({
    info: volumeInfo,
    thumb: z.object({ width: z.number(), height: z.number(), data: view<Uint8Array<ArrayBuffer>>() }),
    look: view<Float32Array<ArrayBuffer>>(),
  }),
  overlays: z.array(volumeEntry),
  writeMask: maskExported,
  /** `stored`: the type in which its slices arrive. */
  open: handle.extend({ scaling: z.object({ slope: z.number(), intercept: z.number() }), stored: voxelType }),
  read: z.object({ slices: z.array(z.object({ index: z.number(), values })), late: z.array(volumeNote) }),
  close: z.object({}),
} as const;
export type Answers = { [M in keyof typeof ANSWERS]: z.infer<(typeof ANSWERS)[M]> };
