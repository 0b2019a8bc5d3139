import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, type DecodedImage } from '@main/formats';
import type { InputRecipe } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Frame, PixelArray, PixelType } from '@shared/pixels';
import { imageHash } from './import/imageHash';
import type { Originals } from './originals';
import type { SampleTable } from './samples';
import type { BoxTable } from './boxes/table';
import { VolumeFrames } from './volumeFrames';
import type { ProjectVolumes } from './volumes';

/** What pixels lie in. */
export interface PixelParts {
  readonly samples: SampleTable;
  /** For samples that lie in files of their own. */
  readonly originals: Originals;
  readonly volumes: ProjectVolumes;
  readonly boxes: BoxTable;
}

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array } as const;
/** No more than this at a time is read for one answer. */
const PARALLEL = 16;

/** Stored pixels, read only: from packs in `cache/`, or from the originals where they are images of their own. */
export class PixelStore {
  private readonly files = new Map<string, Promise<FileHandle>>();

  private readonly samples: SampleTable;
  private readonly originals: Originals;
  readonly volumes: ProjectVolumes;
  private readonly boxes: BoxTable;
  private readonly frames: VolumeFrames;

  /**
   * @param cacheDir the project's `cache/`
   * @param input how volumes of studies become frames
   */
  constructor(
    { samples, originals, volumes, boxes }: PixelParts,
    private readonly cacheDir: string,
    private readonly input: InputRecipe,
  ) {
    this.samples = samples;
    this.originals = originals;
    this.volumes = volumes;
    this.boxes = boxes;
    this.frames = new VolumeFrames(volumes, cacheDir, input);
  }

  /** The volume of a study that a sample is, or lies in; null for others. */
  volumeOf(key: number): number | null {
    this.samples.check(key);
    const place = this.samples.place(key);
    return place.kind === 'series' ? place.volume : null;
  }

  get size(): number {
    return this.samples.size;
  }

  /** Pixels, from the file's header: nothing is read. */
  shape(key: number): { width: number; height: number; depth: number; channels: number; type: PixelType } {
    const { samples } = this;
    samples.check(key);
    return {
      width: samples.width(key),
      height: samples.height(key),
      depth: samples.depth(key),
      channels: samples.channels(key),
      type: samples.type(key),
    };
  }

  contentHash(key: number): string {
    this.samples.check(key);
    return this.samples.hash(key);
  }

  /**
   * All pixels of a sample as stored, [depth, height, width, channels]; of a volume of a study, or a box in one, as the input recipe says.
   * @throws UserError `file-missing` where cache or original is gone (`rebuildCache` makes the cache anew), `file-damaged`
   *   where an original is no longer the one that was imported
   */
  async frame(key: number): Promise<Frame> {
    const { samples } = this;
    const shape = this.shape(key);
    const place = samples.place(key);
    const meta = { key, ...shape, low: samples.low(key), high: samples.high(key) };
    if (place.kind === 'pack') {
      const count = shape.width * shape.height * shape.depth * shape.channels;
      return { ...meta, data: await this.read(join('pixels', place.pack), place.offset, count, shape.type) };
    }
    if (place.kind === 'series')
      return {
        key,
        ...(await this.frames.frame({
          volume: place.volume,
          box: this.boxes.get(key)?.box ?? null,
          contentHash: samples.hash(key),
        })),
      };
    const image = await this.original(key, place.file);
    return { ...meta, channels: image.channels, data: image.data };
  }

  /** At most 96 pixels a side; of a volume the middle slice. @throws UserError as `frame` */
  async thumb(key: number): Promise<Frame> {
    const { samples } = this;
    const shape = this.shape(key);
    const packed = samples.thumb(key);
    const meta = { key, ...shape, depth: 1, low: samples.low(key), high: samples.high(key) };
    if (packed) {
      const { width, height, offset } = packed;
      const data = await this.read('thumbs.bin', offset, width * height * shape.channels, shape.type);
      return { ...meta, width, height, data };
    }
    const place = samples.place(key);
    const slice = shape.width * shape.height * shape.channels;
    if (place.kind === 'file') return this.frame(key);
    if (place.kind === 'series') return middleSlice(await this.frame(key));
    const bytes = slice * ARRAYS[shape.type].BYTES_PER_ELEMENT;
    const offset = place.offset + bytes * (shape.depth >> 1);
    return { ...meta, data: await this.read(join('pixels', place.pack), offset, slice, shape.type) };
  }

  /** In the order asked for. */
  async thumbs(keys: readonly number[]): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (let at = 0; at < keys.length; at += PARALLEL)
      frames.push(...(await Promise.all(keys.slice(at, at + PARALLEL).map((key) => this.thumb(key)))));
    return frames;
  }

  async close(): Promise<void> {
    const open = [...this.files.values()];
    this.files.clear();
    this.frames.forget();
    for (const file of await Promise.allSettled(open)) if (file.status === 'fulfilled') await file.value.close();
  }

  /** The picture that was imported, told by its hash, from the first place that has it. */
  private async original(key: number, file: string): Promise<DecodedImage> {
    const places = this.originals.places(this.samples.source(key), file);
    let wrong: UserError | null = null;
    for (const place of places) {
      try {
        const image = await decodeImage(place);
        if (imageHash(image).toString('hex') === this.samples.hash(key)) return image;
        wrong = new UserError('file-damaged', 'the image is no longer the one that was imported', { file: place });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        if (error.code !== 'file-missing') wrong ??= error;
      }
    }
    throw wrong ?? new UserError('file-missing', 'the original is not there', { file: places.at(-1) });
  }

  private async read(name: string, offset: number, count: number, type: PixelType): Promise<PixelArray> {
    const data = new ARRAYS[type](count);
    const bytes = new Uint8Array(data.buffer);
    const handle = await this.handle(name);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
    if (bytesRead !== bytes.length)
      throw new UserError('file-damaged', 'the cache is cut short; delete the folder "cache" to have it made anew', {
        file: join(this.cacheDir, name),
      });
    return data;
  }

  private handle(name: string): Promise<FileHandle> {
    let opened = this.files.get(name);
    if (!opened) {
      const file = join(this.cacheDir, name);
      opened = open(file, 'r').catch((cause: unknown) => {
        // The cache may be made anew in the meantime.
        this.files.delete(name);
        throw new UserError('file-missing', 'the cache of pixels is gone and has to be made anew from the originals', {
          file,
          cause,
        });
      });
      this.files.set(name, opened);
    }
    return opened;
  }
}

/** The middle slice of a volume in grey; of three windows the second one. */
function middleSlice({ width, height, depth, channels, data, ...frame }: Frame): Frame {
  const size = width * height;
  const from = size * (depth >> 1);
  const channel = channels === 3 ? 1 : 0;
  const slice = Float32Array.from({ length: size }, (_, i) => data[(from + i) * channels + channel]!);
  return { ...frame, width, height, depth: 1, channels: 1, data: slice };
}
