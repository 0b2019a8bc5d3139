import type { OpenVolume, StoredSlice, VolumeEntry } from '@main/formats/volumes';
import type { VolumeReading } from '@main/project';
import type { VolumeReader } from './reader';

/** Slices asked for at a time: the reading process goes on while they are taken in. */
const AT_ONCE = 8;

/** Reads volumes of studies in the reading process. */
export const readingThrough = (reader: VolumeReader): VolumeReading => ({
  list: (paths, signal) => reader.list(paths, signal),
  digest: (entry, signal) => reader.digest(entry, signal),
  open: (entry) => openThrough(reader, entry),
});

async function openThrough(reader: VolumeReader, entry: VolumeEntry): Promise<OpenVolume> {
  const { header } = entry;
  const { handle, scaling } = await reader.open(entry);
  const late: NonNullable<OpenVolume['late']>[number][] = [];
  const ask = (slices: readonly number[], signal?: AbortSignal): ReturnType<VolumeReader['read']> => {
    const answer = reader.read(handle, slices, header.files[0]!, signal);
    // Awaited in its turn, unless the one before it fails.
    answer.catch(() => undefined);
    return answer;
  };
  async function* slices(order: readonly number[], signal?: AbortSignal): AsyncGenerator<StoredSlice> {
    let coming = ask(order.slice(0, AT_ONCE), signal);
    for (let from = 0; from < order.length; from += AT_ONCE) {
      const answer = await coming;
      if (from + AT_ONCE < order.length) coming = ask(order.slice(from + AT_ONCE, from + 2 * AT_ONCE), signal);
      late.splice(0, late.length, ...answer.late);
      yield* answer.slices;
    }
  }
  return { header, scaling, slices, late, close: () => reader.closeVolume(handle) };
}
