import type { Sharp } from 'sharp';
import { UserError } from '@shared/errors';
import { ByteBudget } from './budget';
import { openFile, readFully } from './file';
import { smallPng } from './smallPng';
import { toStored, ValueProblem } from './stored';
import type { StoredValues } from './stored';
import type { DecodedImage, Dtype } from './types';
import { libvips } from './vips';

const MAX_FILE = 512 * 1024 * 1024;
const MAX_PIXELS = 100_000_000;
const MAX_SIDE = 32_768;
/** Decoded bytes in memory at once, over all calls; a single picture larger than this goes alone. */
const budget = new ByteBudget(256 * 1024 * 1024);

type Metadata = Pick<
  Awaited<ReturnType<Sharp['metadata']>>,
  'width' | 'height' | 'channels' | 'depth' | 'space' | 'hasAlpha' | 'pages'
>;

/** libvips' names of number types, and what comes out when they are read raw. Signed ones come out divided or cut off at 0. */
const DTYPES: Readonly<Record<string, Dtype>> = {
  uchar: 'uint8',
  ushort: 'uint16',
  uint: 'uint32',
  float: 'float32',
  double: 'float64',
};

/**
 * Decodes a PNG (1 to 16 bits), JPEG or TIFF to the values that stand in it: colour profiles are not applied, EXIF orientation is.
 * @throws UserError `file-damaged` (truncated, failed checksum), `file-unsupported` (another kind, several pages, transparency, CMYK),
 * `file-too-large`, `value-invalid` (NaN, infinite)
 */
export async function decodeImage(path: string): Promise<DecodedImage> {
  const bytes = await readImageFile(path);
  const small = decodeSmall(bytes);
  if (small) return small;
  const metadata = plainPng(bytes) ?? (await read(path, () => open(bytes, (picture) => picture.metadata())));
  const { channels, depth } = layoutOf(metadata, path);
  return budget.spend(4 * metadata.width * metadata.height * Math.max(channels, metadata.channels), () =>
    decode(bytes, path, channels, depth, metadata.hasAlpha),
  );
}

/** A small, plain PNG from its bytes, at once; null for all else, which `decodeImage` decodes or says what is wrong with. */
export function decodeSmall(bytes: Buffer): DecodedImage | null {
  const plain = plainPng(bytes);
  const small = plain && smallPng(bytes, plain);
  return small && ofWhole(toStored(DTYPES[plain.depth]!, small), plain);
}

/**
 * What the header of a grey or RGB PNG says, without a second trip through libvips: half the time of a small picture. null for any other
 * file, palettes, transparency and animations.
 */
function plainPng(bytes: Buffer): (Metadata & { channels: 1 | 3 }) | null {
  const data = bytes.indexOf('IDAT', 33, 'latin1');
  if (data < 0 || bytes.toString('latin1', 1, 4) !== 'PNG' || bytes.toString('latin1', 12, 16) !== 'IHDR') return null;
  const head = bytes.subarray(0, data);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const [bits, colour] = [bytes[24]!, bytes[25]!];
  if (width === 0 || height === 0 || (colour !== 0 && colour !== 2) || head.includes('tRNS') || head.includes('acTL'))
    return null;
  const wide = bits === 16;
  const space = colour === 0 ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb';
  return {
    width,
    height,
    channels: colour === 0 ? 1 : 3,
    depth: wide ? 'ushort' : 'uchar',
    space,
    hasAlpha: false,
    pages: 1,
  };
}

async function readImageFile(path: string): Promise<Buffer> {
  const { handle, size } = await openFile(path);
  try {
    if (size > MAX_FILE)
      throw new UserError('file-too-large', `it has ${size} bytes, more than ${MAX_FILE}`, { file: path });
    if (size === 0) throw new UserError('file-damaged', 'it is empty', { file: path });
    const bytes = await readFully(handle, path, 0, size);
    const magic = bytes.toString('latin1', 0, 8);
    // libvips would also load SVG, PDF and others, which refer to further files.
    if (!/^(\x89PNG\r\n\x1a\n|\xff\xd8\xff|II\*\0|MM\0\*|II\+\0|MM\0\+)/.test(magic))
      throw new UserError('file-unsupported', 'it is no PNG, JPEG or TIFF picture, whatever its name says', {
        file: path,
      });
    return bytes;
  } finally {
    await handle.close();
  }
}

