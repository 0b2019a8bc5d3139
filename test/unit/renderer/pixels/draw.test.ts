import { describe, expect, it } from 'vitest';
import type { Frame } from '@shared/pixels';
import { planeSize, toRgba } from '@renderer/pixels/draw';

const frame = (change: Partial<Frame>): Frame => ({
  key: 1,
  width: 2,
  height: 2,
  depth: 1,
  channels: 1,
  type: 'uint8',
  low: 0,
  high: 255,
  data: Uint8Array.from([0, 64, 128, 255]),
  ...change,
});
const greys = (data: Uint8ClampedArray): number[] => Array.from(data).filter((_, i) => i % 4 === 0);

describe('pixels on screen', () => {
  it('are the stored bytes, one for one, opaque and grey', () => {
    const { width, height, data } = toRgba(frame({}));
    expect([width, height]).toEqual([2, 2]);
    expect(greys(data)).toEqual([0, 64, 128, 255]);
    expect([...data.slice(4, 8)]).toEqual([64, 64, 64, 255]);
  });
  it('keep their colours', () => {
    const { data } = toRgba(frame({ width: 1, height: 1, channels: 3, data: Uint8Array.from([10, 20, 30]) }));
    expect([...data]).toEqual([10, 20, 30, 255]);
  });
  it('follow window, level and inversion', () => {
    expect(greys(toRgba(frame({}), { low: 64, high: 128, invert: false }).data)).toEqual([0, 0, 255, 255]);
    expect(greys(toRgba(frame({}), { low: 0, high: 255, invert: true }).data)).toEqual([255, 191, 127, 0]);
  });
  it('are right for signed, 16 bit and real values', () => {
    const signed = frame({ type: 'int16', low: -1000, high: 1000, data: Int16Array.from([-1000, 0, 1000, 2000]) });
    expect(greys(toRgba(signed).data)).toEqual([0, 128, 255, 255]);
    const wide = frame({ type: 'uint16', low: 0, high: 65535, data: Uint16Array.from([0, 32768, 65535, 16384]) });
    expect(greys(toRgba(wide).data)).toEqual([0, 128, 255, 64]);
    const real = frame({ type: 'float32', low: -1, high: 1, data: Float32Array.from([-1, 0, 1, 0.5]) });
    expect(greys(toRgba(real).data)).toEqual([0, 128, 255, 191]);
    const flat = frame({ type: 'float32', low: 3, high: 3, data: Float32Array.from([3, 3, 3, 3]) });
    expect(greys(toRgba(flat).data)).toEqual([0, 0, 0, 0]);
  });
  it('show the three planes of a volume', () => {
    // [depth 2, height 3, width 4], each value is 100 z + 10 y + x.
    const data = new Uint8Array(24);
    for (let z = 0; z < 2; z += 1)
      for (let y = 0; y < 3; y += 1) for (let x = 0; x < 4; x += 1) data[(z * 3 + y) * 4 + x] = 100 * z + 10 * y + x;
    const volume = frame({ width: 4, height: 3, depth: 2, data });
    expect(planeSize(volume, 'z')).toEqual([4, 3, 2]);
    expect(planeSize(volume, 'y')).toEqual([4, 2, 3]);
    expect(planeSize(volume, 'x')).toEqual([3, 2, 4]);
    expect(greys(toRgba(volume, undefined, 'z', 1).data).slice(0, 5)).toEqual([100, 101, 102, 103, 110]);
    expect(greys(toRgba(volume, undefined, 'y', 2).data)).toEqual([20, 21, 22, 23, 120, 121, 122, 123]);
    expect(greys(toRgba(volume, undefined, 'x', 3).data)).toEqual([3, 13, 23, 103, 113, 123]);
  });
});
