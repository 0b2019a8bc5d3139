import { constants } from 'node:fs';
import { copyFile, link, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PixelType } from '@shared/pixels';
import { fileError } from '@main/formats';
import type { ThumbPlace } from '../../types';
import type { DraftMaterial } from '../draft';

const BYTES: Readonly<Record<PixelType, number>> = { uint8: 1, uint16: 2, int16: 2, float32: 4 };

const FLUSH_BYTES = 1024 * 1024;

/** Name in the project of a pack that came with a later import. */
export const packNameOf = (batch: number, pack: string): string => (batch === 0 ? pack : `${batch}-${pack}`);

/**
 * Brings decoded pixels and thumbnails of new samples into a project's cache, behind what is there: should anything fail afterwards, some
 * bytes are too many and nothing is wrong.
 * @param fresh new samples of the draft, in order
 */
export async function bringGrowth(
  { collector, folder }: DraftMaterial,
  cacheDir: string,
  fresh: readonly number[],
  batch: number,
): Promise<{ thumbs: (ThumbPlace | null)[]; pack: (name: string) => string }> {
  const from = join(folder, 'cache');
  const packs = fresh.length === 0 ? [] : await readdir(join(from, 'pixels'));
  for (const name of packs) {
    const to = join(cacheDir, 'pixels', packNameOf(batch, name));
    await link(join(from, 'pixels', name), to).catch(() =>
      copyFile(join(from, 'pixels', name), to, constants.COPYFILE_FICLONE),
    );
  }
  const file = join(cacheDir, 'thumbs.bin');
  const thumbs: (ThumbPlace | null)[] = [];
  const handle = await open(file, 'a').catch((error: unknown) => {
    throw fileError(error, file);
  });
  try {
    const draft = await open(join(from, 'thumbs.bin'), 'r');
    let end = (await handle.stat()).size;
    let waiting: Uint8Array[] = [];
    let waitingBytes = 0;
    for (const i of fresh) {
      const thumb = collector.thumbOf(i);
      if (!thumb) {
        thumbs.push(null);
        continue;
      }
      const { offset, width, height } = thumb;
      const bytes = width * height * collector.shape(i).channels * BYTES[collector.type(i)];
      const over = end % 4 === 0 ? 0 : 4 - (end % 4);
      const data = new Uint8Array(over + bytes);
      await draft.read(data, over, bytes, offset);
      waiting.push(data);
      waitingBytes += data.length;
      thumbs.push({ offset: end + over, width, height });
      end += data.length;
      if (waitingBytes < FLUSH_BYTES) continue;
      await handle.appendFile(Buffer.concat(waiting));
      waiting = [];
      waitingBytes = 0;
    }
    await draft.close();
    await handle.appendFile(Buffer.concat(waiting));
    await handle.sync();
  } catch (error) {
    throw fileError(error, file);
  } finally {
    await handle.close();
  }
  return { thumbs, pack: (name) => packNameOf(batch, name) };
}
