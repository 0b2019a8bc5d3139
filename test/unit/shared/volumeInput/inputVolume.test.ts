import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listVolumes, openVolume } from '@main/formats/volumes';
import { volumeBox, volumeRecipe } from '@shared/domain';
import type { VolumeBox, VolumeIntensity } from '@shared/domain';
import { toWorld } from '@shared/space';
import type { Vec3 } from '@shared/space';
import {
  atOnce,
  boxAround,
  CT_WINDOWS,
  defaultVolumeRecipe,
  gridOf,
  inputVolume as inputOf,
  placed,
  rangesOf,
} from '@shared/volumeInput';
import type { InputVolume, VolumeFacts, Voxels } from '@shared/volumeInput';
import { percentilesOf } from '@shared/volumeInput/percentiles';
import { resampling } from '@shared/volumeInput/resample';
import { hasShared, sharedPath } from '../../../shared-data';

const AS_STORED = { slope: 1, intercept: 0 };
const STRAIGHT = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const facts = (given: Partial<VolumeFacts> = {}): VolumeFacts => ({
  size: [8, 7, 6],
  spacing: [1, 1, 1],
  origin: [0, 0, 0],
  direction: STRAIGHT,
  components: 1,
  unit: null,
  modality: 'MR',
  notes: [],
  ...given,
});
const voxelsOf = (header: VolumeFacts, valueAt: (index: Vec3) => number): Voxels => {
  const [nx, ny, nz] = header.size;
  const values = Float32Array.from({ length: nx * ny * nz }, (_, i) =>
    valueAt([i % nx, Math.floor(i / nx) % ny, Math.floor(i / nx / ny)]),
  );
  return { header, stored: values, scaling: AS_STORED };
};
const boxAt = (centre: Vec3, size: Vec3, axes = STRAIGHT): VolumeBox => ({
  centre: [...centre],
  size: [...size],
  axes,
});
const range = (low: number, high: number): VolumeIntensity => ({ kind: 'range', low, high });

const resampled = (...given: Parameters<typeof resampling>): Float32Array => atOnce(resampling(...given));
const inputVolume = (...given: Parameters<typeof inputOf>): InputVolume => atOnce(inputOf(...given));

const triple = z.tuple([z.number(), z.number(), z.number()]);
const cases = z.array(
  z.object({
    name: z.string(),
    paths: z.array(z.string()),
    volume: z.number(),
    box: volumeBox,
    grid: triple,
    spacing: triple,
    fill: z.number(),
    values: z.array(z.number()),
  }),
);

describe.runIf(hasShared)('boxes in real volumes, beside SimpleITK (test/fixtures/volumes/input/make.py)', () => {
  const file = join(dirname(fileURLToPath(import.meta.url)), '../../../fixtures/volumes/input/expected.json');
  const expected = cases.parse(JSON.parse(readFileSync(file, 'utf8')));

  async function read(paths: readonly string[], at: number): Promise<Voxels> {
    const { volumes } = await listVolumes(paths.map((path) => sharedPath('data', path)));
    const entry = volumes[at]!;
    const open = await openVolume(entry);
    const [nx, ny, nz] = entry.header.size;
    const stored = new Int16Array(nx * ny * nz);
    for await (const slice of open.slices(Array.from({ length: nz }, (_, i) => i)))
      stored.set(slice.values, slice.index * nx * ny);
    await open.close();
    return { header: entry.header, stored, scaling: open.scaling };
  }

  it.each(expected)('$name', async ({ paths, volume, box, grid, spacing, fill, values }) => {
    const voxels = await read(paths, volume);
    const found = resampled(voxels, placed(voxels.header, box, { grid, spacing }), fill);
    expect(found).toHaveLength(values.length);
    // Headers keep six digits or so: an edge of 1000 a voxel moves with them.
    found.forEach((value, i) => expect(Math.abs(value - values[i]!), `${i}`).toBeLessThan(0.05));
  });
});

