import { describe, expect, it } from 'vitest';
import { placesOf } from '@renderer/features/view/sources/places';

describe('an uneven stack on an even grid', () => {
  it('leaves room for slices that are missing', () => {
    expect(placesOf([10, 13, 19.1, 22.1], 3)).toEqual({
      step: 3,
      depth: 5,
      at: [
        [0, 0],
        [1, 1],
        [3, 3],
        [4, 4],
      ],
    });
  });
  it('runs either way', () => {
    expect(placesOf([0, -2, -6], 2)!.at.map(([first]) => first)).toEqual([0, 1, 3]);
  });
  it('lets each slice reach to its neighbours where no step fits, covering the grid once', () => {
    const { step, depth, at } = placesOf([0, 2, 5, 9.4], 2)!;
    expect(step).toBe(2);
    expect(depth).toBe(6);
    const covered = at.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
    expect(covered).toEqual([0, 1, 2, 3, 4, 5]);
    // The middle of a grid's slice lies nearest to the slice that it shows.
    const places = [0, 2, 5, 9.4];
    at.forEach(([first, last], k) => {
      for (let i = first; i <= last; i += 1)
        expect(Math.abs(i * step - places[k]!)).toBe(Math.min(...places.map((place) => Math.abs(i * step - place))));
    });
  });
  it('is no grid where two slices lie in one place', () => {
    expect(placesOf([0, 0, 3], 3)).toBeNull();
  });
});
