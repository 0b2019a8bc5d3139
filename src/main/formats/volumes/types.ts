import type { VolumeHeader, VolumeNote, VolumeRefusal, VolumeSubject } from '@shared/domain';

/** Voxels as they stand in the file or as decoded, before rescale. 64-bit integers arrive as float64 (rounded beyond 2⁵³). */
export type StoredArray =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/**
 * A volume that a listing found: its header, and what its format needs to read it. Plain data: it travels between processes and back
 * into the same build of Residua, so that `source` is the format's own affair.
 */
export interface VolumeEntry {
  /** The same for the same files and part, as long as they do not change. */
  readonly id: string;
  readonly header: VolumeHeader;
  /** Bytes of its voxels as stored (uncompressed), of all slices. */
  readonly bytes: number;
  readonly source: unknown;
  /** Whose it is, as its files say it: it goes no further than who imports it. */
  readonly subject?: VolumeSubject;
}

/** What a listing gives. Every file that was looked at is in a volume, refused, or belongs to one (a detached header's data). */
export interface VolumeListing {
  readonly volumes: readonly VolumeEntry[];
  readonly refused: readonly VolumeRefusal[];
}

/** One slice of axis 2. */
export interface StoredSlice {
  /** Along axis 2, from 0. */
  readonly index: number;
  /** size[0] × size[1] × components values, first axis fastest. */
  readonly values: StoredArray;
}

/** A volume about to be read. */
export interface OpenVolume {
  readonly header: VolumeHeader;
  /**
   * Value = stored × slope + intercept, in float64, of all slices alike. A format whose slices differ in it (PET), or that maps through a
   * table, gives float32 slices of final values with slope 1, intercept 0.
   */
  readonly scaling: { readonly slope: number; readonly intercept: number };
  /**
   * Slices in the wanted order; may be asked several times, for parts. Readers that can only go forward read on and keep what comes
   * early. What only the end of a file tells (a checksum) is said before the last slice that was not yet asked for.
   * @throws VolumeProblem before the last one where anything is wrong
   */
  slices(order: readonly number[], signal?: AbortSignal): AsyncIterable<StoredSlice>;
  /** Notes that only reading tells; complete with the last slice. */
  readonly late?: readonly VolumeNote[];
  close(): Promise<void>;
}

/** What each format's folder has in its `index.ts`. */
export interface VolumeFormat {
  /** Headers only. @param files of this format, told by content; absolute paths */
  list(files: readonly string[], signal?: AbortSignal): Promise<VolumeListing>;
  open(entry: VolumeEntry): Promise<OpenVolume>;
}
