import { describe, expect, it } from 'vitest';
import {
  acquiredFrame,
  dot,
  leanOf,
  lettersOf,
  middleOf,
  moved,
  placeAtSlice,
  placeWords,
  planeOf,
  plainGrid,
  sliceAt,
  slicingOf,
  straightened,
  toIndex,
  toWorld,
  turnedFrame,
  voxelAt,
} from '@shared/space';
import type { Grid, PlaneName, Vec3 } from '@shared/space';

const axes = (...columns: [Vec3, Vec3, Vec3]): number[] => [0, 1, 2].flatMap((row) => columns.map((c) => c[row]!));
const grid = (direction: number[], size: Vec3 = [10, 12, 8], spacing: Vec3 = [1, 2, 3]): Grid => ({
  size,
  spacing,
  origin: [-5, 7, 20],
  direction,
});
const LPS = grid(axes([1, 0, 0], [0, 1, 0], [0, 0, 1]));
const RAS = grid(axes([-1, 0, 0], [0, -1, 0], [0, 0, 1]));
/** Sagittal slices, rows from front to back, columns downwards, slices to the patient's left. */
const SAGITTAL = grid(axes([0, 1, 0], [0, 0, -1], [1, 0, 0]));
const cos = Math.cos(Math.PI / 9);
const sin = Math.sin(Math.PI / 9);
/** Turned about the left-right axis by 20 degrees. */
const OBLIQUE = grid(axes([1, 0, 0], [0, cos, sin], [0, -sin, cos]));
/** A gantry tilted by 20 degrees: slices straight above each other along a leaning axis. */
const TILTED = grid(axes([1, 0, 0], [0, 1, 0], [0, sin, cos]));

const letters = (of: Grid, name: PlaneName): string => {
  const { right, down } = planeOf(acquiredFrame(of, true), name, true);
  return `${lettersOf(right)} ${lettersOf(down)}`;
};

describe('a grid', () => {
  it.each([LPS, RAS, SAGITTAL, OBLIQUE, TILTED])('turns places into indices and back', (of) => {
    const index: Vec3 = [3, 4, 5];
    toIndex(of, toWorld(of, index)).forEach((at, i) => expect(at).toBeCloseTo(index[i]!, 9));
    expect(voxelAt(of, toWorld(of, [2.4, 3.6, 0.2]))).toEqual([2, 4, 0]);
    expect(voxelAt(of, toWorld(of, [9.6, 0, 0]))).toBeNull();
  });
  it('says by how much its stack leans', () => {
    expect(leanOf(LPS)).toBeCloseTo(0, 6);
    expect(leanOf(OBLIQUE)).toBeCloseTo(0, 6);
    expect(leanOf(TILTED)).toBeCloseTo(20, 6);
  });
  it('can be told along row × column, with its step beside', () => {
    const { spacing, direction, step } = straightened(TILTED);
    expect(spacing.map((mm) => mm.toFixed(6))).toEqual(['1.000000', '2.000000', (3 * cos).toFixed(6)]);
    expect([2, 5, 8].map((at) => direction[at])).toEqual([0, 0, 1]);
    expect(step).toEqual([0, 3 * sin, 3 * cos]);
    expect(straightened(LPS)).toMatchObject({ spacing: [1, 2, 3], direction: LPS.direction, step: [0, 0, 3] });
  });
});

describe('places in words', () => {
  it('name the side of each number', () => {
    expect(placeWords([-1, 14, 16])).toBe('R 1.0 P 14.0 S 16.0');
    expect(placeWords([25, -21, -10])).toBe('L 25.0 A 21.0 I 10.0');
    expect(placeWords([-0.01, 0, 0])).toBe('L 0.0 P 0.0 S 0.0');
  });
  it('have a second letter where a direction leans', () => {
    expect(lettersOf([1, 0, 0])).toBe('L');
    expect(lettersOf([0, Math.SQRT1_2, -Math.SQRT1_2])).toBe('PI');
    expect(lettersOf([0.98, 0.17, 0])).toBe('L');
  });
});

