import type { VolumeHeader } from '@shared/domain';

/** What the input recipe needs to know of a volume beside its values. */
export type VolumeFacts = Pick<
  VolumeHeader,
  | 'size'
  | 'spacing'
  | 'origin'
  | 'direction'
  | 'positions'
  | 'padding'
  | 'components'
  | 'unit'
  | 'modality'
  | 'notes'
  | 'suvFactor'
>;

/** Numbers as they stand in a file or as decoded. */
export type StoredValues =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** A volume's voxels, of all slices; first axis fastest, of RGB the component fastest. Value = stored × slope + intercept. */
export interface Voxels {
  readonly header: VolumeFacts;
  readonly stored: StoredValues;
  readonly scaling: { readonly slope: number; readonly intercept: number };
}

/** What the network sees of a volume or a box, before it is cut and resized: [depth, height, width, channels] in [0, 1]. */
export interface InputVolume {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly channels: 1 | 3;
  readonly data: Float32Array<ArrayBuffer>;
}
