/** What a compressed picture says of itself, told from its own header and not from DICOM's. */
export interface StreamHeader {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Bits of a sample. */
  readonly bits: number;
  readonly signed: boolean;
  /** JPEG: the first component is finer than the others, as only luminance is. */
  readonly subsampled: boolean;
  /** JPEG: its components are named R, G, B. */
  readonly namedRgb: boolean;
  /** JPEG: lossless process. */
  readonly lossless: boolean;
}

/** A compressed picture that is not what it should be; the text says how. */
export class StreamDamage extends Error {}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 0x10000 + u16(bytes, at + 2);

/** Without the zeros or the fill bytes that pad a fragment to an even length. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  const least = Math.max(0, end - 4096);
  while (end > least && (bytes[end - 1] === 0 || (bytes[end - 1] === 0xff && bytes[end - 2] === 0xd9))) end--;
  return bytes.subarray(0, end);
}

function endsWith(bytes: Uint8Array, low: number): boolean {
  const whole = withoutPadding(bytes);
  return whole.length >= 2 && whole[whole.length - 2] === 0xff && whole[whole.length - 1] === low;
}

/** JPEG and JPEG-LS (ITU-T T.81, annex B; T.87, annex C): the frame header, and that the picture's end is there. @throws StreamDamage */
export function jpegHeader(bytes: Uint8Array): StreamHeader {
  if (bytes.length < 4 || u16(bytes, 0) !== 0xffd8) throw new StreamDamage('it does not begin as a JPEG picture');
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) throw new StreamDamage(`its JPEG marker at byte ${at} is damaged`);
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = u16(bytes, at + 2);
    const frame = (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
    if (frame) {
      if (at + 2 + length > bytes.length || length < 11) break;
      if (!endsWith(bytes, 0xd9)) throw new StreamDamage('its end is missing');
      const components = bytes[at + 9]!;
      const ids = Array.from({ length: components }, (_, i) => bytes[at + 10 + 3 * i]!);
      const factors = Array.from({ length: components }, (_, i) => bytes[at + 11 + 3 * i]!);
      return {
        bits: bytes[at + 4]!,
        height: u16(bytes, at + 5),
        width: u16(bytes, at + 7),
        components,
        signed: false,
        subsampled: factors.some((f) => f !== factors[0]),
        namedRgb: ids.join() === '82,71,66',
        lossless: marker === 0xc3 || marker === 0xf7,
      };
    }
    if (marker === 0xda || length < 2) break;
    at += 2 + length;
  }
  throw new StreamDamage('it has no JPEG frame header');
}

/** The codestream inside a JP2 file, or the bytes as they are. */
export function codestream(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 12 || u32(bytes, 4) !== 0x6a502020) return bytes;
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = u32(bytes, at);
    if (u32(bytes, at + 4) === 0x6a703263) return bytes.subarray(at + 8, length === 0 ? undefined : at + length);
    if (length < 8) break;
    at += length;
  }
  throw new StreamDamage('its JP2 boxes hold no picture');
}

/** JPEG 2000 and HTJ2K (ISO/IEC 15444-1, annex A): the SIZ marker, and that the codestream's end is there. @throws StreamDamage */
export function jpeg2000Header(bytes: Uint8Array): StreamHeader {
  if (bytes.length < 43 || u32(bytes, 0) !== 0xff4fff51)
    throw new StreamDamage('it does not begin as a JPEG 2000 codestream');
  const components = u16(bytes, 40);
  if (components < 1 || components > 4 || bytes.length < 42 + 3 * components)
    throw new StreamDamage(`it has ${components} components`);
  const samples = Array.from({ length: components }, (_, i) => bytes[42 + 3 * i]!);
  const steps = Array.from({ length: components }, (_, i) => u16(bytes, 43 + 3 * i));
  if (samples.some((s) => s !== samples[0])) throw new StreamDamage('its components differ in depth');
  if (steps.some((s) => s !== 0x0101)) throw new StreamDamage('its components are subsampled');
  if (!endsWith(bytes, 0xd9)) throw new StreamDamage('its end is missing');
  return {
    width: u32(bytes, 8) - u32(bytes, 16),
    height: u32(bytes, 12) - u32(bytes, 20),
    components,
    bits: (samples[0]! & 0x7f) + 1,
    signed: samples[0]! >= 0x80,
    subsampled: false,
    namedRgb: false,
    lossless: false,
  };
}
