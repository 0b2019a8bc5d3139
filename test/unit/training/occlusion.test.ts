import { describe, expect, it } from 'vitest';
import { occlusion } from '@main/training/occlusion';
import type { Frame } from '@shared/pixels';
import { heatValues } from '@renderer/features/view/state/heat';

const frameOf = (width: number, height: number, depth: number, channels = 1): Frame => ({
  key: 0,
  width,
  height,
  depth,
  channels,
  type: 'uint8',
  low: 0,
  high: 200,
  data: Uint8Array.from({ length: width * height * depth * channels }, (_, i) => (i * 37) % 120),
});
const at = ({ width, height, channels }: Frame, x: number, y: number, z: number): number =>
  ((z * height + y) * width + x) * channels;

/** Two classes: the first one rises with the brightness of one voxel, and falls with that of another. */
const looksAt = (up: number, down: number, gain = 0.01) => ({
  classes: 2,
  predict: (frames: readonly Frame[]): Promise<Float32Array> =>
    Promise.resolve(
      Float32Array.from(
        frames.flatMap(({ data }) => {
          const p = 0.5 + gain * 0.1 * (data[up]! - data[down]!);
          return [p, 1 - p];
        }),
      ),
    ),
});

describe('occlusion', () => {
  it.each([
    [11, 9, 7, 1],
    [28, 28, 28, 1],
    [13, 10, 6, 3],
    [12, 17, 1, 1],
  ])(
    'finds the part that speaks for a class, and the one that speaks against it: %i × %i × %i, %i channels',
    async (...size) => {
      const frame = frameOf(...size);
      const [width, height, depth] = size;
      const bright = [width - 2, 1, depth - 1] as const;
      const against = [1, height - 2, 0] as const;
      frame.data[at(frame, ...bright)] = 200;
      frame.data[at(frame, ...against)] = 190;
      const predictor = looksAt(at(frame, ...bright), at(frame, ...against));
      const map = await occlusion(predictor, frame, 0);
      const values = heatValues({ ...map, size: [width, height, depth], parts: [...map.parts], drops: [...map.drops] });
      const value = (x: number, y: number, z: number): number => values[(z * height + y) * width + x]!;
      expect(map.probability).toBeCloseTo(0.51, 5);
      expect(value(...bright)).toBeGreaterThan(0.1);
      expect(value(...bright)).toBeCloseTo(Math.max(...map.drops), 6);
      expect(value(...against)).toBeCloseTo(Math.min(...map.drops), 6);
      // Nothing but these two parts matters.
      expect(map.drops.filter((drop) => Math.abs(drop) > 1e-6)).toHaveLength(2);
      const other = await occlusion(predictor, frame, 1);
      expect([...other.drops]).toEqual([...map.drops].map((drop) => expect.closeTo(-drop, 6) as number));
    },
  );

  it('covers every voxel in exactly one part, as the map shows it', async () => {
    const frame = frameOf(13, 7, 6);
    frame.data.fill(0);
    frame.data[0] = 1;
    const covered: Set<number>[] = [];
    const watching = {
      classes: 1,
      predict: (frames: readonly Frame[]) => {
        for (const { data } of frames) covered.push(new Set([...data.keys()].filter((i) => data[i] !== frame.data[i])));
        return Promise.resolve(new Float32Array(frames.length));
      },
    };
    // Brighter than their mean everywhere: what is covered differs.
    frame.data.forEach((_, i) => (frame.data[i] = i % 2 ? 10 : 200));
    const { parts } = await occlusion(watching, frame, 0);
    const index = heatValues({
      parts: [...parts],
      size: [13, 7, 6],
      drops: [...Array(parts[0] * parts[1] * parts[2]).keys()],
    });
    covered.slice(1, 1 + parts[0] * parts[1] * parts[2]).forEach((voxels, part) => {
      expect([...voxels]).toEqual([...index.keys()].filter((i) => index[i] === part));
    });
  });

  it('checks itself: covering what it holds for strongest costs more than covering as much elsewhere', async () => {
    const frame = frameOf(10, 10, 10);
    frame.data[777] = 200;
    const { deletion, drops } = await occlusion(looksAt(777, 0), frame, 0);
    expect(deletion.parts).toBe(Math.round(drops.length / 10));
    expect(deletion.most).toBeGreaterThan(deletion.random + 0.1);
    // A model that looks at nothing has nothing that counts.
    const none = await occlusion(looksAt(5, 5), frame, 0);
    expect(none.deletion).toMatchObject({ most: 0, random: 0 });
  });

  it('says how far it is, and ends when it is called off', async () => {
    const frame = frameOf(6, 6, 6);
    const said: number[] = [];
    const calling = new AbortController();
    const onProgress = (done: number, total: number): void => {
      said.push(done / total);
      if (done / total > 0.5) calling.abort();
    };
    await expect(occlusion(looksAt(0, 1), frame, 0, { onProgress, signal: calling.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(said.length).toBeGreaterThan(3);
    expect(said[0]).toBe(0);
  });

  it('is another one for other weights', async () => {
    const frame = frameOf(10, 10, 10);
    const maps = await Promise.all([looksAt(5, 900), looksAt(700, 40)].map((one) => occlusion(one, frame, 0)));
    expect([...maps[0]!.drops]).not.toEqual([...maps[1]!.drops]);
  });
});
