import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { smallPng } from '@main/formats/smallPng';

const SHAPES = [
  [1, 'uchar'],
  [3, 'uchar'],
  [1, 'ushort'],
  [3, 'ushort'],
] as const;
type Layout = { width: number; height: number; channels: 1 | 3; depth: 'uchar' | 'ushort' };

/** The same picture by libvips, as `decodeImage` asks for it; null where libvips refuses it. */
async function byLibvips(png: Buffer, { channels, depth }: Layout): Promise<Uint8Array | null> {
  const wide = depth === 'ushort';
  const space = channels === 1 ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb';
  try {
    const { data } = await sharp(png, { failOn: 'warning', ignoreIcc: true })
      .autoOrient()
      .toColourspace(space)
      .raw({ depth })
      .toBuffer({ resolveWithObject: true });
    return Uint8Array.from(data);
  } catch {
    return null;
  }
}

async function pngOf(values: Uint8Array | Uint16Array, { width, height, channels, depth }: Layout, adaptive: boolean) {
  const wide = depth === 'ushort';
  const space = channels === 1 ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb';
  return sharp(values, { raw: { width, height, channels } })
    .toColourspace(space)
    .png({ adaptiveFiltering: adaptive })
    .toBuffer();
}

const valuesOf = ({ width, height, channels, depth }: Layout, seed: number): Uint8Array | Uint16Array => {
  const length = width * height * channels;
  const value = (_: unknown, i: number): number => Math.imul(i + seed, 2654435761) >>> (i % 3 === 0 ? 8 : 20);
  return depth === 'ushort' ? Uint16Array.from({ length }, value) : Uint8Array.from({ length }, value);
};

describe('small PNGs', () => {
  it.each(SHAPES)('%i channels of %s are as libvips reads them, whatever their filters', async (channels, depth) => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(1000),
      fc.boolean(),
    );
    await fc.assert(
      fc.asyncProperty(sizes, async ([width, height, seed, adaptive]) => {
        const layout = { width, height, channels, depth };
        const png = await pngOf(valuesOf(layout, seed), layout, adaptive);
        const fast = smallPng(png, layout);
        expect(fast).not.toBeNull();
        expect(Buffer.from(fast!).equals((await byLibvips(png, layout))!)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('that are damaged are left to libvips, or are what libvips reads', async () => {
    const layout: Layout = { width: 9, height: 7, channels: 3, depth: 'uchar' };
    const png = await pngOf(valuesOf(layout, 1), layout, true);
    let taken = 0;
    const change = fc.tuple(fc.nat(png.length - 1), fc.nat(255), fc.constantFrom('set', 'cut', 'drop', 'tail'));
    await fc.assert(
      fc.asyncProperty(change, async ([at, value, kind]) => {
        const copy = {
          set: () => Buffer.from(png).fill(value, at, at + 1),
          cut: () => png.subarray(0, at),
          drop: () => Buffer.concat([png.subarray(0, at), png.subarray(at + 1)]),
          tail: () => Buffer.concat([png, Buffer.alloc(1 + (value % 30), value)]),
        }[kind]!();
        const fast = smallPng(copy, layout);
        if (!fast) return;
        taken++;
        expect(Buffer.from(fast).equals((await byLibvips(copy, layout)) ?? Buffer.alloc(0))).toBe(true);
      }),
      { numRuns: 600 },
    );
    expect(taken).toBeGreaterThan(0);
  });

  it('with a wrong checksum of the values themselves are not taken', async () => {
    const layout: Layout = { width: 5, height: 4, channels: 1, depth: 'uchar' };
    const png = await pngOf(valuesOf(layout, 2), layout, false);
    const { crc32 } = await import('node:zlib');
    const at = png.indexOf('IDAT');
    const length = png.readUInt32BE(at - 4);
    const wrong = Buffer.from(png);
    wrong[at + 4 + length - 1]! ^= 1; // the last byte of Adler-32
    wrong.writeUInt32BE(crc32(wrong.subarray(at, at + 4 + length)), at + 4 + length);
    expect(smallPng(png, layout)).not.toBeNull();
    expect(smallPng(wrong, layout)).toBeNull();
    expect(await byLibvips(wrong, layout)).toBeNull();
  });

  it('that are large, interlaced, or say how they are turned are left to libvips', async () => {
    const layout: Layout = { width: 8, height: 8, channels: 1, depth: 'uchar' };
    const image = sharp(valuesOf(layout, 3), { raw: { width: 8, height: 8, channels: 1 } }).toColourspace('b-w');
    expect(smallPng(await image.clone().png().toBuffer(), layout)).not.toBeNull();
    expect(smallPng(await image.clone().png({ progressive: true }).toBuffer(), layout)).toBeNull();
    expect(
      smallPng(
        await image
          .clone()
          .withExif({ IFD0: { Orientation: '6' } })
          .png()
          .toBuffer(),
        layout,
      ),
    ).toBeNull();
    const large: Layout = { width: 200, height: 100, channels: 1, depth: 'uchar' };
    expect(smallPng(await pngOf(valuesOf(large, 4), large, false), large)).toBeNull();
  });
});
