import { z } from 'zod';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const positives = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/** Voxels of the grid along one axis, and of the whole grid: a network sees thousands of them, not millions. */
const MOST_GRID_SIDE = 256;
const MOST_GRID_VOXELS = 128 ** 3;

const side = z.number().int().min(4).max(MOST_GRID_SIDE);
const range = z
  .strictObject({ low: z.number(), high: z.number() })
  .refine(({ low, high }) => low < high, { error: 'the lower end must lie below the upper one' });

/**
 * How values of a volume become the network's [0, 1]. `windows`: fixed ranges of the values (HU), one channel each. `percentiles`: of the
 * whole volume's values, padding left out. `suv`: body-weight SUV from 0. `range`: one fixed range of any values.
 */
export const volumeIntensity = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('windows'),
    windows: z
      .array(range)
      .refine(({ length }) => length === 1 || length === 3, { error: 'there is one window, or three' }),
  }),
  z
    .strictObject({
      kind: z.literal('percentiles'),
      low: z.number().min(0).max(100),
      high: z.number().min(0).max(100),
    })
    .refine(({ low, high }) => low < high, { error: 'the lower percentile must lie below the upper one' }),
  z.strictObject({ kind: z.literal('suv'), high: z.number().positive() }),
  z
    .strictObject({ kind: z.literal('range'), low: z.number(), high: z.number() })
    .refine(({ low, high }) => low < high, { error: 'the lower end must lie below the upper one' }),
]);
export type VolumeIntensity = z.infer<typeof volumeIntensity>;

/** How a volume, or a box in one, becomes what the network sees (docs/method.md): never from a screen. */
export const volumeRecipe = z.strictObject({
  /** Voxels along x (to the patient's left, or the box's first axis), y (to the back) and z (to the head). */
  grid: z.tuple([side, side, side]).refine(([x, y, z]) => x * y * z <= MOST_GRID_VOXELS, {
    error: `a grid has at most ${MOST_GRID_VOXELS} voxels`,
  }),
  /** Millimetres from voxel to voxel along each. */
  spacing: positives,
  intensity: volumeIntensity,
});
export type VolumeRecipe = z.infer<typeof volumeRecipe>;

/** Columns of a row-major 3×3 matrix are unit vectors at right angles, as far as printed digits go. */
function atRightAngles(m: readonly number[]): boolean {
  const column = (c: number): number[] => [m[c]!, m[3 + c]!, m[6 + c]!];
  const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  return [0, 1, 2].every((a) => [0, 1, 2].every((b) => Math.abs(dot(column(a), column(b)) - (a === b ? 1 : 0)) < 1e-3));
}

/** A box in a volume: patient millimetres (LPS). */
export const volumeBox = z.strictObject({
  centre: triple,
  /** From face to face along its own axes. */
  size: positives,
  /** 3×3, row-major; its columns are the unit vectors of the box's axes. */
  axes: z
    .array(z.number())
    .length(9)
    .refine(atRightAngles, { error: 'the axes of a box are unit vectors at right angles' }),
});
export type VolumeBox = z.infer<typeof volumeBox>;

/** A box that is a sample, as windows and command lines know it. */
export const boxSample = z.object({
  /** Of its sample. */
  key: z.number().int(),
  /** Of its sample. */
  id: z.string(),
  /** Of the volume in which it lies. */
  volume: z.number().int(),
  box: volumeBox,
});
export type BoxSample = z.infer<typeof boxSample>;
