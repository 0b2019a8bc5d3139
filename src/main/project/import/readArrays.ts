import { join } from 'node:path';
import type { Split } from '@shared/domain';
import { UserError } from '@shared/errors';
import { streamArray, toStored, ValueProblem, type StoredValues } from '@main/formats';
import { Appender, bytesOf } from './appender';
import type { Collector } from './collector';
import { contentHash, contentPrefix } from './content';
import type { PartLabels } from './labels';
import type { ArrayPart } from './plan';
import type { Progress } from './progress';

/** A sample's stable name: split and place in it, or its place alone. */
export function arraySampleId(split: Split | null, index: number, count: number): string {
  const digits = Math.max(split === null ? 5 : 4, String(count - 1).length);
  return `${split ?? 'image'}_${String(index).padStart(digits, '0')}`;
}

/** File name of a part's decoded pixels in `cache/pixels/`. */
export const packName = (part: ArrayPart): string => `${part.split === null ? 'images' : `${part.split}_images`}.bin`;

/** One sample of a stream: its values as stored, its content hash, and where they lie in the pack. */
export interface StreamedSample {
  readonly index: number;
  readonly stored: StoredValues;
  /** First value in `stored.data`. */
  readonly at: number;
  readonly hash: Buffer;
  readonly offset: number;
}

/**
 * Streams an array of images into its pack, a megabyte at a time, and gives each sample on the way.
 * @throws UserError for damaged data and impossible values, naming file, array and image
 */
export async function* packSamples(
  part: ArrayPart,
  packsFolder: string,
  name = packName(part),
): AsyncGenerator<StreamedSample> {
  const { file, member } = part.images;
  const { width, height, depth, channels } = part.shape;
  const values = width * height * depth * channels;
  const rowBytes = member.bytes / Math.max(1, part.count);
  const prefix = contentPrefix(part.shape, member.dtype);
  const pack = await Appender.create(join(packsFolder, name));
  let index = 0;
  try {
    for await (const chunk of streamArray(file, member.name)) {
      const stored = storedOrRefused(part, chunk, values, index);
      const begin = await pack.append(bytesOf(stored.data));
      for (let at = 0; at < chunk.length; at += rowBytes, index++)
        yield {
          index,
          stored,
          at: (at / rowBytes) * values,
          hash: contentHash(prefix, chunk.subarray(at, at + rowBytes)),
          offset: begin + (at / rowBytes) * values * stored.data.BYTES_PER_ELEMENT,
        };
    }
  } finally {
    await pack.close(true);
  }
}

function storedOrRefused(part: ArrayPart, chunk: Uint8Array<ArrayBuffer>, values: number, first: number): StoredValues {
  try {
    return toStored(part.images.member.dtype, chunk);
  } catch (error) {
    if (!(error instanceof ValueProblem)) throw error;
    throw new UserError(
      'value-invalid',
      `"${part.images.member.name}", image ${first + Math.floor(error.at / values)}: ${error.message}`,
      { file: part.images.file.path, cause: error },
    );
  }
}

function labelAt(labels: PartLabels | null, index: number): { class: number; answers?: Uint8Array } {
  if (labels?.kind !== 'answers') return { class: labels?.classes[index] ?? -1 };
  const { questions, codes } = labels;
  return { class: -1, answers: codes.subarray(index * questions, (index + 1) * questions) };
}

/** Reads all parts into the collector. @param labels by part, null where there are none */
export async function collectArrays(
  parts: readonly ArrayPart[],
  labels: readonly (PartLabels | null)[],
  packsFolder: string,
  collector: Collector,
  progress: Progress,
): Promise<void> {
  const total = parts.reduce((sum, part) => sum + part.count, 0);
  for (const [place, part] of parts.entries()) {
    const before = collector.count;
    for await (const sample of packSamples(part, packsFolder)) {
      progress.at('reading', collector.count, total);
      const { stored, at, hash, offset, index } = sample;
      if (at === 0) collector.widen(stored.type, stored.min, stored.max);
      await collector.add({
        hash,
        shape: part.shape,
        type: stored.type,
        data: stored.data,
        at,
        split: part.split,
        ...labelAt(labels[place] ?? null, index),
        place,
        offset,
        inFile: false,
      });
    }
    if (collector.count - before !== part.count)
      throw new Error(`${part.images.member.name}: ${collector.count - before} of ${part.count} images came`);
  }
}
