import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeFrame, StreamDamage } from '@main/formats/volumes/dicom/codec';
import { build, ctSlice } from './build';
import { one, written } from './read';

const fixture = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, '../../../../fixtures/volumes/dicom', name));
const [WIDTH, HEIGHT] = [64, 48];
const noise = (i: number): number => (Math.imul(i, 2654435761) >>> 26) - 32;

/** Encoded without loss by another build of OpenJPH (npm: @cornerstonejs/codec-openjph 2.4.11); OpenJPEG decodes them to the same values. */
const int16 = fixture('htj2k_int16.j2c');
const rgb = fixture('htj2k_rgb.j2c');
const expectedInt16 = Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH) * 40 - 1024 + noise(i));
const expectedRgb = Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 7 + noise(i)) & 255);

describe('HTJ2K', () => {
  const size = { width: WIDTH, height: HEIGHT };

  it('a signed 16-bit picture, without loss', () => {
    const { bytes } = decodeFrame('htj2k', int16, { ...size, components: 1, bitsAllocated: 16 });
    expect([...new Int16Array(bytes.buffer)]).toEqual(expectedInt16);
  });

  it('colours through its own transform', () => {
    const { bytes } = decodeFrame('htj2k', rgb, { ...size, components: 3, bitsAllocated: 8 });
    expect([...bytes]).toEqual(expectedRgb);
  });

  it('in a DICOM file, in two fragments', async () => {
    const { '7fe00010 OW': _pixels, ...rest } = ctSlice(0);
    const fragments = [new Uint8Array(0), int16.subarray(0, 1000), int16.subarray(1000)];
    for (const uid of ['.201', '.202']) {
      const syntax = `1.2.840.10008.1.2.4${uid}`;
      const bytes = build({ ...rest, '00280010 US': HEIGHT, '00280011 US': WIDTH }, { syntax, fragments });
      const { values } = await one(...written({ a: bytes }));
      expect([...values]).toEqual(expectedInt16.map((v) => v - 1024));
    }
  });

  it('another size, another depth or a missing end is refused, not drawn', () => {
    const wrong = [
      [int16, { width: 65, height: HEIGHT, components: 1, bitsAllocated: 16 }, /64 × 48 pixels.*65 × 48/],
      [int16, { ...size, components: 3, bitsAllocated: 16 }, /components/],
      [int16, { ...size, components: 1, bitsAllocated: 8 }, /16 bits/],
      [int16.subarray(0, 2000), { ...size, components: 1, bitsAllocated: 16 }, /its end is missing/],
      [
        Buffer.concat([int16.subarray(0, 300), int16.subarray(900)]),
        { ...size, components: 1, bitsAllocated: 16 },
        /./,
      ],
    ] as const;
    for (const [stream, expected, message] of wrong) {
      let said: unknown;
      try {
        const { bytes } = decodeFrame('htj2k', stream, expected);
        said = [...new Int16Array(bytes.buffer)].every((v, i) => v === expectedInt16[i]) ? 'whole' : 'wrong picture';
      } catch (error) {
        said = error;
      }
      expect(said).toBeInstanceOf(StreamDamage);
      expect((said as Error).message).toMatch(message);
    }
    // A codec that gave up leaves nothing behind for the next picture.
    const { bytes } = decodeFrame('htj2k', int16, { ...size, components: 1, bitsAllocated: 16 });
    expect([...new Int16Array(bytes.buffer)]).toEqual(expectedInt16);
  });
});

describe('RLE', () => {
  const header = (...offsets: number[]): Buffer => {
    const out = Buffer.alloc(64);
    out.writeUInt32LE(offsets.length, 0);
    offsets.forEach((offset, i) => out.writeUInt32LE(offset, 4 + 4 * i));
    return out;
  };
  const expected = { width: 4, height: 1, components: 1, bitsAllocated: 16 };

  it('upper bytes first, runs and literals', () => {
    // Upper bytes: 1 1 1 1; lower bytes: 5 6 7 7.
    const upper = Buffer.from([0xfd, 1]);
    const lower = Buffer.from([1, 5, 6, 0xff, 7]);
    const { bytes } = decodeFrame('rle', Buffer.concat([header(64, 66), upper, lower]), expected);
    expect([...new Uint16Array(bytes.buffer)]).toEqual([0x105, 0x106, 0x107, 0x107]);
  });

  it('a segment that is cut short, runs over, or is not there', () => {
    const upper = Buffer.from([0xfd, 1]);
    for (const lower of [Buffer.from([1, 5, 6]), Buffer.from([0xfc, 7]), Buffer.from([3, 5])])
      expect(() => decodeFrame('rle', Buffer.concat([header(64, 66), upper, lower]), expected)).toThrow(StreamDamage);
    expect(() => decodeFrame('rle', Buffer.concat([header(64), upper]), expected)).toThrow(
      /1 RLE segments in place of 2/,
    );
    expect(() => decodeFrame('rle', Buffer.alloc(10), expected)).toThrow(StreamDamage);
  });
});