describe('where the network looks', () => {
  /** A value that is linear in space is met exactly by linear interpolation, whatever the grid. */
  const linear = ([x, y, z]: Vec3): number => 3 * x - 2 * y + 0.5 * z + 7;
  const placesOf = ({ grid, spacing, centre, axes }: ReturnType<typeof placed>): Vec3[] =>
    Array.from({ length: grid[0] * grid[1] * grid[2] }, (_, i) => {
      const index = [i % grid[0], Math.floor(i / grid[0]) % grid[1], Math.floor(i / grid[0] / grid[1])];
      return axes.reduce<Vec3>(
        (place, axis, a) => {
          const by = (index[a]! - (grid[a]! - 1) / 2) * spacing[a]!;
          return [place[0] + axis[0] * by, place[1] + axis[1] * by, place[2] + axis[2] * by];
        },
        [...centre] as unknown as Vec3,
      );
    });

  it('is the place in the patient, of stacks in any order of axes, leaning, and uneven', () => {
    const leaning = facts({
      size: [9, 8, 7],
      spacing: [0.8, 0.9, 3 / Math.cos(0.3)],
      origin: [-20, 30, 10],
      direction: [0, -1, 0, -1, 0, Math.sin(0.3), 0, 0, -Math.cos(0.3)],
    });
    const positions = [40, 43, 46, 50, 53, 57, 60];
    const uneven = facts({ size: [9, 8, 7], spacing: [1, 1, 3], origin: [5, 6, 40], positions });
    const grid = { grid: [3, 4, 3] as const, spacing: [0.7, 0.6, 0.9] as const };
    for (const header of [leaning, uneven]) {
      const at = (index: Vec3): Vec3 =>
        header.positions
          ? [toWorld(header, index)[0], toWorld(header, index)[1], header.positions[index[2]]!]
          : toWorld(header, index);
      const voxels = voxelsOf(header, (index) => linear(at(index)));
      const turned = [0.6, -0.8, 0, 0.8, 0.6, 0, 0, 0, 1];
      const where = placed(header, boxAt(at([4, 4, 3]), [9, 9, 9], turned), grid);
      const found = resampled(voxels, where, -1);
      placesOf(where).forEach((place, i) => expect(found[i]).toBeCloseTo(linear(place), 3));
    }
  });

  it('shows a gap as a gap, and never bridges it', () => {
    // Slices at 0, 2, 4 and 12: three are missing.
    const header = facts({ size: [3, 3, 4], spacing: [1, 1, 2], positions: [0, 2, 4, 12] });
    const voxels = voxelsOf(header, () => 100);
    const where = placed(header, boxAt([1, 1, 6.5], [2, 2, 13]), { grid: [1, 1, 13], spacing: [1, 1, 1] });
    // One place a millimetre, from 0.5 up: the slice at 4 reaches to 5, that at 12 begins at 11.
    const found = [...resampled(voxels, where, 0)];
    expect(found.map((value) => value > 0)).toEqual(Array.from({ length: 13 }, (_, i) => i < 5 || i >= 11));
  });

  it('is the middle of the volume along the patient’s axes where there is no box', () => {
    // Stored head first, right to left: still the patient's left at the end of a row, the head last.
    const header = facts({ direction: [-1, 0, 0, 0, 1, 0, 0, 0, -1], origin: [7, 0, 5] });
    const voxels = voxelsOf(header, (index) => toWorld(header, index)[0] + 100 * toWorld(header, index)[2]);
    const { data } = inputVolume(voxels, null, { grid: [8, 7, 6], spacing: [1, 1, 1], intensity: range(0, 507) });
    data.forEach((value, i) => expect(value * 507).toBeCloseTo((i % 8) + 100 * Math.floor(i / 56), 2));
  });

  it('ends where the box ends, and at the volume’s border', () => {
    const voxels = voxelsOf(facts(), () => 50);
    const see = (box: VolumeBox): number[] => [
      ...inputVolume(voxels, box, { grid: [6, 4, 4], spacing: [1, 1, 1], intensity: range(0, 100) }).data.subarray(
        36,
        42,
      ),
    ];
    // Four of six millimetres are the box's.
    expect(see(boxAt([4, 3, 3], [4, 4, 4]))).toEqual([0, 0.5, 0.5, 0.5, 0.5, 0]);
    // Voxels reach half a step beyond their centres: to −0.5.
    expect(see(boxAt([-0.5, 3, 3], [6, 4, 4]))).toEqual([0, 0, 0, 0.5, 0.5, 0.5]);
  });

  it('takes the mean where its steps are coarser than voxels, and skips none', () => {
    const voxels = voxelsOf(facts({ size: [8, 8, 8] }), ([x, y, z]) => ((x + y + z) % 2) * 100);
    const { data } = inputVolume(voxels, boxAt([3.5, 3.5, 3.5], [8, 8, 8]), {
      grid: [4, 4, 4],
      spacing: [2, 2, 2],
      intensity: range(0, 100),
    });
    expect(new Set(data)).toEqual(new Set([0.5]));
  });

  it('never overshoots', () => {
    const voxels = voxelsOf(facts({ size: [9, 9, 9] }), ([x]) => (x < 4 ? 0 : 100));
    const { data } = inputVolume(voxels, boxAt([4, 4, 4], [6, 6, 6]), {
      grid: [32, 4, 4],
      spacing: [0.19, 1, 1],
      intensity: range(-50, 150),
    });
    expect([Math.min(...data), Math.max(...data)]).toEqual([0.25, 0.75]);
  });
});

