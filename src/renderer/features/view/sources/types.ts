import type { DisplayWindow, MaskGeometry, SpacingKind, StudyVolume, VolumeNote, VolumeBox } from '@shared/domain';
import type { PixelArray, PixelType } from '@shared/pixels';
import type { Grid, Vec3 } from '@shared/space';
import type { Places } from './places';

/** A volume that can be shown, wherever its voxels come from: a sample of the project, or files. Slices may arrive in any order. */
export interface VolumeSource {
  /** Tells it from every other one while the window is open. */
  readonly id: string;
  readonly name: string;
  readonly grid: Grid;
  /** What millimetres stand for; `none`: the grid counts voxels. */
  readonly spacingKind: SpacingKind;
  /** Whether the grid says where the patient's left, back and head are. */
  readonly oriented: boolean;
  readonly modality: string | null;
  readonly unit: string | null;
  /** How voxels move and are kept; a value is `slope` × stored + `intercept`. */
  readonly type: PixelType;
  readonly components: 1 | 3;
  readonly slope: number;
  readonly intercept: number;
  /** Values after rescale that mark what is outside of the picture. */
  readonly padding?: { readonly from: number; readonly to: number } | undefined;
  /** The file's own windows. */
  readonly windows?: readonly DisplayWindow[] | undefined;
  /** What the values may span: it is what a volume without windows of its own opens with. */
  readonly fullScale?: { readonly low: number; readonly high: number } | undefined;
  /** Slices of the grid that were never taken: they stay empty. */
  readonly missing?: number;
  /** Only every n-th voxel along each axis is shown, of so many: it would not fit here in full. */
  readonly thinned?: { readonly by: Vec3; readonly size: Vec3 };
  /** Where its slices were taken, for masks over them: `at` says on which slices of the grid each is shown, where that is a finer one. */
  readonly acquired?: {
    readonly volume: string;
    readonly geometry: MaskGeometry;
    readonly at: Places['at'] | null;
  };
  /** Bytes of memory that were free when it was opened. */
  readonly freeMemory?: number;
  readonly notes: readonly VolumeNote[];
  /** Study, series and date, as far as the files say: never a name or a number of a patient. */
  readonly about?: readonly string[];
  /** Of a study in the project: what else is known of it. */
  readonly study?: StudyVolume;
  /** Where in it the sample lies; null: it is the whole volume. */
  readonly box?: VolumeBox | null;
  /** Stored low values are bright. */
  readonly inverted: boolean;
  /**
   * Fetches the voxels, the middle ones first where that is possible.
   * @param arrived told of each run of slices along the third axis: the first one's index, and their stored values
   * @throws UserError where they cannot be had
   */
  read(signal: AbortSignal, arrived: (from: number, values: PixelArray) => void): Promise<void>;
  /** Called in place of `read` where nobody will read it. */
  drop?(): void;
}
