import { StreamDamage } from './stream';

/**
 * RLE Lossless (DICOM PS3.5, annex G): one PackBits segment for each byte of each sample, most significant first.
 * @param bytesPerSample 1, 2 or 4
 * @returns samples little-endian, the components of a pixel side by side
 * @throws StreamDamage unless every segment fills exactly its plane
 */
export function decodeRle(bytes: Uint8Array, pixels: number, components: number, bytesPerSample: number): Uint8Array {
  if (bytes.length < 64) throw new StreamDamage('its RLE header is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segments = view.getUint32(0, true);
  if (segments !== components * bytesPerSample)
    throw new StreamDamage(`it has ${segments} RLE segments in place of ${components * bytesPerSample}`);
  const out = new Uint8Array(pixels * components * bytesPerSample);
  const stride = components * bytesPerSample;
  for (let s = 0; s < segments; s++) {
    const from = view.getUint32(4 + 4 * s, true);
    const to = s + 1 < segments ? view.getUint32(8 + 4 * s, true) : bytes.length;
    if (from < 64 || to < from || to > bytes.length) throw new StreamDamage('its RLE segments lie outside of it');
    const component = Math.floor(s / bytesPerSample);
    const first = component * bytesPerSample + (bytesPerSample - 1 - (s % bytesPerSample));
    unpack(bytes.subarray(from, to), out, first, stride, pixels);
  }
  return out;
}

function unpack(source: Uint8Array, out: Uint8Array, first: number, stride: number, pixels: number): void {
  let at = 0;
  let to = first;
  const end = first + pixels * stride;
  while (to < end) {
    if (at >= source.length) {
      const have = (to - first) / stride;
      throw new StreamDamage(`an RLE segment ends after ${have} of ${pixels} pixels`);
    }
    const control = source[at++]!;
    if (control < 128) {
      const count = control + 1;
      if (at + count > source.length || to + count * stride > end)
        throw new StreamDamage('an RLE segment does not fit its picture');
      for (let i = 0; i < count; i++, to += stride) out[to] = source[at++]!;
    } else if (control > 128) {
      const count = 257 - control;
      if (at >= source.length || to + count * stride > end)
        throw new StreamDamage('an RLE segment does not fit its picture');
      const value = source[at++]!;
      for (let i = 0; i < count; i++, to += stride) out[to] = value;
    }
  }
}
