import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@shared/errors';
import { openPixels } from '../opening';
import type { PixelStore } from '../pixels';
import { Appender, bytesOf } from './appender';
import { LOOK_SIDE, look, lookPlanes } from './content';
import { findDuplicates, type Duplicates } from './duplicates';
import type { PixelShape } from './content';
import { ownedName, removeAbandoned } from './staging';

/** The small pictures of a search lie in a file of this name until it ends. */
const PREFIX = 'looks-';
/** Share of the whole that reading the pictures takes; comparing them grows as the square. */
const READING = 0.4;
/** Pictures read side by side. */
const AHEAD = 16;

/**
 * Looks for equal and nearly equal samples among all samples of a project, however many: for a process of its own. Only `cache/` is
 * written to, and what is written there is gone at the end.
 * @returns keys in place of indices; `nearLookedFor` is false where so many are alike that they are no duplicates
 * @throws UserError where pixels cannot be read, `cancelled`
 */
export async function findLater(
  dir: string,
  likeness: number,
  o: { onProgress?: (done: number) => void; signal?: AbortSignal } = {},
): Promise<Duplicates> {
  const pixels = await openPixels(dir);
  const cache = join(dir, 'cache');
  await removeAbandoned(cache, PREFIX);
  const file = join(cache, `${PREFIX}${ownedName()}`);
  try {
    const { mean, hashes } = await writeLooks(pixels, file, o);
    return await findDuplicates({
      hashes,
      looks: { file, dims: mean.length, mean },
      most: Infinity,
      threshold: likeness,
      onProgress: (done, total) => o.onProgress?.(READING + ((1 - READING) * done) / total),
      signal: o.signal,
    });
  } catch (error) {
    if (o.signal?.aborted) throw new UserError('cancelled', 'the search for near-duplicates was ended');
    throw error;
  } finally {
    await pixels.close();
    await rm(file, { force: true });
  }
}

/** Writes the grey 28×28 picture of every sample, as the import makes them. */
async function writeLooks(
  pixels: PixelStore,
  file: string,
  o: { onProgress?: (done: number) => void; signal?: AbortSignal },
): Promise<{ mean: Float64Array; hashes: Uint8Array }> {
  const count = pixels.size;
  const hashes = new Uint8Array(32 * count);
  const size = lookPlanes(pixels.shape(0) as PixelShape) * LOOK_SIDE * LOOK_SIDE;
  const sums = new Float64Array(size);
  const looks = await Appender.create(file);
  try {
    for (let from = 0; from < count; from += AHEAD) {
      o.signal?.throwIfAborted();
      const keys = Array.from({ length: Math.min(AHEAD, count - from) }, (_, i) => from + i);
      const frames = await Promise.all(keys.map((key) => smallFrame(pixels, key)));
      for (const [i, frame] of frames.entries()) {
        const picture = new Float32Array(size);
        look(frame.data, 0, frame as PixelShape, picture);
        for (let p = 0; p < size; p++) sums[p]! += picture[p]!;
        hashes.set(Buffer.from(pixels.contentHash(from + i), 'hex'), 32 * (from + i));
        await looks.append(bytesOf(picture));
      }
      if (from % (64 * AHEAD) === 0) o.onProgress?.((READING * from) / count);
    }
  } finally {
    await looks.close();
  }
  return { mean: sums.map((sum) => sum / Math.max(1, count)), hashes };
}

/** Of a picture its thumbnail, which needs no decoding; of a volume everything, for its three central slices. */
const smallFrame = (pixels: PixelStore, key: number): ReturnType<PixelStore['frame']> =>
  pixels.shape(key).depth > 1 ? pixels.frame(key) : pixels.thumb(key);
