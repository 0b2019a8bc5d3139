import { Appender, bytesOf } from './appender';
import { thumbnail, type PixelShape } from './content';
import type { PixelArray } from '@shared/pixels';

/** Writes `cache/thumbs.bin`. The same samples in the same order give the same bytes at the same places. */
export class ThumbFile {
  private constructor(private readonly file: Appender) {}

  static async create(path: string): Promise<ThumbFile> {
    return new ThumbFile(await Appender.create(path));
  }

  /** @param always also where the picture is small; see `thumbnail`. @returns null where the stored picture serves */
  async add(
    data: PixelArray,
    at: number,
    shape: PixelShape,
    always: boolean,
  ): Promise<{ offset: number; width: number; height: number } | null> {
    const thumb = thumbnail(data, at, shape, always);
    return thumb && this.put(thumb);
  }

  async put(thumb: {
    width: number;
    height: number;
    data: PixelArray;
  }): Promise<{ offset: number; width: number; height: number }> {
    // Starts at a multiple of 4, so that readers may view the bytes as numbers.
    const over = this.file.offset % 4;
    if (over > 0) await this.file.append(new Uint8Array(4 - over));
    return { offset: await this.file.append(bytesOf(thumb.data)), width: thumb.width, height: thumb.height };
  }

  /** Leaves room, so that the next thumbnail lies where it lay before. */
  async skipTo(offset: number): Promise<void> {
    if (offset > this.file.offset) await this.file.append(new Uint8Array(offset - this.file.offset));
  }

  close(): Promise<void> {
    return this.file.close(true);
  }
}
