import { join } from 'node:path';
import type { Frame, PixelArray, PixelType } from '@shared/pixels';
import { readRange, typedArray } from '@main/formats';
import type { DraftMaterial } from './draft';

const BYTES: Readonly<Record<PixelType, number>> = { uint8: 1, uint16: 2, int16: 2, float32: 4 };

/** A small picture of a draft's sample; of a volume its middle slice. */
export async function draftThumb(material: DraftMaterial, i: number): Promise<Frame> {
  const { collector, folder, placeOf } = material;
  const shape = collector.shape(i);
  const type = collector.type(i);
  const thumb = collector.thumbOf(i);
  const { pixels } = placeOf(i);
  const common = { key: i, depth: 1, channels: shape.channels, type, ...collector.window(i) };
  if (thumb) {
    const file = join(folder, 'cache', 'thumbs.bin');
    const data = await readValues(file, type, thumb.offset, thumb.width * thumb.height * shape.channels);
    return { ...common, width: thumb.width, height: thumb.height, data };
  }
  if (pixels.kind !== 'pack') throw new Error('a picture of a folder or study has a thumbnail of its own');
  const plane = shape.width * shape.height * shape.channels;
  const file = join(folder, 'cache', 'pixels', pixels.pack);
  const data = await readValues(file, type, pixels.offset, plane, (shape.depth >> 1) * plane);
  return { ...common, width: shape.width, height: shape.height, data };
}

async function readValues(file: string, type: PixelType, offset: number, count: number, skip = 0): Promise<PixelArray> {
  const bytes = await readRange(file, offset + skip * BYTES[type], count * BYTES[type]);
  return typedArray(type, bytes.buffer as ArrayBuffer) as PixelArray;
}