async function open<T>(bytes: Buffer, action: (picture: Sharp) => Promise<T>): Promise<T> {
  const sharp = await libvips();
  return action(sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'warning', ignoreIcc: true }));
}

async function read<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const detail = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!;
    if (/exceeds pixel limit/i.test(detail))
      throw new UserError('file-too-large', `it has more than ${MAX_PIXELS} pixels`, { file: path, cause });
    throw new UserError('file-damaged', `it is damaged or cut short (${detail})`, { file: path, cause });
  }
}

function layoutOf(metadata: Metadata, path: string): { channels: 1 | 3; depth: string } {
  const refuse = (reason: string): never => {
    throw new UserError('file-unsupported', reason, { file: path });
  };
  const { width, height, hasAlpha, space, pages = 1, depth } = metadata;
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS)
    throw new UserError('file-too-large', `it has ${width}×${height} pixels`, { file: path });
  if (pages > 1) refuse(`it holds ${pages} pages; one picture a file is read`);
  if (space === 'cmyk') refuse('its colours are CMYK; grey and RGB are read');
  if (!Object.hasOwn(DTYPES, depth)) refuse(`its values have the type ${depth}`);
  const colours = metadata.channels - (hasAlpha ? 1 : 0);
  if (colours !== 1 && colours !== 3) refuse(`it has ${colours} channels; 1 and 3 are read`);
  return { channels: colours as 1 | 3, depth };
}

/** A picture of 8 bits is shown over all of their range, any other over its own. */
function ofWhole(
  { type, data, min, max }: StoredValues,
  size: { width: number; height: number; channels: 1 | 3 },
): DecodedImage {
  const { width, height, channels } = size;
  const [low, high] = type === 'uint8' ? [0, 255] : [min, max];
  return { width, height, channels, type, data, low, high };
}

async function decode(
  bytes: Buffer,
  path: string,
  channels: 1 | 3,
  depth: string,
  hasAlpha: boolean,
): Promise<DecodedImage> {
  const wide = depth === 'ushort';
  const { data, info } = await read(path, () =>
    open(bytes, (picture) =>
      picture
        .autoOrient()
        .toColourspace(channels === 1 ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb')
        .raw({ depth: depth as 'uchar' })
        .toBuffer({ resolveWithObject: true }),
    ),
  );
  const dtype = DTYPES[depth]!;
  const own = new Uint8Array(data.byteLength);
  own.set(data);
  try {
    const stored = toStored(dtype, own);
    const { type } = stored;
    let { data: values, min, max } = stored;
    if (hasAlpha) {
      const opaque = type === 'uint8' ? 255 : type === 'uint16' ? 65535 : undefined;
      if (info.channels !== channels + 1)
        throw new Error(`${path}: ${info.channels} channels where ${channels + 1} were expected`);
      const kept = values.slice(0, (values.length / info.channels) * channels);
      [min, max] = [Infinity, -Infinity];
      for (let i = 0, to = 0; i < values.length; i += info.channels) {
        if (values[i + channels] !== opaque)
          throw new UserError('file-unsupported', 'it is partly transparent; save it without an alpha channel', {
            file: path,
          });
        for (let c = 0; c < channels; c++) {
          const value = values[i + c]!;
          kept[to++] = value;
          min = Math.min(min, value);
          max = Math.max(max, value);
        }
      }
      values = kept;
    }
    if (values.length !== info.width * info.height * channels)
      throw new Error(`${path}: ${values.length} values for ${info.width}×${info.height}×${channels}`);
    return ofWhole({ type, data: values, min, max }, { width: info.width, height: info.height, channels });
  } catch (error) {
    if (error instanceof ValueProblem)
      throw new UserError('value-invalid', error.message, { file: path, cause: error });
    throw error;
  }
}
