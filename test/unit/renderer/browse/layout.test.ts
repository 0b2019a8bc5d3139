import { describe, expect, it } from 'vitest';
import { layout, windowOf } from '@renderer/features/browse/layout';

describe('layout of the gallery', () => {
  it('fills the width with columns of about the wanted size', () => {
    for (const width of [320, 683, 1200, 3000])
      for (const size of [48, 96, 200]) {
        const { columns, image } = layout(width, size);
        expect(columns * (image + 2) + (columns - 1) * 8).toBeLessThanOrEqual(width - 18);
        if (columns > 1) expect(image).toBeGreaterThanOrEqual(size);
        expect(image).toBeLessThan(2 * size + 12);
      }
  });
  it('has one column where nothing fits', () => {
    expect(layout(40, 96).columns).toBe(1);
  });
  it('asks further ahead where the person scrolls to', () => {
    const grid = layout(683, 96);
    const down = windowOf(50 * grid.rowHeight, 600, grid, 100_000, 1);
    const up = windowOf(50 * grid.rowHeight, 600, grid, 100_000, -1);
    expect(down.from).toBe(50 * grid.columns);
    expect(down.ahead[1] - down.to).toBeGreaterThan(down.from - down.ahead[0]);
    expect(up.from - up.ahead[0]).toBeGreaterThan(up.ahead[1] - up.to);
    const end = windowOf(1e9, 600, grid, 100, 1);
    expect(end.to).toBe(100);
    expect(end.from).toBe(100);
  });
});
