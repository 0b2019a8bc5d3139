import type { PixelArray, PixelType } from '@shared/pixels';
import type { Vec3 } from '@shared/space';
import type { Voxels } from '@renderer/vtk';
import type { VolumeSource } from '../sources/types';

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array } as const;

/** A source with its voxels in memory, as far as they have arrived. */
export interface Loaded {
  readonly source: VolumeSource;
  readonly voxels: Voxels;
  /** Of each slice along the third axis: whether it is here. */
  readonly here: Uint8Array;
  /** Its memory is nobody else's: it can be given back at once. */
  readonly own: boolean;
}

/** Bytes beyond which memory is not left to the collector, which may come late or not at all. */
const LARGE = 64 * 2 ** 20;
export const isLarge = ({ voxels }: Loaded): boolean => voxels.data.byteLength > LARGE;

/** TypeScript's library for browsers of this age does not know it yet. */
type Giving = ArrayBufferLike & { transfer?(bytes: number): ArrayBuffer };

/** Gives a large volume's memory back. Whoever still looks at it sees an empty array. */
export function release(loaded: Loaded): void {
  const { buffer } = loaded.voxels.data;
  if (loaded.own && isLarge(loaded)) (buffer as Giving).transfer?.(0);
}

function room(type: PixelType, count: number): PixelArray {
  return new ARRAYS[type](count);
}

/** Room for all voxels. @throws RangeError where memory does not suffice */
export function emptyLoaded(source: VolumeSource, data?: PixelArray): Loaded {
  const { grid, components, slope, intercept } = source;
  const [width, height, depth] = grid.size;
  const values = data ?? room(source.type, width * height * depth * components);
  const here = new Uint8Array(depth);
  return { source, voxels: { grid, components, data: values, slope, intercept, here }, here, own: data === undefined };
}

/** Puts slices in place. @returns how many */
export function take(loaded: Loaded, from: number, values: PixelArray): number {
  const { grid, components, data } = loaded.voxels;
  const slice = grid.size[0] * grid.size[1] * components;
  const count = values.length / slice;
  if (values !== data) data.set(values, from * slice);
  loaded.here.fill(1, from, from + count);
  return count;
}

/** Slices that have arrived, and how many there will be. */
export function arrivedOf({ here, source }: Loaded): { arrived: number; of: number } {
  return { arrived: here.reduce((sum, slice) => sum + slice, 0), of: here.length - (source.missing ?? 0) };
}
export function isWhole(loaded: Loaded): boolean {
  const { arrived, of } = arrivedOf(loaded);
  return arrived >= of;
}

/** Values after rescale at a voxel, one a component; null where it has not arrived. */
export function valuesAt(loaded: Loaded, [i, j, k]: Vec3): number[] | null {
  const { grid, components, data, slope, intercept } = loaded.voxels;
  if (loaded.here[k] !== 1) return null;
  const at = ((k * grid.size[1] + j) * grid.size[0] + i) * components;
  return Array.from({ length: components }, (_, c) => data[at + c]! * slope + intercept);
}

/** A value as it is read out: whole where stored values are, else four digits. */
export function valueWords(source: VolumeSource, values: readonly number[]): string {
  const whole = source.type !== 'float32' && Number.isInteger(source.slope) && Number.isInteger(source.intercept);
  const shown = values.map((value) => (whole ? String(Math.round(value)) : String(Number(value.toPrecision(4)))));
  return [shown.join(', '), source.unit ?? ''].filter(Boolean).join(' ');
}
