import { z } from 'zod';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const counts = z.tuple([z.number().int().positive(), z.number().int().positive(), z.number().int().positive()]);

/**
 * Where voxels lie, in LPS millimetres (x to the patient's left, y to the back, z to the head). The first axis is the fastest in memory.
 * For stacks of slices axis 0 runs along a row, axis 1 down a column, axis 2 along row × column.
 */
export const volumeGeometry = z.object({
  /** Voxels along each axis. */
  size: counts,
  /** Millimetres from voxel to voxel along each axis; 1 where the file gives none (`spacingKind` says which). */
  spacing: triple,
  /** Centre of the first voxel. */
  origin: triple,
  /** 3×3, row-major; its columns are the unit vectors of the axes. Not orthogonal where the grid is sheared (a tilted gantry). */
  direction: z.array(z.number()).length(9),
});
export type VolumeGeometry = z.infer<typeof volumeGeometry>;

/** What millimetres in a plane stand for: in the patient, at the detector, in an ultrasound's calibrated region; `none`: pixels only. */
export const spacingKind = z.enum(['patient', 'detector', 'region', 'none']);
export type SpacingKind = z.infer<typeof spacingKind>;

/** How values are stored in the file, or as decoded; what is shown and hashed are values after rescale, as float32. */
export const voxelType = z.enum([
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'uint64',
  'int64',
  'float32',
  'float64',
]);
export type VoxelType = z.infer<typeof voxelType>;

/** Oddities of a volume that was read nevertheless. Words: `volumeWords` in `shared`, by `notes.<code>`. */
export const volumeNoteCode = z.enum([
  // any format
  'no-geometry', //        axes and millimetres unknown: voxels only
  'no-spacing', //         pixels only in the plane
  'axes-assumed', //       { order } which axis of an array is which
  'one-slice', //          a single slice: its thickness is unknown, taken as `spacing`
  'one-of-several', //     { kind: 'time' | 'echo' | 'b-value' | 'stack' | 'component' | …, value, index, count }
  'sheared', //            { degrees } axes are not at right angles
  'trailing-bytes', //     { bytes } more than the header says follow the voxels
  'not-finite', //         { count } NaN or infinite values, left out of minimum, maximum and mean
  'converted-unit', //     { from } positions turned into millimetres
  // NIfTI
  'forms-differ', //       { millimetres } sform and qform disagree; the sform is used
  'affine-unusable', //    { form } a form without volume, not used
  // NRRD, MetaImage
  'space-unknown', //      { space } the file does not say which way its axes point: LPS taken
  'spacing-only', //       { axes } spacing without directions: how the axes are taken
  // DICOM
  'gantry-tilt', //        { degrees }
  'missing-slices', //     { count, positions }
  'duplicate-slices', //   { count, files } equal in position and pixels: read once
  'differing-slices', //   { count, files } left out: other size, orientation or type than the series
  'uneven-spacing', //     { smallest, largest } millimetres; no single spacing is true
  'stated-spacing', //     { stated, found } the header's spacing between slices contradicts the positions
  'sub-stack', //          { index, count } one of several stacks with thickness or step of its own
  'order-repaired', //     { by } instance numbers or names contradict the positions
  'no-positions', //       { by } slices without position, ordered by instance number or name
  'mosaic', //             { tiles } tiles of a Siemens mosaic laid out as slices
  'detector-spacing', //   millimetres at the detector, not in the patient
  'lossy', //              { ratio } compressed with loss
  'derived', //            derived or secondary image
  'localiser',
  'secondary-capture',
  'dose-report',
  'burned-in-text', //     { certain }
  'monochrome1', //        low values are bright
  'modality-lut', //       values through the file's table
  'voi-lut', //            a table or SIGMOID for display
  'colour', //             { from } turned into RGB
  'palette', //            colours from a palette
  'overlays-ignored', //   { count }
  'laterality', //         { side }
  'padding', //            { value } marks what is outside of the picture
  'no-preamble', //        no DICOM preamble or meta header
  'syntax-assumed', //     { syntax } no transfer syntax: told from the bytes
  'repaired', //           { what } a damaged header whose pixels are provably whole
  'unsigned-stored', //    { stated, found } pixel representation or bits contradict the data
]);
export type VolumeNoteCode = z.infer<typeof volumeNoteCode>;

const wordValues = z.record(z.string(), z.union([z.string(), z.number()]));

export const volumeNote = z.object({ code: volumeNoteCode, values: wordValues });
export type VolumeNote = z.infer<typeof volumeNote>;

