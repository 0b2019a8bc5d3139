import { join } from 'node:path';
import type { Answer, LabelAnswers, Split } from '@shared/domain';
import { PIXEL_TYPES, type Frame, type PixelArray, type PixelType } from '@shared/pixels';
import { ANSWER_CODES } from '../journal/answerColumns';
import { Appender, bytesOf } from './appender';
import { Column } from './column';
import { LOOK_SIDE, look, lookPlanes, type PixelShape } from './content';
import { MOST_LOOKED_AT } from './duplicates';
import { ThumbFile } from './thumbFile';

const SPLIT_CODES = ['train', 'val', 'test'] as const;
const NO_SPLIT = 3;

/** What is said of a sample while it is read. */
export interface SampleFacts {
  readonly hash: Uint8Array;
  readonly shape: PixelShape;
  readonly type: PixelType;
  readonly split: Split | null;
  /** −1 without a label. */
  readonly class: number;
  /** Of kind `answers`: one code (`ANSWER_CODES`) a question; the class is −1 then. */
  readonly answers?: ArrayLike<number>;
  /** Where its values lie: which pack, at which byte; files of a folder have their number and 0. */
  readonly place: number;
  readonly offset: number;
}

/** A sample whose stored values are here. */
export interface ValueFacts extends SampleFacts {
  /** Stored values, from `at` on. */
  readonly data: PixelArray;
  readonly at: number;
  /** Its values have no pack: they are decoded from a file each time. */
  readonly inFile: boolean;
}

/** A sample whose small pictures were made where it was read. */
export interface ReadyFacts extends SampleFacts {
  readonly ready: {
    readonly thumb: { readonly width: number; readonly height: number; readonly data: PixelArray };
    readonly look: Float32Array;
  };
}

/** A sample that was read before, to be compared with. */
export interface OtherSample {
  readonly hash: Uint8Array;
  /** Its picture or thumbnail, of a volume all of it, or the small picture itself; null where it is gone. */
  readonly frame: Frame | Float32Array | null;
}

/** Gathers samples in columns, and their small pictures in files: memory grows by some hundred bytes a sample, whatever its size. */
export class Collector {
  private readonly hash = new Column('uint8');
  private readonly size = { width: new Column('uint32'), height: new Column('uint32'), depth: new Column('uint32') };
  private readonly channel = new Column('uint8');
  private readonly kind = new Column('uint8');
  private readonly splitCode = new Column('uint8');
  private readonly place = new Column('uint32');
  private readonly offset = new Column('float64');
  private readonly thumb = { offset: new Column('float64'), width: new Column('uint16'), height: new Column('uint16') };
  /** −1 without a label. */
  readonly classes = new Column('int32');
  private readonly answerCodes: Column<'uint8'>[] = [];
  /** Smallest and largest value of each type over all samples. */
  readonly range = new Map<PixelType, { min: number; max: number }>();
  private sums: Float64Array | null = null;

  private constructor(
    /** File of the small pictures in which near-duplicates are looked for; null where there are too many samples. */
    readonly looksFile: string | null,
    private readonly looks: Appender | null,
    private readonly thumbs: ThumbFile,
  ) {}

  /**
   * @param folder the draft's own, with `cache/` inside
   * @param expected samples that may come
   */
  static async create(folder: string, expected: number): Promise<Collector> {
    const looksFile = expected <= MOST_LOOKED_AT ? join(folder, 'looks.bin') : null;
    const looks = looksFile === null ? null : await Appender.create(looksFile);
    return new Collector(looksFile, looks, await ThumbFile.create(join(folder, 'cache', 'thumbs.bin')));
  }

  get count(): number {
    return this.classes.length;
  }

  widen(type: PixelType, min: number, max: number): void {
    const range = this.range.get(type);
    if (!range) this.range.set(type, { min, max });
    else {
      range.min = Math.min(range.min, min);
      range.max = Math.max(range.max, max);
    }
  }

  async add(facts: ValueFacts | ReadyFacts): Promise<void> {
    const { shape, type } = facts;
    this.hash.pushAll(facts.hash);
    this.size.width.push(shape.width);
    this.size.height.push(shape.height);
    this.size.depth.push(shape.depth);
    this.channel.push(shape.channels);
    this.kind.push(PIXEL_TYPES.indexOf(type));
    this.splitCode.push(facts.split === null ? NO_SPLIT : SPLIT_CODES.indexOf(facts.split));
    this.classes.push(facts.class);
    for (let q = 0; q < (facts.answers?.length ?? 0); q++)
      (this.answerCodes[q] ??= new Column('uint8')).push(facts.answers![q]!);
    this.place.push(facts.place);
    this.offset.push(facts.offset);
    const thumb =
      'ready' in facts
        ? await this.thumbs.put(facts.ready.thumb)
        : await this.thumbs.add(facts.data, facts.at, shape, facts.inFile);
    this.thumb.offset.push(thumb?.offset ?? -1);
    this.thumb.width.push(thumb?.width ?? 0);
    this.thumb.height.push(thumb?.height ?? 0);
    if ('ready' in facts) await this.putLook(facts.ready.look);
    else await this.addLook(facts.data, facts.at, shape);
  }

