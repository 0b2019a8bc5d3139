import type { Split } from '@shared/domain';
import { UserError } from '@shared/errors';
import { PIXEL_TYPES, type PixelType } from '@shared/pixels';
import type { ColumnsOf, Db } from './db/sqlite';
import type { PixelPlace, ThumbPlace } from './types';

type Row = [
  key: number,
  id: string,
  width: number,
  height: number,
  depth: number,
  channels: number,
  type: string,
  low: string | number,
  high: string | number,
  source: number,
  pack: string | null,
  packOffset: number | null,
  file: string | null,
  thumbOffset: number | null,
  thumbWidth: number | null,
  thumbHeight: number | null,
  volume: number | null,
];

/** Hexadecimal digits of a content hash (SHA-256). */
const HASH_LENGTH = 64;

/** A real in full: JSON would shorten it, but for whole numbers. */
const inFull = (column: string): string =>
  `iif(${column} = CAST(${column} AS INTEGER), CAST(${column} AS INTEGER), format('%!.17g', ${column}))`;

/** As `Row` has them. */
const COLUMNS = [
  'key',
  'id',
  'width',
  'height',
  'depth',
  'channels',
  'type',
  inFull('low'),
  inFull('high'),
  'source',
  'pack',
  'pack_offset',
  'file',
  'thumb_offset',
  'thumb_width',
  'thumb_height',
  'volume',
];

/** What stays the same of the samples while labels change, by key, in memory. Boxes in volumes come and move. */
export class SampleTable {
  readonly ids: string[] = [];
  /** [samples, 4]: width, height, depth, channels. */
  private sizes: Uint32Array;
  private readonly types: PixelType[] = [];
  /** [samples, 2]: low, high. */
  private ranges: Float64Array;
  private readonly places: PixelPlace[] = [];
  private readonly thumbs: (ThumbPlace | null)[] = [];
  private readonly sources: number[] = [];
  private readonly keys = new Map<string, number>();
  /** Content hashes of samples that changed since, and of those that came since: boxes in volumes. */
  private readonly newHashes = new Map<number, string>();

  private constructor(
    private count: number,
    /** All hashes end to end: a text each would take longer to make than all else of the table. */
    private readonly hashes: string,
  ) {
    this.sizes = new Uint32Array(4 * count);
    this.ranges = new Float64Array(2 * count);
  }

  static load(db: Db): SampleTable {
    const [hashes] = db.get<[string | null]>(
      "SELECT group_concat(content_hash, '') FROM (SELECT content_hash FROM samples ORDER BY key)",
    )!;
    const [size] = db.get<[number]>('SELECT count(*) FROM samples')!;
    if ((hashes?.length ?? 0) !== HASH_LENGTH * size)
      throw new UserError('project-damaged', 'its hashes of samples are not all there', { file: db.file });
    const table = new SampleTable(size, hashes ?? '');
    for (const rows of db.byKey<Row>('samples', COLUMNS)) table.add(rows, db.file);
    return table;
  }

  get size(): number {
    return this.count;
  }

  /** Takes notice of samples that were written behind the last one. */
  extend(db: Db): void {
    const [size] = db.get<[number]>('SELECT count(*) FROM samples')!;
    const [sizes, ranges] = [new Uint32Array(4 * size), new Float64Array(2 * size)];
    sizes.set(this.sizes);
    ranges.set(this.ranges);
    const first = this.count;
    [this.sizes, this.ranges, this.count] = [sizes, ranges, size];
    for (const rows of db.byKey<Row>('samples', COLUMNS, 'key >= ?', first)) this.add(rows, db.file);
    for (const [key, hash] of db.all<[number, string]>('SELECT key, content_hash FROM samples WHERE key >= ?', first))
      this.newHashes.set(key, hash);
  }

  /** What is in the sample is something else now: its box was moved. */
  setHash(key: number, hash: string): void {
    this.newHashes.set(key, hash);
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

  /** SHA-256 of the sample's pixels. */
  hash = (key: number): string =>
    this.newHashes.get(key) ?? this.hashes.slice(HASH_LENGTH * key, HASH_LENGTH * (key + 1));
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

  private add(rows: ColumnsOf<Row>, database: string): void {
    const [keys, ids, width, height, depth, channels, types, low, high, sources, packs, packOffsets, files] = rows;
    const [thumbOffset, thumbWidth, thumbHeight, volumes] = [rows[13], rows[14], rows[15], rows[16]];
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (key !== this.ids.length)
        throw new UserError('project-damaged', 'its list of samples has gaps', { file: database });
      const type = PIXEL_TYPES.find((t) => t === types[i]);
      if (!type)
        throw new UserError('project-damaged', `it names an unknown type of pixels, ${types[i]}`, { file: database });
      const id = ids[i]!;
      this.ids.push(id);
      this.keys.set(id, key);
      this.sizes[4 * key] = width[i]!;
      this.sizes[4 * key + 1] = height[i]!;
      this.sizes[4 * key + 2] = depth[i]!;
      this.sizes[4 * key + 3] = channels[i]!;
      this.types.push(type);
      this.ranges[2 * key] = Number(low[i]);
      this.ranges[2 * key + 1] = Number(high[i]);
      this.sources.push(sources[i]!);
      const [pack, volume] = [packs[i]!, volumes[i]!];
      this.places.push(
        volume !== null
          ? { kind: 'series', volume }
          : pack === null
            ? { kind: 'file', file: files[i] ?? id }
            : { kind: 'pack', pack, offset: packOffsets[i] ?? 0 },
      );
      const offset = thumbOffset[i]!;
      this.thumbs.push(offset === null ? null : { offset, width: thumbWidth[i] ?? 0, height: thumbHeight[i] ?? 0 });
    }
  }
}

/** Patients' keyed hashes and the splits that the data brought, by key. */
export function loadOrigins(db: Db): { patients: (string | null)[]; officialSplits: (Split | null)[] } {
  const rows = db.all<[string | null, Split | null]>('SELECT patient, official_split FROM samples ORDER BY key');
  return { patients: rows.map((r) => r[0]), officialSplits: rows.map((r) => r[1]) };
}
