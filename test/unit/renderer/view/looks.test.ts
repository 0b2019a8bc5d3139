import { computed } from 'vue';
import { describe, expect, it } from 'vitest';
import { acquiredFrame, dot, planeOf, slicingOf } from '@shared/space';
import type { Grid } from '@shared/space';
import { fitted, placeAt, pointOf, scaleBar, zoomed } from '@renderer/features/view/state/camera';
import { useWindow } from '@renderer/features/view/state/useWindow';
import { autoWindow, draggedWindow, fileWindow, greyWords } from '@renderer/features/view/state/grey';
import { absolute, relative } from '@renderer/features/view/state/kinds';
import { arranged } from '@renderer/features/view/state/layout';
import { emptyLoaded, take, valuesAt, valueWords } from '@renderer/features/view/state/loaded';
import { angleOf, isIn, statisticsOf } from '@renderer/features/view/state/measure';
import type { PlaneState } from '@renderer/features/view/state/useViewer';
import type { VolumeSource } from '@renderer/features/view/sources/types';

const grid: Grid = { size: [10, 20, 4], spacing: [2, 2, 5], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
const source = (more: Partial<VolumeSource> = {}): VolumeSource => ({
  id: 'one',
  name: 'one',
  grid,
  spacingKind: 'patient',
  oriented: true,
  modality: 'CT',
  unit: 'HU',
  type: 'int16',
  components: 1,
  slope: 1,
  intercept: -1024,
  notes: [],
  inverted: false,
  read: () => Promise.resolve(),
  ...more,
});
const plane = planeOf(acquiredFrame(grid, true), 'axial', true);
const view = { width: 400, height: 300 };

describe('a camera', () => {
  it('shows the whole volume, and finds the place under a point and the point of a place', () => {
    const camera = fitted(grid, plane, view);
    const corner = pointOf(camera, plane, view, [-1, -1, 0]);
    expect(corner.y).toBeGreaterThan(0);
    expect(pointOf(camera, plane, view, [19, 39, 0]).y).toBeCloseTo(300 - corner.y, 6);
    const place = placeAt(camera, plane, 7, view, { x: 123, y: 45 });
    expect(dot(place, plane.normal)).toBeCloseTo(7, 9);
    expect(pointOf(camera, plane, view, place)).toEqual({ x: expect.closeTo(123, 6), y: expect.closeTo(45, 6) });
  });
  it('zooms about the cursor', () => {
    const camera = fitted(grid, plane, view);
    const at = { x: 320, y: 40 };
    const before = placeAt(camera, plane, 0, view, at);
    const after = placeAt(zoomed(camera, plane, 3, view, at), plane, 0, view, at);
    after.forEach((x, i) => expect(x).toBeCloseTo(before[i]!, 9));
  });
  it('has a scale of a round length', () => {
    expect(scaleBar(0.5, 120)).toEqual({ length: 50, pixels: 100 });
    expect(scaleBar(0.02, 120)).toEqual({ length: 2, pixels: 100 });
  });
});

describe('the grey scale', () => {
  it('opens on the values themselves: padding and slices on their way do not count', () => {
    const loaded = emptyLoaded(source({ padding: { from: -3024, to: -3024 } }));
    take(
      loaded,
      1,
      new Int16Array(400).map((_, i) => (i < 100 ? -2000 : 1000 + (i % 101))),
    );
    const { width, level } = autoWindow(loaded);
    expect(level).toBeCloseTo(26, -1);
    expect(width).toBeGreaterThan(90);
    expect(width).toBeLessThan(110);
  });
  it('follows the mouse: to the right wider, upwards (towards smaller y) brighter', () => {
    const now = { width: 400, level: 40 };
    expect(draggedWindow(now, 10, 0, now, 1).width).toBeGreaterThan(400);
    expect(draggedWindow(now, 0, -10, now, 1).level).toBeLessThan(40);
    expect(draggedWindow(now, -1e6, 0, now, 1).width).toBe(1);
  });
  it('takes the file by its word, as DICOM defines LINEAR', () => {
    expect(fileWindow({ center: 40, width: 401, function: 'LINEAR' })).toEqual({ width: 400, level: 39.5 });
    expect(fileWindow({ center: 40, width: 400, function: 'LINEAR_EXACT' })).toEqual({ width: 400, level: 40 });
  });
  it('follows SIGMOID and tables as curves', () => {
    const { width, level, curve } = fileWindow({ center: 40, width: 80, function: 'SIGMOID' });
    const at = (value: number): number => curve![Math.round(((value - level) / width + 0.5) * (curve!.length - 1))]!;
    for (const value of [-120, 0, 20, 40, 60, 100])
      expect(at(value)).toBeCloseTo(1 / (1 + Math.exp((-4 * (value - 40)) / 80)), 10);
    const table = [0, 0.1, 0.9, 1];
    const own = fileWindow({ center: 50, width: 3, function: 'LINEAR_EXACT', table });
    expect(own).toEqual({ width: 3, level: 50, curve: table });
  });
  it('is called by the numbers of its file until it is dragged', () => {
    const windows = [
      { center: 35, width: 100, function: 'LINEAR' },
      { center: 40, width: 80, function: 'SIGMOID' },
    ] as const;
    const state = useWindow(computed(() => source({ windows })));
    state.setNamedWindow('file 0');
    expect([state.shown.value, state.window.value]).toEqual([
      { width: 100, level: 35 },
      { width: 99, level: 34.5 },
    ]);
    state.setNamedWindow('file 1');
    expect(state.shown.value).toEqual({ width: 80, level: 40 });
    state.dragWindow(0, 0);
    expect([state.shown.value, state.window.value]).toEqual(Array(2).fill({ width: 80, level: 40 }));
  });
  it('is kept in HU as it is, and in MR by its share of the automatic one', () => {
    const own = { width: 300, level: 50 };
    expect(relative(source(), own, { width: 1, level: 0 })).toEqual(own);
    const mr = source({ modality: 'MR', unit: null });
    const share = relative(mr, { width: 500, level: 600 }, { width: 1000, level: 500 });
    expect(absolute(mr, share, { width: 200, level: 100 })).toEqual({ width: 100, level: 120 });
  });
  it('is said in as many digits as it needs', () => {
    expect(greyWords({ width: 400, level: 39.5 })).toBe('W 400 L 40');
    expect(greyWords({ width: 0.5, level: 0.125 })).toBe('W 0.5000 L 0.1250');
  });
});

describe('layouts', () => {
  it('fill the stage without overlap', () => {
    for (const layout of ['grid', 'side'] as const) {
      const rects = [...arranged(layout, 'coronal', { width: 801, height: 603 }).values()];
      expect(rects).toHaveLength(4);
      const area = rects.reduce((sum, { width, height }) => sum + width * height, 0);
      expect(area).toBeGreaterThan(0.97 * 801 * 603);
      expect(area).toBeLessThanOrEqual(801 * 603);
    }
    expect([...arranged('one', 'coronal', view).keys()]).toEqual(['coronal']);
    expect(arranged('side', 'coronal', view).get('coronal')!.width).toBeGreaterThan(view.width / 2);
  });
});

describe('values', () => {
  it('are read out after rescale, with their unit, once they are here', () => {
    const loaded = emptyLoaded(source());
    expect(valuesAt(loaded, [1, 2, 3])).toBeNull();
    const slice = new Int16Array(200);
    slice[2 * 10 + 1] = 1064;
    take(loaded, 3, slice);
    expect(valueWords(loaded.source, valuesAt(loaded, [1, 2, 3])!)).toBe('40 HU');
    expect(valueWords(source({ type: 'float32', unit: 'g/ml' }), [1.23456])).toBe('1.235 g/ml');
  });
});

describe('measures', () => {
  const state: PlaneState = {
    name: 'axial',
    plane,
    slicing: slicingOf(grid, plane),
    slice: 0,
    lines: [plane.right, plane.down],
  };
  it('lie in their own slice only', () => {
    const measure = {
      id: 1,
      kind: 'ruler' as const,
      normal: plane.normal,
      points: [[0, 0, 0] as const, [4, 0, 0] as const],
    };
    expect(isIn(state, 0, measure)).toBe(true);
    expect(isIn(state, 5, measure)).toBe(false);
  });
  it('know a right angle', () => {
    expect(
      angleOf([
        [1, 0, 0],
        [0, 0, 0],
        [0, 3, 0],
      ]),
    ).toBeCloseTo(90, 9);
  });
  it('count the voxels whose middles lie in an ellipse, each once', () => {
    const loaded = emptyLoaded(source({ intercept: 0 }));
    // Values rise by one a column: the mean over a circle about column 4 is 4.
    take(
      loaded,
      0,
      Int16Array.from({ length: 200 }, (_, i) => i % 10),
    );
    const found = statisticsOf(loaded, state, [
      [3, 13, 0],
      [13, 23, 0],
    ])!;
    expect(found.count).toBe(21);
    expect(found.mean).toBeCloseTo(4, 9);
    expect([found.min, found.max]).toEqual([2, 6]);
    expect(found.area).toBeCloseTo(Math.PI * 25, 6);
    expect(found.deviation).toBeCloseTo(Math.sqrt((2 * (3 * 4 + 5 * 1)) / 21), 6);
  });
});
