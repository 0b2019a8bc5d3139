import { describe, expect, it, vi } from 'vitest';
import type { Frame } from '@shared/pixels';
import { SampleLoader, ThumbLoader } from '@renderer/pixels/frames';

const frame = (key: number, bytes = 4): Frame => ({
  key,
  width: bytes,
  height: 1,
  depth: 1,
  channels: 1,
  type: 'uint8',
  low: 0,
  high: 255,
  data: new Uint8Array(bytes),
});
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('thumbnails', () => {
  it('are asked for in one request a screen', async () => {
    const fetch = vi.fn(async (keys: readonly number[]) => keys.map((key) => frame(key)));
    const loader = new ThumbLoader(fetch);
    for (const key of range(0, 60)) loader.want([key]);
    await tick();
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(loader.has(59)).toBe(true);
    loader.want(range(0, 60));
    await tick();
    expect(fetch).toHaveBeenCalledTimes(1);
  });
  it('are fetched anew where they hold other pixels, those on screen at once', async () => {
    const fetch = vi.fn(async (keys: readonly number[]) => keys.map((key) => frame(key)));
    const loader = new ThumbLoader(fetch);
    const told = vi.fn();
    loader.want([1, 2]);
    loader.listen(1, told);
    await tick();
    loader.forget([1, 2]);
    expect([loader.has(1), loader.has(2)]).toEqual([false, false]);
    await tick();
    expect(fetch.mock.calls.map(([keys]) => keys)).toEqual([[1, 2], [1]]);
    expect(told).toHaveBeenCalledTimes(2);
  });
  it('on screen come before those that were asked ahead', async () => {
    const asked: number[][] = [];
    const waiting: (() => void)[] = [];
    const loader = new ThumbLoader(async (keys) => {
      asked.push([...keys]);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return keys.map((key) => frame(key));
    });
    loader.want(range(0, 1000), false);
    await tick();
    expect(asked).toHaveLength(3);
    loader.want([5000, 5001]);
    waiting.shift()!();
    await tick();
    expect(asked[3]!.slice(0, 2)).toEqual([5000, 5001]);
  });
  it('are forgotten beyond the limit, the longest unused first', async () => {
    const loader = new ThumbLoader(async (keys) => keys.map((key) => frame(key, 10)), 50);
    loader.want(range(0, 5));
    await tick();
    loader.get(0);
    loader.want([9]);
    await tick();
    expect(loader.has(0)).toBe(true);
    expect(loader.has(1)).toBe(false);
    expect(loader.has(9)).toBe(true);
  });
  it('tell who waits, hold no more memory than their own, and can be asked for again after a failure', async () => {
    let fails = true;
    const big = new Uint8Array(1000);
    const loader = new ThumbLoader(async (keys) => {
      if (fails) throw new Error('no answer');
      return keys.map((key) => ({ ...frame(key), data: big.subarray(0, 4) }));
    });
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const heard = vi.fn();
    loader.listen(3, heard);
    loader.want([3]);
    await tick();
    expect(heard).not.toHaveBeenCalled();
    fails = false;
    loader.want([3]);
    await tick();
    expect(heard).toHaveBeenCalledTimes(1);
    expect(loader.get(3)!.data.buffer.byteLength).toBe(4);
    expect(warn).toHaveBeenCalledTimes(1);
  });
  it('of another project never arrive', async () => {
    let answer!: (frames: Frame[]) => void;
    const loader = new ThumbLoader(() => new Promise((resolve) => (answer = resolve)));
    loader.want([1]);
    await tick();
    loader.clear();
    answer([frame(1)]);
    await tick();
    expect(loader.has(1)).toBe(false);
  });
});

describe('whole samples', () => {
  it('are fetched once, kept for a few, and asked again after a failure', async () => {
    const load = vi.fn(async (key: number) => [frame(key)]);
    const loader = new SampleLoader(load, 2);
    await Promise.all([loader.get(1), loader.get(1)]);
    expect(load).toHaveBeenCalledTimes(1);
    await loader.get(2);
    await loader.get(3);
    await loader.get(1);
    expect(load).toHaveBeenCalledTimes(4);
    load.mockRejectedValueOnce(new Error('gone'));
    await expect(loader.get(9)).rejects.toThrow('gone');
    expect((await loader.get(9)).key).toBe(9);
  });
});
