import { describe, expect, it } from 'vitest';
import type { Frame } from '@shared/pixels';
import { dragged, fromWidthLevel, valuesAt, widthLevel } from '@renderer/features/sample/grey';
import { fitted, panned, pixelAt, zoomed } from '@renderer/features/sample/viewport';

const stage = { width: 900, height: 600 };
const image = { width: 28, height: 28 };

describe('an image on its stage', () => {
  it('is enlarged by whole numbers, in the middle', () => {
    const view = fitted(image, stage);
    expect(view.scale).toBe(21);
    expect(view.x).toBe((900 - 28 * 21) / 2);
    expect(fitted({ width: 3000, height: 2000 }, stage).scale).toBeLessThan(0.3);
  });
  it('zooms about the pointer', () => {
    const view = fitted(image, stage);
    const at = { x: 300, y: 200 };
    const before = pixelAt(view, at, image);
    const near = zoomed(view, 3, at);
    expect(near.scale).toBe(63);
    expect(pixelAt(near, at, image)).toEqual(before);
    expect(zoomed(view, 1e9, at).scale).toBe(128);
  });
  it('cannot be lost by moving it', () => {
    const view = panned(fitted(image, stage), { x: 1e6, y: -1e6 }, image, stage);
    expect(view.x).toBeLessThan(stage.width);
    expect(view.y + 28 * view.scale).toBeGreaterThan(0);
  });
  it('says which stored pixel lies under the pointer', () => {
    const view = { x: 100, y: 50, scale: 10 };
    expect(pixelAt(view, { x: 100, y: 50 }, image)).toEqual({ x: 0, y: 0 });
    expect(pixelAt(view, { x: 379, y: 329 }, image)).toEqual({ x: 27, y: 27 });
    expect(pixelAt(view, { x: 99, y: 50 }, image)).toBeNull();
    expect(pixelAt(view, { x: 380, y: 50 }, image)).toBeNull();
  });
});

describe('window and level', () => {
  const frame: Frame = {
    key: 1,
    width: 2,
    height: 2,
    depth: 2,
    channels: 1,
    type: 'uint8',
    low: 0,
    high: 255,
    data: Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]),
  };
  it('are width and middle, and come back as they went', () => {
    const w = fromWidthLevel(100, 60, false, 1);
    expect(w).toEqual({ low: 10, high: 110, invert: false });
    expect(widthLevel(w)).toEqual({ width: 100, level: 60 });
  });
  it('never close', () => {
    const w = dragged({ low: 10, high: 20, invert: false }, -1e6, 0, frame);
    expect(w.high - w.low).toBe(1);
  });
  it('leave the values under the pointer alone', () => {
    expect(valuesAt(frame, 'z', 1, { x: 1, y: 0 })).toEqual([5]);
    expect(valuesAt(frame, 'y', 1, { x: 0, y: 1 })).toEqual([6]);
    expect(valuesAt(frame, 'x', 1, { x: 1, y: 0 })).toEqual([3]);
  });
});
