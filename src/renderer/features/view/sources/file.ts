import type { FileVolume, OpenedVolume, VolumeHeader, VolumeNoteCode } from '@shared/domain';
import { frameBytes, pixelPath } from '@shared/pixels';
import type { Frame, PixelArray } from '@shared/pixels';
import { fetchFrameInto } from '@renderer/pixels/frames';
import type { Grid } from '@shared/space';
import { client } from '@renderer/stores';
import { placesOf } from './places';
import type { VolumeSource } from './types';

/** Bytes of an answer at most: the first slices come alone, so that something is seen at once. */
const AT_ONCE = 8 * 2 ** 20;
const MOST_SLICES = 64;

/** Where the file does not say which way its axes point, no letter may. */
const UNORIENTED = new Set<VolumeNoteCode>(['no-geometry', 'axes-assumed', 'spacing-only', 'space-unknown']);

/** Runs of slices in the order in which they are fetched: the middle one, then ever further from it. */
export function middleFirst(depth: number, slicesAtOnce: number): (readonly [first: number, last: number])[] {
  const middle = Math.floor(depth / 2);
  const runs: [number, number][] = [[middle, middle]];
  let [below, above] = [middle - 1, middle + 1];
  while (below >= 0 || above < depth) {
    if (above < depth) {
      const last = Math.min(depth - 1, above + slicesAtOnce - 1);
      runs.push([above, last]);
      above = last + 1;
    }
    if (below >= 0) {
      const first = Math.max(0, below - slicesAtOnce + 1);
      runs.push([first, below]);
      below = first - 1;
    }
  }
  return runs;
}

/** A volume in files, opened. */
export async function fileSource({ id, header }: FileVolume): Promise<VolumeSource> {
  return streamed({ id: `file ${id}`, masked: `file:${id}` }, header, await client().volumes.open({ id }));
}

/**
 * An opened volume: its slices stream, the middle ones first. Closed when reading ends or is called off.
 * @param masked what masks over it know it by
 */
export function streamed(
  { id, masked }: { readonly id: string; readonly masked: string },
  header: VolumeHeader,
  { token, type, slope, intercept, freeMemory }: OpenedVolume,
): VolumeSource {
  const { size, spacing, origin, direction, components, notes } = header;
  const oriented = !notes.some(({ code }) => UNORIENTED.has(code)) && header.spacingKind !== 'none';
  const bytes = size[0] * size[1] * components * { uint8: 1, uint16: 2, int16: 2, float32: 4 }[type];
  const atOnce = Math.min(MOST_SLICES, Math.max(1, Math.floor(AT_ONCE / bytes)));

  // Millimetres must be true across slices too: an uneven stack stands on an even grid.
  const places = header.positions ? placesOf(header.positions, spacing[2]) : null;
  const grid: Grid = places
    ? { size: [size[0], size[1], places.depth], spacing: [spacing[0], spacing[1], places.step], origin, direction }
    : { size, spacing, origin, direction };
  const slice = size[0] * size[1] * components;

  /** Of two answers one is on its way while the other is put in place. */
  const rooms: ArrayBuffer[] = [];
  function ask(at: number, run: readonly [number, number] | undefined, signal: AbortSignal): Promise<Frame | null> {
    if (!run) return Promise.resolve(null);
    // A byte more than the answer, so that its end is seen.
    const need = frameBytes(bytes * (run[1] - run[0] + 1)) + 1;
    const free = rooms[at % 2];
    const room = free && free.byteLength >= need ? free : new ArrayBuffer(need);
    const frame = fetchFrameInto(pixelPath.volume(token, ...run), room, signal).then((came) => {
      rooms[at % 2] = came.data.buffer as ArrayBuffer;
      return came;
    });
    // Awaited in its turn, unless the one before it fails.
    frame.catch(() => undefined);
    return frame;
  }

  async function read(signal: AbortSignal, arrived: (from: number, values: PixelArray) => void): Promise<void> {
    try {
      const runs = middleFirst(size[2], atOnce);
      let coming = ask(0, runs[0], signal);
      for (const [at, [first, last]] of runs.entries()) {
        const frame = await coming;
        // On its way while this one is put in place and drawn.
        coming = ask(at + 1, runs[at + 1], signal);
        if (signal.aborted) return;
        const { data } = frame!;
        if (!places) arrived(first, data);
        else
          for (let k = first; k <= last; k += 1) {
            const values = data.subarray((k - first) * slice, (k - first + 1) * slice);
            const [from, to] = places.at[k]!;
            for (let i = from; i <= to; i += 1) arrived(i, values);
          }
      }
    } finally {
      close();
    }
  }
  const close = (): void =>
    void client()
      .volumes.close({ token })
      .catch(() => undefined);
  return {
    id,
    name: header.name,
    grid,
    missing: places ? places.depth - places.at.reduce((sum, [from, to]) => sum + to - from + 1, 0) : 0,
    spacingKind: header.spacingKind,
    oriented,
    modality: header.modality,
    unit: header.unit,
    type,
    components,
    slope,
    intercept,
    padding: header.padding,
    windows: header.windows,
    about: [header.study?.description, header.series?.description, header.study?.date].filter(
      (said) => !!said,
    ) as string[],
    notes,
    inverted: notes.some(({ code }) => code === 'monochrome1'),
    freeMemory,
    acquired: {
      volume: masked,
      geometry: { size, spacing, origin, direction, spacingKind: header.spacingKind, positions: header.positions },
      at: places?.at ?? null,
    },
    read,
    drop: close,
  };
}
