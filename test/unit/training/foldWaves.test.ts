import { describe, expect, it } from 'vitest';
import { foldWaves, sideBySide } from '@main/training/foldWaves';

describe('folds side by side', () => {
  it.each([
    [
      2,
      1,
      [
        [[0], 1],
        [[1], 1],
      ],
    ],
    [
      3,
      2,
      [
        [[0], 2],
        [[1], 2],
        [[2], 2],
      ],
    ],
    [
      5,
      16,
      [
        [[0, 1, 2], 5],
        [[3, 4], 8],
      ],
    ],
    [
      3,
      8,
      [
        [[0, 1], 4],
        [[2], 8],
      ],
    ],
    [8, 32, Array.from({ length: 2 }, (_, w) => [[0, 1, 2, 3].map((f) => 4 * w + f), 8])],
  ])('%i folds on %i threads', (folds, threads, expected) => {
    expect(foldWaves(folds, threads).map((wave) => [wave.folds, wave.threads])).toEqual(expected);
  });

  it('run at once, and tell whether all came to their end', async () => {
    let running = 0;
    let most = 0;
    const work = async (): Promise<boolean> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return true;
    };
    expect(await sideBySide([1, 2, 3], undefined, work)).toBe(true);
    expect(most).toBe(3);
    expect(await sideBySide([true, false], undefined, (ends) => Promise.resolve(ends))).toBe(false);
  });

  it('stop when one fails, and throw its error once all stand still', async () => {
    const stood: number[] = [];
    const failing = sideBySide([1, 2], undefined, async (item, signal) => {
      if (item === 1) throw new Error('the first');
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => setTimeout(resolve, 5)));
      stood.push(item);
      return false;
    });
    await expect(failing).rejects.toThrow('the first');
    expect(stood).toEqual([2]);
  });

  it('stop when they are asked to', async () => {
    const stopping = new AbortController();
    const stopped = sideBySide([1, 2], stopping.signal, async (_item, signal) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      return false;
    });
    stopping.abort();
    expect(await stopped).toBe(false);
  });
});
