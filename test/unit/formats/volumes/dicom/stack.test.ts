import { describe, expect, it } from 'vitest';
import { lean, stacks } from '@main/formats/volumes/dicom/stack';

const at = (places: readonly number[], thickness: (i: number) => number | undefined = () => 4) =>
  places.map((z, i) => ({ position: [0, 0, z] as const, thickness: thickness(i) }));
const along = (places: readonly number[], thickness?: (i: number) => number | undefined) =>
  stacks(at(places, thickness), [0, 0, 1]);
const even = (from: number, step: number, count: number) => Array.from({ length: count }, (_, i) => from + i * step);

describe('slices in a line', () => {
  it('sorts by place, whatever the order', () => {
    const [stack] = along([8, 0, 4, 12]);
    expect(stack).toMatchObject({ places: [0, 4, 8, 12], step: 4, missing: [], uneven: undefined });
  });

  it('cuts where thickness changes for three slices: a head CT of 4 mm, then 7 mm', () => {
    const found = along([...even(0, 4.002, 14), ...even(53.1, 6.999, 14)], (i) => (i < 14 ? 4 : 7));
    expect(found.map(({ slices }) => slices.length)).toEqual([14, 14]);
    expect(found[0]!.step).toBeCloseTo(4.002, 6);
    expect(found[1]!.step).toBeCloseTo(6.999, 6);
    expect(found.every(({ missing, uneven }) => missing.length === 0 && !uneven)).toBe(true);
  });

  it('cuts where the step changes for three slices, thickness unknown', () => {
    const found = along([...even(0, 2, 6), ...even(13, 3, 5)], () => undefined);
    expect(found.map(({ places }) => places.length)).toEqual([6, 5]);
    expect(found.map(({ step }) => step)).toEqual([2, 3]);
  });

  it('does not cut for a change that holds for two slices only', () => {
    const found = along([...even(0, 2, 6), 13, 16]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ step: 2, uneven: [2, 3] });
  });

  it('names a gap of a whole multiple as missing slices, within 5 %', () => {
    expect(along([0, 4, 8, 16, 20, 24])[0]).toMatchObject({ step: 4, missing: [12], uneven: undefined });
    expect(along([0, 4, 8, 20.3, 24.3, 28.3])[0]!.missing).toHaveLength(2);
    expect(along([0, 8, 12, 16])[0]).toMatchObject({ step: 4, missing: [4] });
  });

  it('calls a gap that is no multiple uneven, and never bridges it', () => {
    expect(along([0, 4, 8, 14, 18, 22])[0]).toMatchObject({
      step: 4,
      missing: [],
      uneven: [4, 6],
      places: [0, 4, 8, 14, 18, 22],
    });
  });

  it('takes rounded positions of an even grid for even', () => {
    const rounded = even(0, 0.625, 40).map((z) => Math.round(z * 100) / 100);
    expect(along(rounded)[0]).toMatchObject({ missing: [], uneven: undefined });
    expect(along(rounded)[0]!.step).toBeCloseTo(0.625, 3);
  });

  it('sees a drift that no single step shows', () => {
    expect(
      along([...even(0, 3, 10), ...even(30.1, 3.1, 10)], () => undefined).some(({ uneven }) => uneven) ||
        along([...even(0, 3, 10), ...even(30.1, 3.1, 10)], () => undefined).length > 1,
    ).toBe(true);
  });

  it('keeps a single slice', () => {
    expect(along([7])).toMatchObject([{ places: [7], step: undefined, missing: [] }]);
  });
});

describe('the line that slices follow', () => {
  it('leans by the tilt of the gantry', () => {
    const tilt = (18.5 * Math.PI) / 180;
    const normal = [0, Math.sin(tilt), Math.cos(tilt)] as const;
    const found = lean(at(even(0, 4.22, 5)), normal);
    expect(found.degrees).toBeCloseTo(18.5, 6);
    expect(found.axis).toEqual([0, 0, 1]);
    expect(4.002 * found.stretch).toBeCloseTo(4.22, 3);
    expect(found.off).toBeCloseTo(0, 9);
  });

  it('runs along row × column where nothing leans', () => {
    expect(lean(at([0, 4, 8]), [0, 0, 1])).toMatchObject({ degrees: 0, axis: [0, 0, 1], stretch: 1 });
    expect(lean(at([5]), [0, 0, 1])).toMatchObject({ degrees: 0, axis: [0, 0, 1] });
  });

  it('says how far a slice lies off it', () => {
    const slices = at([0, 4, 8]);
    slices[1] = { ...slices[1]!, position: [6, 0, 4] as never };
    expect(lean(slices, [0, 0, 1]).off).toBeCloseTo(6, 9);
  });
});