  private async addLook(data: PixelArray, at: number, shape: PixelShape): Promise<void> {
    if (!this.looks) return;
    const picture = new Float32Array(this.sums?.length ?? lookPlanes(shape) * LOOK_SIDE * LOOK_SIDE);
    look(data, at, shape, picture);
    await this.putLook(picture);
  }

  private async putLook(picture: Float32Array): Promise<void> {
    if (!this.looks) return;
    this.sums ??= new Float64Array(picture.length);
    for (let i = 0; i < picture.length; i++) this.sums[i]! += picture[i]!;
    await this.looks.append(bytesOf(picture));
  }

  /** The thumbnails are whole. Small pictures of other samples may still come. */
  async close(): Promise<void> {
    await this.thumbs.close();
  }

  /** Lets go of everything after a failure. */
  async abandon(): Promise<void> {
    await this.looks?.close().catch(() => undefined);
  }

  /**
   * Ends the small pictures, after those of samples that were read before.
   * @returns 32 bytes of content hash a sample, others behind the own ones, and the mean picture of all
   */
  async beside(
    others: Iterable<OtherSample> | AsyncIterable<OtherSample>,
  ): Promise<{ hashes: Uint8Array; mean: Float64Array }> {
    const hashes = [this.hash.values()];
    let looked = this.count;
    try {
      for await (const { hash, frame } of others) {
        hashes.push(hash);
        looked++;
        // A row for each, so that places in the file are places in the list: a flat one is like nothing.
        if (frame instanceof Float32Array) await this.putLook(frame);
        else if (frame) await this.addLook(frame.data, 0, { ...frame, channels: frame.channels as 1 | 3 });
        else if (this.sums) await this.looks?.append(bytesOf(new Float32Array(this.sums.length)));
      }
    } finally {
      await this.looks?.close();
    }
    const sums = this.sums ?? new Float64Array(LOOK_SIDE * LOOK_SIDE);
    return {
      hashes: hashes.length === 1 ? hashes[0]! : Buffer.concat(hashes),
      mean: sums.map((sum) => sum / Math.max(1, looked)),
    };
  }

  /** 32 bytes a sample. */
  hashes(): Uint8Array {
    return this.hash.values();
  }

  split(i: number): Split | null {
    return SPLIT_CODES[this.splitCode.at(i)] ?? null;
  }

  class(i: number): number | null {
    const c = this.classes.at(i);
    return c < 0 ? null : c;
  }

  /** Answers by question; null without any that is yes or no. */
  answers(i: number): LabelAnswers | null {
    const answers: Record<string, Answer> = {};
    this.answerCodes.forEach((column, q) => {
      const answer = ANSWER_CODES[column.at(i)]!;
      if (answer !== 'na') answers[q] = answer;
    });
    return Object.keys(answers).length > 0 ? answers : null;
  }

  /** Codes of each question by sample; empty for kinds other than `answers`. */
  answerColumns(): Uint8Array[] {
    return this.answerCodes.map((column) => column.values());
  }

  shape(i: number): PixelShape {
    const { width, height, depth } = this.size;
    return { width: width.at(i), height: height.at(i), depth: depth.at(i), channels: this.channel.at(i) as 1 | 3 };
  }

  type(i: number): PixelType {
    return PIXEL_TYPES[this.kind.at(i)]!;
  }

  /** Default window: bytes by their full scale (of masks of 0 and 1 that is 1), words by the bits that the data uses, all else by the range over the data set. */
  window(i: number): { low: number; high: number } {
    const type = this.type(i);
    const { min, max } = this.range.get(type)!;
    if (type === 'uint8') return { low: 0, high: max <= 1 ? 1 : 255 };
    if (type === 'uint16') return { low: 0, high: 2 ** Math.max(8, Math.ceil(Math.log2(max + 1))) - 1 };
    return { low: min, high: max > min ? max : min + 1 };
  }

  placeOf(i: number): { place: number; offset: number } {
    return { place: this.place.at(i), offset: this.offset.at(i) };
  }

  thumbOf(i: number): { offset: number; width: number; height: number } | null {
    const offset = this.thumb.offset.at(i);
    return offset < 0 ? null : { offset, width: this.thumb.width.at(i), height: this.thumb.height.at(i) };
  }
}
