import { join } from 'node:path';
import { UserError } from '@shared/errors';
import { decodeImage, decodeSmall, type DecodedImage } from '@main/formats';
import type { Collector } from './collector';
import type { FolderEntry } from './folder';
import { imageHash } from './imageHash';
import type { Progress } from './progress';
import { ReadAhead } from './readAhead';

/** Pictures decoded side by side; sharp has threads of its own, and small ones are decoded here, out of what a thread has read. */
const AHEAD = 12;

export interface Quarantined {
  readonly file: string;
  readonly reason: string;
}

/**
 * Decodes pictures in order, some ahead of the consumer. A damaged one comes as its error.
 * @param root before each of `ids`; empty where these are whole paths
 */
export async function* decodeInOrder(
  root: string,
  ids: readonly string[],
): AsyncGenerator<{ index: number; image: DecodedImage | UserError }> {
  const paths = ids.map((id) => join(root, id));
  const ahead = new ReadAhead(paths);
  const settled = async (index: number): Promise<DecodedImage | UserError> => {
    const bytes = await ahead.read(index);
    try {
      return (bytes && decodeSmall(bytes)) ?? (await decodeImage(paths[index]!));
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
  };
  const running: Promise<DecodedImage | UserError>[] = [];
  try {
    for (let index = 0; index < ids.length; index++) {
      for (let next = index + running.length; running.length < AHEAD && next < ids.length; next++) {
        const job = settled(next);
        // Awaited below; until then a defect must not count as unhandled.
        job.catch(() => undefined);
        running.push(job);
      }
      yield { index, image: await running.shift()! };
    }
  } finally {
    await ahead.close();
  }
}

/**
 * Reads the pictures of a folder into the collector. Those that cannot be read are put aside with their reason, and the rest goes on.
 * @param classOf number of an entry's class, −1 without one
 * @returns the entries that were read, by sample
 */
export async function collectFolder(
  root: string,
  entries: readonly FolderEntry[],
  classOf: (entry: FolderEntry) => number,
  collector: Collector,
  progress: Progress,
): Promise<{ read: FolderEntry[]; quarantined: Quarantined[] }> {
  const read: FolderEntry[] = [];
  const quarantined: Quarantined[] = [];
  for await (const { index, image } of decodeInOrder(
    root,
    entries.map((e) => e.id),
  )) {
    progress.at('reading', index, entries.length);
    const entry = entries[index]!;
    if (image instanceof UserError) {
      quarantined.push({ file: entry.id, reason: image.reason });
      continue;
    }
    const { width, height, channels, type, data, low, high } = image;
    // 0 and 255 where they are bytes: masks of 0 and 1 come as NumPy arrays, not as pictures.
    collector.widen(type, low, high);
    await collector.add({
      hash: imageHash(image),
      shape: { width, height, channels, depth: 1 },
      type,
      data,
      at: 0,
      split: entry.split,
      class: classOf(entry),
      answers: entry.answers ?? undefined,
      place: read.length,
      offset: 0,
      inFile: true,
    });
    read.push(entry);
  }
  return { read, quarantined };
}
