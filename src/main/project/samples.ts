import type { Split } from '@shared/domain';
import { UserError } from '@shared/errors';
import { PIXEL_TYPES, type PixelType } from '@shared/pixels';
import type { Db } from './db/sqlite';
import type { PixelPlace, ThumbPlace } from './types';

type Row = [
  key: number,
  id: string,
  contentHash: string,
  width: number,
  height: number,
  depth: number,
  channels: number,
  type: string,
  low: string,
  high: string,
  source: number,
  pack: string | null,
  packOffset: number | null,
  file: string | null,
  thumbOffset: number | null,
  thumbWidth: number | null,
  thumbHeight: number | null,
];

/** As `Row` has them; the range in full, as JSON would shorten it. */
const COLUMNS = [
  'key',
  'id',
  'content_hash',
  'width',
  'height',
  'depth',
  'channels',
  'type',
  "format('%!.17g', low)",
  "format('%!.17g', high)",
  'source',
  'pack',
  'pack_offset',
  'file',
  'thumb_offset',
  'thumb_width',
  'thumb_height',
];

/** What never changes of the samples, by key, in memory. */
export class SampleTable {
  readonly ids: string[] = [];
  readonly hashes: string[] = [];
  /** [samples, 4]: width, height, depth, channels. */
  private readonly sizes: Uint32Array;
  private readonly types: PixelType[] = [];
  /** [samples, 2]: low, high. */
  private readonly ranges: Float64Array;
  private readonly places: PixelPlace[] = [];
  private readonly thumbs: (ThumbPlace | null)[] = [];
  private readonly sources: number[] = [];
  private readonly keys = new Map<string, number>();

  private constructor(readonly size: number) {
    this.sizes = new Uint32Array(4 * size);
    this.ranges = new Float64Array(2 * size);
  }

  static load(db: Db): SampleTable {
    const rows = db.allByKey<Row>('samples', COLUMNS);
    const table = new SampleTable(rows.length);
    rows.forEach((row, expected) => {
      if (row[0] !== expected)
        throw new UserError('project-damaged', 'its list of samples has gaps', { file: db.file });
      table.add(row, db.file);
    });
    return table;
  }

  /** @throws UserError `sample-missing` */
  key(id: string): number {
    const key = this.keys.get(id);
    if (key === undefined) throw new UserError('sample-missing', `there is no sample "${id}" in this project`);
    return key;
  }

  /** @throws UserError `sample-missing` */
  check(key: number): void {
    if (!Number.isInteger(key) || key < 0 || key >= this.size)
      throw new UserError('sample-missing', `there is no sample number ${key} in this project`);
  }

  width = (key: number): number => this.sizes[4 * key]!;
  height = (key: number): number => this.sizes[4 * key + 1]!;
  depth = (key: number): number => this.sizes[4 * key + 2]!;
  channels = (key: number): number => this.sizes[4 * key + 3]!;
  type = (key: number): PixelType => this.types[key]!;
  low = (key: number): number => this.ranges[2 * key]!;
  high = (key: number): number => this.ranges[2 * key + 1]!;
  source = (key: number): number => this.sources[key]!;
  place = (key: number): PixelPlace => this.places[key]!;
  thumb = (key: number): ThumbPlace | null => this.thumbs[key]!;

  private add(row: Row, database: string): void {
    const [key, id, hash, width, height, depth, channels, type, low, high, source, pack, offset, file] = row;
    const known = PIXEL_TYPES.find((t) => t === type);
    if (!known)
      throw new UserError('project-damaged', `it names an unknown type of pixels, ${type}`, { file: database });
    this.ids.push(id);
    this.keys.set(id, key);
    this.hashes.push(hash);
    this.sizes.set([width, height, depth, channels], 4 * key);
    this.types.push(known);
    this.ranges.set([Number(low), Number(high)], 2 * key);
    this.sources.push(source);
    this.places.push(pack === null ? { kind: 'file', file: file ?? id } : { kind: 'pack', pack, offset: offset ?? 0 });
    const [thumbOffset, thumbWidth, thumbHeight] = row.slice(14) as [number | null, number | null, number | null];
    this.thumbs.push(
      thumbOffset === null ? null : { offset: thumbOffset, width: thumbWidth ?? 0, height: thumbHeight ?? 0 },
    );
  }
}

/** Patients' keyed hashes and the splits that the data brought, by key. */
export function loadOrigins(db: Db): { patients: (string | null)[]; officialSplits: (Split | null)[] } {
  const rows = db.all<[string | null, Split | null]>('SELECT patient, official_split FROM samples ORDER BY key');
  return { patients: rows.map((r) => r[0]), officialSplits: rows.map((r) => r[1]) };
}