describe('values as the network sees them', () => {
  const hu = (values: readonly number[], given: Partial<VolumeFacts> = {}): Voxels => ({
    header: facts({ size: [values.length, 1, 1], unit: 'HU', modality: 'CT', ...given }),
    stored: Float32Array.from(values),
    scaling: AS_STORED,
  });
  const see = (volume: Voxels, intensity: VolumeIntensity): number[] => {
    const count = volume.header.size[0];
    const box = boxAt([(count - 1) / 2, 0, 0], [count, 1, 1]);
    return [...resampledInput(volume, box, intensity, count)];
  };
  const resampledInput = (volume: Voxels, box: VolumeBox, intensity: VolumeIntensity, count: number): Float32Array =>
    inputVolume(volume, box, { grid: [count, 1, 1], spacing: [1, 1, 1], intensity }).data;

  it('pass fixed windows of HU, one channel each', () => {
    expect(see(hu([-200, 0, 40, 240, 900]), { kind: 'windows', windows: [{ low: -160, high: 240 }] })).toEqual([
      0,
      expect.closeTo(0.4),
      0.5,
      1,
      1,
    ]);
    const three = see(hu([40]), CT_WINDOWS);
    expect(three).toEqual([expect.closeTo(1390 / 1500), 0.5, expect.closeTo(490 / 1500)]);
  });

  it('leave padding out of percentiles, and show it black', () => {
    const volume = hu([-2000, -2000, -2000, 10, 20, 30, 40, 50], { padding: { from: -2000, to: -2000 }, unit: null });
    expect(rangesOf(volume, { kind: 'percentiles', low: 0, high: 100 }).ranges).toEqual([{ low: 10, high: 50 }]);
    expect(see(volume, { kind: 'percentiles', low: 0, high: 100 })).toEqual([0, 0, 0, 0, 0.25, 0.5, 0.75, 1]);
  });

  it('are the same from stored values and their rescale', () => {
    const stored = { ...hu([-2000, 10, 30, 50], { padding: { from: -2000, to: -2000 } }) };
    const packed = { ...stored, stored: Int16Array.of(-4000, 20, 60, 100), scaling: { slope: 0.5, intercept: 0 } };
    for (const rule of [range(10, 50), { kind: 'percentiles', low: 5, high: 95 }] satisfies VolumeIntensity[])
      expect(see(packed, rule)).toEqual(see(stored, rule));
  });

  it('are black where they are no numbers', () => {
    expect(see(hu([NaN, 50, 100]), range(0, 100))).toEqual([0, 0.5, 1]);
  });

  it('turn MONOCHROME1, whose outside stays black', () => {
    const volume = hu([0, 25, 100], { notes: [{ code: 'monochrome1', values: {} }] });
    expect(see(volume, range(0, 100))).toEqual([1, 0.75, 0]);
    const beyond = inputVolume(volume, boxAt([0, 0, 0], [9, 1, 1]), {
      grid: [9, 1, 1],
      spacing: [1, 1, 1],
      intensity: range(0, 100),
    });
    expect([...beyond.data].slice(0, 5)).toEqual([0, 0, 0, 0, 1]);
  });

  it('are SUV where the file allows it, and refused where it does not', () => {
    expect(see(hu([0, 5, 20], { unit: 'g/ml' }), { kind: 'suv', high: 10 })).toEqual([0, 0.5, 1]);
    expect(see(hu([0, 5000, 20000], { unit: 'Bq/ml', suvFactor: 1e-3 }), { kind: 'suv', high: 10 })).toEqual([
      0, 0.5, 1,
    ]);
    expect(() => see(hu([1], { unit: 'Bq/ml' }), { kind: 'suv', high: 10 })).toThrow(/does not say how its values/);
  });

  it('keep the channels of RGB', () => {
    const volume = hu([], { size: [1, 1, 1], components: 3, unit: null });
    const { data, channels } = inputVolume(
      { ...volume, stored: Uint8Array.of(255, 0, 51) },
      boxAt([0, 0, 0], [1, 1, 1]),
      { grid: [1, 1, 1], spacing: [1, 1, 1], intensity: range(0, 255) },
    );
    expect(channels).toBe(3);
    expect([...data]).toEqual([1, 0, expect.closeTo(0.2)]);
  });
});

