import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { volumesEntry } from '@main/api/entries';
import { forkSpawner } from '@main/compute/spawner';
import { VolumeReader } from '@main/compute/volumes/reader';
import { listVolumes, openVolume } from '@main/formats/volumes';
import type { VolumeEntry } from '@main/formats/volumes';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { since } from './figures';
import { machineName } from './machine';
import { CT_SIDE, CT_SLICE_BYTES, writeSyntheticCt } from './syntheticCt';
import { openInVolView } from './volview';
import { inWindow } from './volumeWindow';
import type { InWindow } from './volumeWindow';
import type { Drawn } from './drawing';
import type { Memory } from './ownBrowser';
import { workplace } from './workplace';

/** Slices in one answer of the reading process, and answers asked for at a time. */
const RUN = 16;
const AT_A_TIME = 2;

/**
 * A series of many files, as a window opens it: a fresh reading process lists it, gives its middle slice, then all the rest. Beside it the
 * plainest that can be: each file read after the other, its pixels copied out. Files come from the system's cache where it has them.
 */
export interface VolumeOptions {
  data?: string;
  files: number;
  /** In a real window too. */
  window?: boolean;
  soak: number;
  /** VolView's build, to open the same files in turns. */
  volview?: string;
  rounds: number;
}

export async function benchVolume(options: VolumeOptions, context: Context): Promise<Answer> {
  const { output } = context;
  const place = workplace();
  try {
    const dir = options.data ?? join(place.dir, 'ct');
    if (options.data === undefined) {
      output.note(`writing ${options.files} slices of ${CT_SIDE} × ${CT_SIDE}`);
      writeSyntheticCt(dir, options.files);
    }
    const plain = options.data === undefined ? plainRead(dir) : null;
    const before = process.memoryUsage().rss;
    const window = await asWindow(dir);
    const after = process.memoryUsage().rss;
    const decoding = await decodeHere(dir);
    const seen = options.window || options.volview ? await inWindows(dir, options, context) : [];
    const rate = (seconds: number): number => Math.round(window.bytes / 1e6 / seconds);
    const json = {
      machine: machineName(),
      name: window.name,
      size: window.size,
      megabytes: Math.round(window.bytes / 1e6),
      list_s: window.list,
      first_slice_s: window.first,
      all_slices_s: window.all,
      plain_read_s: plain,
      read_and_decode_s: decoding,
      plain_mb_s: plain === null ? null : rate(plain),
      read_and_decode_mb_s: rate(decoding),
      delivered_mb_s: rate(window.all),
      rss_growth_mb: Math.round((after - before) / 1e6),
      windows: seen,
    };
    const text = table(
      ['', 's', 'MB/s'],
      [
        ['listed, with the start of the process', json.list_s, null],
        ['first slice, from the click', json.first_slice_s, null],
        ['all slices here, from the click', json.all_slices_s, json.delivered_mb_s],
        ['read and decoded, in one process', json.read_and_decode_s, json.read_and_decode_mb_s],
        ['plain read of the files', json.plain_read_s, json.plain_mb_s],
      ],
    );
    const head = `${json.machine}: ${json.name}, ${json.size.join(' × ')}, ${json.megabytes} MB`;
    return { json, text: [head, text, ...seen.map(windowWords)].join('\n') };
  } finally {
    place.remove();
  }
}

interface Seen extends InWindow {
  readonly volview: Drawn | null;
}

/** Ours and theirs in turns, each in a fresh browser. */
async function inWindows(dir: string, options: VolumeOptions, context: Context): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const place = workplace();
    try {
      const once = { soak: round === 0 ? options.soak : 0, smooth: round === 0 };
      const ours = await inWindow(place, dir, once, context);
      if (options.volview) context.output.note(windowWords({ ...ours, volview: null }));
      const volview = options.volview ? await besides(openInVolView(options.volview, dir), context) : null;
      seen.push({ ...ours, volview });
    } finally {
      place.remove();
    }
  }
  return seen;
}

