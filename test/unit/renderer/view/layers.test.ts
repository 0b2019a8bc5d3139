import { describe, expect, it } from 'vitest';
import { middleFirst } from '@renderer/features/view/sources/file';
import type { VolumeSource } from '@renderer/features/view/sources/types';
import { labelColour, layerLook, layerOf } from '@renderer/features/view/state/layers';
import { emptyLoaded, take } from '@renderer/features/view/state/loaded';
import type { PixelArray } from '@shared/pixels';
import { plainGrid } from '@shared/space';

it('slices are fetched from the middle outwards, each once', () => {
  const runs = middleFirst(11, 3);
  expect(runs[0]).toEqual([5, 5]);
  expect(runs[1]).toEqual([6, 8]);
  const all = runs.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
  expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, i) => i));
  expect(middleFirst(1, 3)).toEqual([[0, 0]]);
});

const loaded = (values: PixelArray, type: VolumeSource['type'], more: Partial<VolumeSource> = {}) => {
  const source = {
    id: 'layer',
    name: 'layer',
    grid: plainGrid([values.length, 1, 1]),
    spacingKind: 'patient',
    oriented: true,
    modality: null,
    unit: null,
    type,
    components: 1,
    slope: 1,
    intercept: 0,
    notes: [],
    inverted: false,
    read: () => Promise.resolve(),
    ...more,
  } as const;
  const made = emptyLoaded(source);
  take(made, 0, values);
  return made;
};

describe('a layer', () => {
  it('of labels has one colour and name each, in the order of their values', () => {
    const { kind } = layerOf(loaded(Int16Array.of(0, 900, 4, 4, 900, 0), 'int16'), (value) => `label ${value}`);
    if (kind.kind !== 'labels') throw new Error('no label map');
    expect(kind.labels.map(({ value, name }) => [value, name])).toEqual([
      [4, 'label 4'],
      [900, 'label 900'],
    ]);
    expect([...kind.voxels.data]).toEqual([0, 2, 1, 1, 2, 0]);
  });
  it('of whole float values is one of labels too; of fractions, or with a unit, it is heat over their range', () => {
    const kindOf = (values: PixelArray, more = {}) => layerOf(loaded(values, 'float32', more), String).kind;
    expect(kindOf(Float32Array.of(0, 1, 2)).kind).toBe('labels');
    expect(kindOf(Float32Array.of(0, 0.5, -2))).toEqual({ kind: 'heat', from: -2, to: 0.5 });
    expect(kindOf(Float32Array.of(0, 1, 2), { unit: 'g/ml' })).toEqual({ kind: 'heat', from: 0, to: 2 });
  });
  it('draws nothing for the background', () => {
    const look = layerLook(layerOf(loaded(Uint8Array.of(0, 7), 'uint8'), String));
    expect(look.colours).toMatchObject({ kind: 'labels', table: [[0, 0, 0], labelColour(0)] });
  });
  it('gives no two of a hundred labels the same colour', () => {
    const colours = Array.from({ length: 116 }, (_, i) =>
      labelColour(i)
        .map((part) => part.toFixed(2))
        .join(),
    );
    expect(new Set(colours).size).toBe(116);
  });
});