describe('percentiles', () => {
  it('are those of NumPy, of numbers of either sign', () => {
    const values = Float32Array.from([3, -1.5, 8, 0, 2.25, -40, 7, 7, NaN, Infinity]);
    const voxels = { header: facts(), stored: values, scaling: AS_STORED };
    // numpy.percentile([3, -1.5, 8, 0, 2.25, -40, 7, 7], [0, 1, 50, 90, 100])
    expect(percentilesOf(voxels, [0, 1, 50, 90, 100])).toEqual(
      [-40, -37.305, 2.625, 7.3, 8].map((v) => expect.closeTo(v, 5) as number),
    );
    // Stored otherwise, and turned by the rescale.
    const turned = { ...voxels, stored: Int16Array.of(-6, 3, -16, 80), scaling: { slope: -0.5, intercept: 0 } };
    expect(percentilesOf(turned, [0, 50, 100])).toEqual([-40, 0.75, 8]);
    expect(percentilesOf({ ...voxels, stored: Float32Array.of(NaN) }, [50])).toEqual([NaN]);
  });
});

describe('a box around voxels', () => {
  it('reaches from face to face of the outermost ones, along the patient’s axes nearest to the grid’s', () => {
    // Rows run to the back, columns to the right, slices down.
    const header = facts({ spacing: [2, 3, 4], origin: [10, 20, 30], direction: [0, -1, 0, 1, 0, 0, 0, 0, -1] });
    const box = boxAround(header, [1, 2, 0], [2, 2, 3], 1);
    expect(box.axes.map((v) => v + 0)).toEqual(STRAIGHT);
    expect(box).toMatchObject({ centre: [4, 23, 24], size: [5, 6, 18] });
    expect(volumeBox.parse(box)).toEqual(box);
  });
});

describe('the recipe that fits the data', () => {
  it('follows units and modality', () => {
    const of = (...volumes: Partial<VolumeFacts>[]): VolumeIntensity =>
      defaultVolumeRecipe(volumes.map((given) => facts(given))).intensity;
    expect(of({ unit: 'HU', modality: 'CT' }, { unit: 'HU', modality: 'CT' }, {})).toBe(CT_WINDOWS);
    expect(of({ modality: 'PT', unit: 'g/ml' })).toEqual({ kind: 'suv', high: 10 });
    // One of them would be left out of a recipe in SUV.
    expect(of({ modality: 'PT', unit: 'g/ml' }, { modality: 'PT', unit: 'Bq/ml' }).kind).toBe('percentiles');
    expect(of({}).kind).toBe('percentiles');
  });

  it('holds most samples whole, no finer than the data', () => {
    const volumes = Array.from({ length: 10 }, () => facts({ size: [240, 240, 30], spacing: [1, 1, 5] }));
    expect(defaultVolumeRecipe(volumes)).toMatchObject({ grid: [48, 48, 30], spacing: [5, 5, 5] });
    const boxes = [boxAt([0, 0, 0], [20, 20, 14.5]), boxAt([0, 0, 0], [18, 22, 14])];
    expect(defaultVolumeRecipe(volumes, boxes)).toMatchObject({ grid: [20, 22, 15], spacing: [1, 1, 1] });
  });

  it('is one that the schema takes, and the schema refuses what no grid can be', () => {
    const recipe = defaultVolumeRecipe([facts()]);
    expect(volumeRecipe.parse(recipe)).toEqual(recipe);
    expect(volumeRecipe.safeParse({ ...recipe, grid: [256, 256, 256] }).success).toBe(false);
    expect(volumeRecipe.safeParse({ ...recipe, spacing: [1, 0, 1] }).success).toBe(false);
    expect(volumeRecipe.safeParse({ ...recipe, intensity: { kind: 'windows', windows: [] } }).success).toBe(false);
    expect(volumeBox.safeParse(boxAt([0, 0, 0], [1, 1, 1], [1, 0, 0, 0.2, 1, 0, 0, 0, 1])).success).toBe(false);
  });
});

it('lies as a grid where its values come from, in a turned box in an oblique volume', () => {
  const [c, n] = [Math.cos(0.3), Math.sin(0.3)];
  const header = facts({
    size: [30, 28, 26],
    spacing: [1, 1.5, 2],
    origin: [-10, 20, 5],
    direction: [c, -n, 0, n, c, 0, 0, 0, 1],
  });
  const ramp = ([x, y, z]: Vec3): number => 3 * x - 2 * y + 5 * z;
  const voxels = voxelsOf(header, (index) => ramp(toWorld(header, index)));
  const centre = toWorld(header, [14, 13, 12]);
  const box = boxAt(centre, [14, 12, 12], [c, 0, n, 0, 1, 0, -n, 0, c]);
  const at = placed(header, box, { grid: [7, 6, 5], spacing: [1.6, 1.2, 2] });
  const values = resampled(voxels, at, 0);
  const grid = gridOf(at);
  values.forEach((value, i) => {
    const place = toWorld(grid, [i % 7, Math.floor(i / 7) % 6, Math.floor(i / 42)]);
    expect(value).toBeCloseTo(ramp(place), 2);
  });
});