/** Why a file is not read. Words: `volumeWords` in `shared`, by `refusals.<code>`. */
export const volumeRefusalCode = z.enum([
  'missing',
  'unreadable', //         { detail } what the system said
  'empty', //              no byte in it
  'unknown-format', //     none of the formats that are read
  'analyze', //            ANALYZE 7.5, which does not say which way is left
  'too-many', //           { limit } files in a folder
  'no-image', //           { what } a valid file without pixels: a plan, a report
  'no-files', //           a folder without a file that is read
  'truncated', //          { have, need, missing } bytes
  'too-large', //          { bytes, limit }
  'header-damaged', //     { detail }
  'header-impossible', //  { detail } sizes, spacing or places that cannot be
  'dimensions', //         { dimensions }
  'type-unsupported', //   { type }
  'encoding-unsupported', // { encoding }
  'syntax-unsupported', // { syntax }
  'no-transfer-syntax',
  'data-missing', //       { name } detached voxels
  'data-outside', //       { name } detached voxels outside of the header's folder
  'compressed-damaged', // { detail }
  'codec-failed', //       { codec, detail }
  'codec-crashed', //      { detail } the reading process ended
  'not-finite', //         no value is a number
  'mixed', //              { detail } slices that do not make a volume
  'cancelled',
]);
export type VolumeRefusalCode = z.infer<typeof volumeRefusalCode>;

export const volumeRefusal = z.object({
  file: z.string(),
  code: volumeRefusalCode,
  values: wordValues,
  /** In English, without the file's name. */
  reason: z.string(),
});
export type VolumeRefusal = z.infer<typeof volumeRefusal>;

export const displayWindow = z.object({
  center: z.number(),
  width: z.number().positive(),
  /** DICOM's VOI LUT function (C.11.2.1.2, C.11.2.1.3). */
  function: z.enum(['LINEAR', 'LINEAR_EXACT', 'SIGMOID']),
  /** The file's own words, such as "BRAIN". */
  explanation: z.string().optional(),
  /** A VOI LUT (C.11.2.1.1): brightness 0 … 1 at even steps from the window's lowest value to its highest. */
  table: z.array(z.number().min(0).max(1)).min(2).max(1024).optional(),
});
export type DisplayWindow = z.infer<typeof displayWindow>;

/** All that is known of a volume before its voxels are read. */
export const volumeHeader = volumeGeometry.extend({
  /** Absolute paths; of a stack in the order of its slices. */
  files: z.array(z.string()).min(1),
  /** What a list calls it: series description, or the file's name; with what tells it from its neighbours. */
  name: z.string(),
  format: z.enum(['dicom', 'nifti', 'nrrd', 'metaimage', 'tiff', 'npy']),
  /** DICOM's code (CT, MR, PT, US …); null where the file does not say. */
  modality: z.string().nullable(),
  type: voxelType,
  /** Of the values after rescale: HU, g/ml … ; null where the file does not say. */
  unit: z.string().nullable(),
  /** PET: SUV by body weight of one unit of the values, where the header allows it. */
  suvFactor: z.number().positive().optional(),
  /** Values of a voxel, side by side in memory: 1, or 3 for RGB. */
  components: z.union([z.literal(1), z.literal(3)]),
  spacingKind,
  notes: z.array(volumeNote),
  /** Of an unevenly spaced stack: each slice's place along row × column, millimetres (origin · normal). */
  positions: z.array(z.number()).optional(),
  /** Values after rescale, from … to, that mark what is outside of the picture. */
  padding: z.object({ from: z.number(), to: z.number() }).optional(),
  /** The file's own windows, in values after rescale, the first one first. */
  windows: z.array(displayWindow).optional(),
  /** Of a segmentation that says what its values are called. */
  labels: z.array(z.object({ value: z.number().int(), name: z.string(), colour: z.string().optional() })).optional(),
  /** DICOM only. Identity that must not leave the reader (names, numbers) is not in here. */
  study: z.object({ uid: z.string(), description: z.string(), date: z.string() }).optional(),
  series: z.object({ uid: z.string(), description: z.string(), number: z.number().nullable() }).optional(),
});
export type VolumeHeader = z.infer<typeof volumeHeader>;

/** A volume that a listing found, as windows know it. */
export const fileVolume = z.object({
  id: z.string(),
  header: volumeHeader,
  /** Of its voxels as stored, uncompressed. */
  bytes: z.number(),
});
export type FileVolume = z.infer<typeof fileVolume>;

export const fileVolumes = z.object({ volumes: z.array(fileVolume), refused: z.array(volumeRefusal) });
export type FileVolumes = z.infer<typeof fileVolumes>;

/** How the voxels of an opened volume travel (`pixelPath.volume`): value = stored × slope + intercept. */
export const openedVolume = z.object({
  token: z.string(),
  type: z.enum(['uint8', 'uint16', 'int16', 'float32']),
  slope: z.number(),
  intercept: z.number(),
  /** Bytes of memory that this machine had to give when it was opened: windows look at it before they make room. */
  freeMemory: z.number(),
});
export type OpenedVolume = z.infer<typeof openedVolume>;

/** With what only the voxels tell: all of it of the values after rescale (float64, rounded once to float32). */
export const volumeInfo = volumeHeader.extend({
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  /** Over the float32 values, little-endian, first axis fastest (of RGB the component fastest). */
  sha256: z.string(),
});
export type VolumeInfo = z.infer<typeof volumeInfo>;