describe('planes as radiologists hang them', () => {
  it.each([LPS, RAS, SAGITTAL, TILTED])('the same for every way in which voxels are stored', (of) => {
    expect(letters(of, 'axial')).toBe('L P');
    expect(letters(of, 'coronal')).toBe('L I');
    expect(letters(of, 'sagittal')).toBe('P I');
  });
  it('follow the planes that an oblique series was taken in', () => {
    const { right, down, normal } = planeOf(acquiredFrame(OBLIQUE, true), 'axial', true);
    expect(right).toEqual([1, 0, 0]);
    expect(down[1]).toBeCloseTo(cos, 9);
    expect(down[2]).toBeCloseTo(sin, 9);
    expect(slicingOf(OBLIQUE, { right, down, normal })).toMatchObject({ axis: 2, count: 8, acquired: true });
  });
  it('show voxels as they are stored where nothing is known of the patient', () => {
    const plain = plainGrid([4, 5, 6]);
    const plane = planeOf(acquiredFrame(plain, false), 'coronal', false);
    expect(plane).toEqual({ right: [1, 0, 0], down: [0, 0, 1], normal: [0, 1, 0] });
  });
});

describe('slices of a plane', () => {
  it.each([
    ['LPS', LPS, 5],
    ['RAS', RAS, 5],
    ['oblique', OBLIQUE, 5],
    ['tilted', TILTED, 5],
  ])('are numbered as stored, and their middles lie in their voxels: %s', (_, of, k) => {
    const plane = planeOf(acquiredFrame(of, true), 'axial', true);
    const slicing = slicingOf(of, plane);
    const place = toWorld(of, [4, 6, k]);
    expect(sliceAt(slicing, plane.normal, place)).toBe(k);
    const next = placeAtSlice(slicing, plane.normal, place, k + 1);
    expect(toIndex(of, next)[2]).toBeCloseTo(k + 1, 6);
    expect(placeAtSlice(slicing, plane.normal, place, 99)).toEqual(placeAtSlice(slicing, plane.normal, place, 7));
  });
  it('count against the normal where the series runs the other way', () => {
    const down = grid(axes([1, 0, 0], [0, -1, 0], [0, 0, -1]));
    const plane = planeOf(acquiredFrame(down, true), 'axial', true);
    expect(slicingOf(down, plane)).toMatchObject({ reversed: true });
    expect(sliceAt(slicingOf(down, plane), plane.normal, toWorld(down, [0, 0, 1]))).toBe(1);
  });
  it('are taken ones only where no voxel is cut: across a leaning stack they are not', () => {
    const acquired = (name: PlaneName): boolean =>
      slicingOf(TILTED, planeOf(acquiredFrame(TILTED, true), name, true)).acquired;
    expect([acquired('axial'), acquired('sagittal'), acquired('coronal')]).toEqual([true, false, false]);
  });
  it('lie as far apart as the leaning stack is high, not as its axis is long', () => {
    expect(slicingOf(TILTED, planeOf(acquiredFrame(TILTED, true), 'axial', true)).step).toBeCloseTo(3 * cos, 9);
  });
  it('turn with the frame', () => {
    const frame = turnedFrame(acquiredFrame(LPS, true), [0, 0, 1], Math.PI / 6);
    const plane = planeOf(frame, 'sagittal', true);
    expect(dot(plane.right, plane.normal)).toBeCloseTo(0, 9);
    expect(slicingOf(LPS, plane).acquired).toBe(false);
    expect(slicingOf(LPS, planeOf(frame, 'axial', true)).acquired).toBe(true);
  });
});

it('a case opens in the middle of its middle voxel', () => {
  expect(toIndex(TILTED, middleOf(TILTED)).map(Math.round)).toEqual([5, 6, 4]);
  expect(moved(middleOf(LPS), [1, 0, 0], 1)).toEqual(toWorld(LPS, [6, 6, 4]));
});
