import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '@main/formats';
import { refused, testFolder } from './folder';
import { bytes } from './npyFile';

const folder = testFolder();
const WIDTH = 13;
const HEIGHT = 9;
const noise = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7919 + (i >> 3) * 104729) & 255);
const raw = (data: Uint8Array | Uint16Array | Float32Array, channels: 1 | 2 | 3 | 4): ReturnType<typeof sharp> =>
  sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels } });

describe('pictures', () => {
  it.each([
    [1, 'png'],
    [3, 'png'],
    [1, 'tiff'],
    [3, 'tiff'],
  ] as const)('%i channels of bytes as %s, exactly', async (channels, format) => {
    const data = noise(WIDTH * HEIGHT * channels);
    const image = raw(data, channels).toColourspace(channels === 1 ? 'b-w' : 'srgb');
    const path = folder.write(
      'x',
      await (format === 'png' ? image.png() : image.tiff({ compression: 'deflate' })).toBuffer(),
    );
    expect(await decodeImage(path)).toEqual({
      width: WIDTH,
      height: HEIGHT,
      channels,
      type: 'uint8',
      data,
      low: 0,
      high: 255,
    });
  });

  it('16-bit PNG, exactly, with the range of its values', async () => {
    const data = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => 1000 + ((i * 37) % 3000));
    const path = folder.write('x.png', await raw(data, 1).toColourspace('grey16').png().toBuffer());
    const image = await decodeImage(path);
    expect(image.type).toBe('uint16');
    expect(image.data).toEqual(data);
    expect([image.low, image.high]).toEqual([Math.min(...data), Math.max(...data)]);
  });

  it('float TIFF, exactly, and not with NaN', async () => {
    const data = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => Math.sin(i) * 1000);
    // sharp writes floats only as they come from a pipeline; this is the smallest TIFF of the kind.
    const path = folder.write('x.tif', floatTiff(data));
    expect((await decodeImage(path)).data).toEqual(data);
    data[5] = NaN;
    await refused(decodeImage(folder.write('nan.tif', floatTiff(data))), 'value-invalid', /NaN/);
  });

  it('JPEG of the right size, turned as its EXIF says', async () => {
    const data = noise(WIDTH * HEIGHT * 3);
    const upright = folder.write('x.jpg', await raw(data, 3).jpeg().toBuffer());
    expect(await decodeImage(upright)).toMatchObject({ width: WIDTH, height: HEIGHT, channels: 3, type: 'uint8' });
    const turned = folder.write('y.jpg', await raw(data, 3).withMetadata({ orientation: 6 }).jpeg().toBuffer());
    expect(await decodeImage(turned)).toMatchObject({ width: HEIGHT, height: WIDTH });
  });

  it('takes an opaque alpha channel off and refuses a transparent one', async () => {
    const colour = noise(WIDTH * HEIGHT * 3);
    const withAlpha = (alpha: number): Uint8Array =>
      Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) =>
        i % 4 === 3 ? alpha : colour[(i >> 2) * 3 + (i % 4)]!,
      );
    const opaque = folder.write('a.png', await raw(withAlpha(255), 4).png().toBuffer());
    expect((await decodeImage(opaque)).data).toEqual(colour);
    const see = folder.write('b.png', await raw(withAlpha(254), 4).png().toBuffer());
    await refused(decodeImage(see), 'file-unsupported', /transparent/, see);
  });

  it('refuses what is cut, altered, empty or another kind of file', async () => {
    const png = await raw(noise(WIDTH * HEIGHT), 1)
      .png()
      .toBuffer();
    await refused(decodeImage(folder.write('cut.png', png.subarray(0, png.length / 2))), 'file-damaged', /cut short/);
    const altered = Buffer.from(png);
    altered[60]! ^= 255;
    await refused(decodeImage(folder.write('altered.png', altered)), 'file-damaged', /./);
    const jpeg = await sharp(noise(300 * 300), { raw: { width: 300, height: 300, channels: 1 } })
      .jpeg()
      .toBuffer();
    await refused(decodeImage(folder.write('cut.jpg', jpeg.subarray(0, jpeg.length / 2))), 'file-damaged', /cut short/);
    await refused(decodeImage(folder.write('empty.png', '')), 'file-damaged', /empty/);
    await refused(decodeImage(folder.path('absent.png')), 'file-missing', /./);
    const svg = folder.write(
      'x.png',
      '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    );
    await refused(decodeImage(svg), 'file-unsupported', /no PNG, JPEG or TIFF/, svg);
  });

  it('refuses CMYK, several pages and impossible sizes', async () => {
    const cmyk = await raw(noise(WIDTH * HEIGHT * 3), 3)
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer();
    await refused(decodeImage(folder.write('cmyk.jpg', cmyk)), 'file-unsupported', /CMYK/);
    const page = await raw(noise(WIDTH * HEIGHT), 1)
      .png()
      .toBuffer();
    const pages = await sharp([page, page], { join: { animated: true } })
      .tiff()
      .toBuffer();
    await refused(decodeImage(folder.write('pages.tif', pages)), 'file-unsupported', /2 pages/);
    const huge = Buffer.from(page);
    huge.writeUInt32BE(2 ** 30, 16);
    huge.writeUInt32BE(2 ** 30, 20);
    const begin = process.memoryUsage().rss;
    await expect(decodeImage(folder.write('huge.png', huge))).rejects.toMatchObject({ name: 'UserError' });
    expect(process.memoryUsage().rss - begin).toBeLessThan(200e6);
    expect(readFileSync(folder.path('huge.png')).length).toBeLessThan(2000);
  });
});

/** Baseline TIFF: one strip of 32-bit floats, grey. */
function floatTiff(data: Float32Array): Buffer {
  const tags = [
    [256, 4, 1, WIDTH],
    [257, 4, 1, HEIGHT],
    [258, 3, 1, 32],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, 0],
    [277, 3, 1, 1],
    [278, 4, 1, HEIGHT],
    [279, 4, 1, data.byteLength],
    [339, 3, 1, 3],
  ];
  const start = 8 + 2 + tags.length * 12 + 4;
  const head = Buffer.alloc(start);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(tags.length, 8);
  tags.forEach(([tag, type, count, value], i) => {
    head.writeUInt16LE(tag!, 10 + 12 * i);
    head.writeUInt16LE(type!, 12 + 12 * i);
    head.writeUInt32LE(count!, 14 + 12 * i);
    head.writeUInt32LE(tag === 273 ? start : value!, 18 + 12 * i);
  });
  return Buffer.concat([head, bytes(data)]);
}
