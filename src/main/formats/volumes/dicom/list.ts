import type { VolumeNote, VolumeRefusal } from '@shared/domain';
import { VolumeProblem } from '../problem';
import type { VolumeEntry, VolumeListing } from '../types';
import { dicomdirFiles, isDicomdir } from './dicomdir';
import { readHeader, withDicom } from './file';
import { bySeries, candidates, type SamePixels, type Series } from './group';
import { FrameReader } from './open';
import { readSlices, type PictureFile, type Slice } from './picture';
import { labelMapOf } from './segmentation';
import { named, sourceOf, volumesOf } from './volume';

/** Files whose headers are read side by side. */
const AT_ONCE = 8;
/** A group of so few slices beside a larger one is named there. */
const FEW = 3;

/** Reads headers, and finds out which slices make which volumes. Pixels are read only where two slices may be copies of each other. */
export async function list(files: readonly string[], signal?: AbortSignal): Promise<VolumeListing> {
  const refused: VolumeRefusal[] = [];
  const slices = await readAll([...new Set(files)], refused, signal);
  const volumes: VolumeEntry[] = [];
  const samePixels = comparer();
  for (const series of bySeries(slices)) volumes.push(...(await seriesVolumes(series, samePixels, refused)));
  volumes.sort(byStudy);
  return { volumes, refused };
}

/** Slices of all files, in the order of the files. Directories are followed to what they list. */
async function readAll(files: readonly string[], refused: VolumeRefusal[], signal?: AbortSignal): Promise<Slice[]> {
  const known = new Set(files);
  const found: Slice[] = [];
  for (let batch = files; batch.length > 0;) {
    const listed: string[] = [];
    for (const outcome of await readBatch(batch, signal)) {
      refused.push(...outcome.refused);
      found.push(...outcome.slices);
      listed.push(...outcome.listed.filter((path) => !known.has(path)));
    }
    batch = [...new Set(listed)];
    for (const path of batch) known.add(path);
  }
  return found;
}

/** What one file gave. */
interface Outcome {
  readonly slices: readonly Slice[];
  /** Of a directory. */
  readonly listed: readonly string[];
  readonly refused: readonly VolumeRefusal[];
}

/** Some files side by side; outcomes in their order. */
async function readBatch(files: readonly string[], signal?: AbortSignal): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < files.length) {
      signal?.throwIfAborted();
      const index = next++;
      outcomes[index] = await readOne(files[index]!).catch((error: unknown) => {
        if (!(error instanceof VolumeProblem)) throw error;
        return { slices: [], listed: [], refused: [error.toRefusal()] };
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcomes;
}

async function readOne(path: string): Promise<Outcome> {
  return withDicom(path, async (handle, size) => {
    const header = await readHeader(handle, path, size);
    if (!isDicomdir(header.data)) return { slices: await readSlices(handle, header), listed: [], refused: [] };
    const { files, missing } = await dicomdirFiles(path, header.data);
    return {
      slices: [],
      listed: files,
      refused: missing.map((file) => new VolumeProblem(file, 'missing').toRefusal()),
    };
  });
}

/** Compares what two slices show, by digests. One that cannot be decoded is like no other, and says so when it is read. */
function comparer(): SamePixels {
  const readers = new Map<PictureFile, FrameReader>();
  const digests = new Map<Slice, Promise<string | undefined>>();
  const digest = (slice: Slice): Promise<string | undefined> => {
    let own = digests.get(slice);
    if (!own) {
      const source = sourceOf([slice]);
      const reader = readers.get(slice.source) ?? new FrameReader(source.files);
      readers.set(slice.source, reader);
      own = reader.digest(source.slices[0]!).catch((error: unknown) => {
        if (error instanceof VolumeProblem) return undefined;
        throw error;
      });
      digests.set(slice, own);
    }
    return own;
  };
  return async (a, b) => {
    const [x, y] = [await digest(a), await digest(b)];
    return x !== undefined && x === y;
  };
}

async function seriesVolumes(
  { alike }: Series,
  samePixels: SamePixels,
  refused: VolumeRefusal[],
): Promise<VolumeEntry[]> {
  const maps = await labelMaps(alike);
  if (maps) return maps;
  const largest = Math.max(...alike.map((slices) => slices.length));
  const strays = largest < FEW ? [] : alike.filter((slices) => slices.length < FEW).flat();
  const volumes: VolumeEntry[] = [];
  for (const slices of alike) {
    const list = await candidates(slices, samePixels);
    for (const [index, candidate] of list.entries()) {
      try {
        const entries = volumesOf(candidate, index, list.length);
        const named = strays.length > 0 && slices.length === largest;
        volumes.push(...(named ? entries.map((entry) => withStrays(entry, strays)) : entries));
      } catch (error) {
        if (!(error instanceof VolumeProblem)) throw error;
        for (const file of new Set(candidate.slices.map(({ source }) => source.path)))
          refused.push({ ...error.toRefusal(), file });
      }
    }
  }
  return volumes;
}

/** Files that are segmentations, each as one label map; null where one of them is not, or its segments overlap. */
async function labelMaps(alike: Series['alike']): Promise<VolumeEntry[] | null> {
  const files = new Map<PictureFile, Slice[]>();
  for (const slice of alike.flat()) {
    if (!slice.source.segments) return null;
    files.set(slice.source, [...(files.get(slice.source) ?? []), slice]);
  }
  const maps: VolumeEntry[] = [];
  for (const slices of files.values()) {
    const map = await labelMapOf(slices);
    if (!map) return null;
    maps.push(map);
  }
  return maps;
}

/** Slices of the same series that are of another size, orientation or type are named where they are missed. */
function withStrays(entry: VolumeEntry, strays: readonly Slice[]): VolumeEntry {
  const note: VolumeNote = { code: 'differing-slices', values: named(strays.map(({ source }) => source.path)) };
  return { ...entry, header: { ...entry.header, notes: [...entry.header.notes, note] } };
}

const order = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

/** By study, then series number; volumes of one series keep their order. */
function byStudy({ header: a }: VolumeEntry, { header: b }: VolumeEntry): number {
  return (
    order(a.study?.date ?? '', b.study?.date ?? '') ||
    order(a.study?.uid ?? '', b.study?.uid ?? '') ||
    order(a.series?.number ?? Infinity, b.series?.number ?? Infinity) ||
    order(a.series?.uid ?? '', b.series?.uid ?? '')
  );
}