/** What cannot be measured of theirs is said, and ours is kept. */
async function besides(theirs: Promise<Drawn>, { output }: Context): Promise<Drawn | null> {
  try {
    return await theirs;
  } catch (error) {
    output.note(`VolView: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

function windowWords({ opened, smooth, memory, volview }: Seen): string {
  const s = (ms: number | null): string => (ms === null ? 'not seen' : (ms / 1000).toFixed(2));
  const rows: (string | number | null)[][] = [
    ['listed', s(opened.listed), null],
    ['first plane drawn', s(opened.first), volview && s(volview.first)],
    ['three planes drawn', s(opened.planes), volview && s(volview.planes)],
    ['all of it drawn', s(opened.settled), volview && s(volview.settled)],
  ];
  const parts = [table(['in a window, s', 'Residua, from the click', 'VolView, from the files'], rows)];
  if (smooth)
    parts.push(
      `a slice drawn in ${smooth.slice.p50} ms (p99 ${smooth.slice.p99}), ${smooth.latency.p50} ms after the wheel (p99 ${smooth.latency.p99}), window dragged at ${smooth.drag} frames/s`,
    );
  const states = Object.entries(memory).filter((entry): entry is [string, Memory] => entry[1] !== null);
  const mb = (state: Memory): number[] => [state.page, state.services, state.reading, state.gpu].map(Math.round);
  parts.push(
    table(
      ['memory, MB', 'page', 'services', 'reading', 'drawing'],
      states.map(([name, state]) => [name, ...mb(state)]),
    ),
  );
  return parts.join('\n');
}

/** Seconds to read each file after the other and copy its pixels, the last bytes, into one volume. */
function plainRead(dir: string): number {
  const files = readdirSync(dir).map((name) => join(dir, name));
  const volume = new Uint8Array(files.length * CT_SLICE_BYTES);
  const start = performance.now();
  for (const [i, file] of files.entries()) volume.set(readFileSync(file).subarray(-CT_SLICE_BYTES), i * CT_SLICE_BYTES);
  return since(start);
}

interface AsWindow {
  readonly name: string;
  readonly size: readonly number[];
  readonly bytes: number;
  readonly list: number;
  readonly first: number;
  readonly all: number;
}

async function asWindow(dir: string): Promise<AsWindow> {
  const reader = new VolumeReader(forkSpawner(volumesEntry()));
  try {
    const listing = performance.now();
    const entry = largest((await reader.list([dir])).volumes, dir);
    const list = since(listing);
    const { size, files, name } = entry.header;
    const click = performance.now();
    const { handle } = await reader.open(entry);
    let [first, bytes] = [0, 0];
    const runs = runsFromMiddle(size[2]);
    const work = async (): Promise<void> => {
      for (let run = runs.shift(); run; run = runs.shift()) {
        const { slices } = await reader.read(handle, run, files[0]!);
        first ||= since(click);
        for (const { values } of slices) bytes += values.byteLength;
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    const all = since(click);
    await reader.closeVolume(handle);
    return { name, size, bytes, list, first, all };
  } finally {
    await reader.close();
  }
}

/** Seconds to read and decode every slice in this process, as the reading process does it, without sending any. */
async function decodeHere(dir: string): Promise<number> {
  const entry = largest((await listVolumes([dir])).volumes, dir);
  const volume = await openVolume(entry);
  try {
    const start = performance.now();
    for await (const _ of volume.slices(Array.from({ length: entry.header.size[2] }, (_, i) => i)));
    return since(start);
  } finally {
    await volume.close();
  }
}

function largest(volumes: readonly VolumeEntry[], dir: string): VolumeEntry {
  const [entry] = [...volumes].sort((a, b) => b.bytes - a.bytes);
  if (!entry) throw new UserError('file-unsupported', 'there is no volume in it', { file: dir });
  return entry;
}

/** Neighbouring slices together, the middle one alone and first, then outward. */
function runsFromMiddle(slices: number): number[][] {
  const middle = Math.floor(slices / 2);
  const runs: number[][] = [];
  for (let at = 0; at < slices; at += RUN)
    runs.push(Array.from({ length: Math.min(RUN, slices - at) }, (_, i) => at + i));
  const distance = (run: number[]): number => Math.abs(run[run.length >> 1]! - middle);
  return [[middle], ...runs.sort((a, b) => distance(a) - distance(b))];
}
