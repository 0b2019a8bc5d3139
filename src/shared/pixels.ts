import type { Augmentation } from './domain';
/**
 * How pixels travel to a window: frames one after the other in one binary answer, values as stored, never windowed or
 * compressed. Little-endian; each frame starts at a multiple of 8 bytes:
 * `u32 magic "RPX1" | u32 key | u32 width | u32 height | u32 depth | u8 channels | u8 type | u16 0 | f32 low | f32 high | data`.
 * Data is row-major [depth, height, width, channels]; `low` and `high` span the full scale (0 … 255 for bytes) or, for
 * floats, the values' range: the default window.
 */
export const PIXEL_TYPES = ['uint8', 'uint16', 'int16', 'float32'] as const;
export type PixelType = (typeof PIXEL_TYPES)[number];
export type PixelArray = Uint8Array | Uint16Array | Int16Array | Float32Array;

export interface Frame {
  readonly key: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  /** 1 grey, 3 RGB. */
  readonly channels: number;
  readonly type: PixelType;
  readonly low: number;
  readonly high: number;
  readonly data: PixelArray;
}

const MAGIC = 0x31585052;
const HEADER_BYTES = 32;
const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array } as const;

/** How an encoder that is trained reads volumes: whole, or the slices along one axis or three. */
export const VOLUMES_READ = ['cube', 'slices-one', 'slices-three'] as const;
export type VolumesRead = (typeof VOLUMES_READ)[number];

/** URL of frames below the base that a window was given (`app://residua/pixels/`, `http://127.0.0.1:…/pixels/`). */
export const pixelPath = {
  /** At most 96 pixels a side; volumes their middle slice. At most 200 keys a call. */
  thumbs: (keys: readonly number[]): string => `thumbs?keys=${keys.join(',')}`,
  /** All pixels of one sample. */
  sample: (key: number): string => `sample/${key}`,
  /** As the network sees it, RGB bytes before normalising; of a volume the middle plane of each axis. */
  input: (key: number): string => `input/${key}`,
  /**
   * The same of several samples, as one batch in the first epoch of a run with these options.
   * @param volumes how they are read, where the encoder that reads them is trained
   */
  augmented: (keys: readonly number[], as: Augmentation, volumes: VolumesRead | null = null): string =>
    `augmented?keys=${keys.join(',')}&as=${encodeURIComponent(JSON.stringify(as))}${volumes ? `&volumes=${volumes}` : ''}`,
  /** Slices `first` … `last` of an opened volume, as one frame whose key is `first`; at most 64. */
  volume: (token: string, first: number, last: number): string =>
    `volume/${encodeURIComponent(token)}?slices=${first}-${last}`,
  /** Middle slices of the studies that were listed last, by their places in the list; what cannot be read is left out. */
  studies: (places: readonly number[]): string => `studies?keys=${places.join(',')}`,
  /** Thumbnails of an import that is not fixed yet, by index. */
  draft: (importId: string, indices: readonly number[]): string =>
    `draft/${encodeURIComponent(importId)}?keys=${indices.join(',')}`,
};

const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Puts frames behind one another. */
export function encodeFrames(frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(frames.reduce((bytes, f) => bytes + frameBytes(f.data.byteLength), 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const f of frames) {
    [MAGIC, f.key, f.width, f.height, f.depth].forEach((value, i) => view.setUint32(at + 4 * i, value, true));
    view.setUint8(at + 20, f.channels);
    view.setUint8(at + 21, PIXEL_TYPES.indexOf(f.type));
    view.setFloat32(at + 24, f.low, true);
    view.setFloat32(at + 28, f.high, true);
    out.set(new Uint8Array(f.data.buffer, f.data.byteOffset, f.data.byteLength), at + HEADER_BYTES);
    at += HEADER_BYTES + padded(f.data.byteLength);
  }
  return out;
}

/** Bytes of an answer of one frame. */
export const frameBytes = (dataBytes: number): number => HEADER_BYTES + padded(dataBytes);

/**
 * Takes frames apart; data are views into `buffer`.
 * @param length bytes of it that are frames
 * @throws Error where the bytes are not whole frames
 */
export function decodeFrames(buffer: ArrayBuffer, length = buffer.byteLength): Frame[] {
  const view = new DataView(buffer);
  const frames: Frame[] = [];
  for (let at = 0; at < length;) {
    if (length - at < HEADER_BYTES || view.getUint32(at, true) !== MAGIC) throw new Error('pixels arrived damaged');
    const [key, width, height, depth] = [4, 8, 12, 16].map((offset) => view.getUint32(at + offset, true)) as [
      number,
      number,
      number,
      number,
    ];
    const channels = view.getUint8(at + 20);
    const type = PIXEL_TYPES[view.getUint8(at + 21)];
    if (!type) throw new Error('pixels arrived damaged');
    const count = width * height * depth * channels;
    const bytes = count * ARRAYS[type].BYTES_PER_ELEMENT;
    if (at + HEADER_BYTES + bytes > length) throw new Error('pixels arrived cut short');
    const data = new ARRAYS[type](buffer, at + HEADER_BYTES, count);
    frames.push({
      key,
      width,
      height,
      depth,
      channels,
      type,
      low: view.getFloat32(at + 24, true),
      high: view.getFloat32(at + 28, true),
      data,
    });
    at += HEADER_BYTES + padded(bytes);
  }
  return frames;
}
