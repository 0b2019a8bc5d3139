import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeImage } from '@main/formats';
import { inputRecipeFor, openPixels } from '@main/project';
import { imageHash } from '@main/project/import/imageHash';
import { Workshop, projectOf, sampleOf } from './fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

const grey = (width: number, height: number, type: 'uint8' | 'uint16' = 'uint8'): object => ({ width, height, type });

describe('pixels', () => {
  it('come from packs at their place, volumes whole and their middle slice as thumbnail', async () => {
    const dir = await shop.create(
      projectOf([
        sampleOf(0, { width: 3, height: 2 }),
        sampleOf(1, {
          width: 2,
          height: 2,
          depth: 3,
          type: 'uint16',
          high: 65535,
          pixels: { kind: 'pack', pack: '1.bin', offset: 4 },
        }),
        sampleOf(2, {
          width: 200,
          height: 100,
          channels: 3,
          pixels: { kind: 'pack', pack: '2.bin', offset: 0 },
          thumb: { offset: 6, width: 2, height: 1 },
        }),
      ]),
    );
    mkdirSync(join(dir, 'cache', 'pixels'));
    writeFileSync(join(dir, 'cache', 'pixels', '0.bin'), Uint8Array.of(1, 2, 3, 4, 5, 6));
    writeFileSync(
      join(dir, 'cache', 'pixels', '1.bin'),
      new Uint8Array(Uint16Array.from([9, 9, 1, 2, 3, 4, 500, 600, 700, 800, 5, 6, 7, 8]).buffer),
    );
    writeFileSync(
      join(dir, 'cache', 'thumbs.bin'),
      Uint8Array.from({ length: 12 }, (_, i) => i),
    );
    const pixels = await openPixels(dir);
    expect(pixels.size).toBe(3);
    expect(await pixels.frame(0)).toEqual({
      key: 0,
      width: 3,
      height: 2,
      depth: 1,
      channels: 1,
      type: 'uint8',
      low: 0,
      high: 255,
      data: Uint8Array.of(1, 2, 3, 4, 5, 6),
    });
    const volume = await pixels.frame(1);
    expect([volume.depth, volume.high, volume.data]).toEqual([
      3,
      65535,
      Uint16Array.of(1, 2, 3, 4, 500, 600, 700, 800, 5, 6, 7, 8),
    ]);
    const [flat, middle, packed] = await pixels.thumbs([0, 1, 2]);
    expect(flat?.data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect([middle?.depth, middle?.data]).toEqual([1, Uint16Array.of(500, 600, 700, 800)]);
    expect([packed?.width, packed?.height, packed?.channels, packed?.data]).toEqual([
      2,
      1,
      3,
      Uint8Array.of(6, 7, 8, 9, 10, 11),
    ]);
    await expect(pixels.frame(3)).rejects.toMatchObject({ code: 'sample-missing' });
    await expect(pixels.frame(2)).rejects.toMatchObject({
      code: 'file-missing',
      file: expect.stringContaining('2.bin'),
    });
    writeFileSync(join(dir, 'cache', 'pixels', '2.bin'), Uint8Array.of(1));
    await expect(pixels.frame(2)).rejects.toMatchObject({ code: 'file-damaged' });
    // The cache may go and come back while the store is open.
    await pixels.close();
    rmSync(join(dir, 'cache'), { recursive: true });
    await expect(pixels.frame(0)).rejects.toMatchObject({ code: 'file-missing' });
    mkdirSync(join(dir, 'cache', 'pixels'), { recursive: true });
    writeFileSync(join(dir, 'cache', 'pixels', '0.bin'), Uint8Array.of(6, 5, 4, 3, 2, 1));
    expect((await pixels.frame(0)).data).toEqual(Uint8Array.of(6, 5, 4, 3, 2, 1));
    await pixels.close();
  });

  it('come from image files where they lie, and a file that is another one now is refused', async () => {
    const root = join(shop.root, 'scans');
    mkdirSync(join(root, 'a b'), { recursive: true });
    const file = join(root, 'a b', 'x.png');
    const write = (width: number): Promise<unknown> =>
      sharp(Buffer.from(Uint8Array.from({ length: width * 2 }, (_, i) => 10 * i)), {
        raw: { width, height: 2, channels: 1 },
      })
        .toColourspace('b-w')
        .png()
        .toFile(file);
    await write(3);
    const contentHash = imageHash(await decodeImage(file)).toString('hex');
    const dir = await shop.create(
      projectOf(
        [
          sampleOf(0, {
            id: 'a b/x.png',
            contentHash,
            width: 3,
            height: 2,
            pixels: { kind: 'file', file: 'a b/x.png' },
          }),
        ],
        {
          sources: [{ path: root, kind: 'folder', hash: null, bytes: 1 }],
        },
      ),
    );
    const p = await shop.opened(dir);
    expect(p.sourceOf(0)).toBe(file);
    expect((await p.pixels.frame(0)).data).toEqual(Uint8Array.of(0, 10, 20, 30, 40, 50));
    expect((await p.pixels.thumb(0)).width).toBe(3);
    await write(4);
    await expect(p.pixels.frame(0)).rejects.toMatchObject({ code: 'file-damaged', file });
    rmSync(file);
    await expect(p.pixels.frame(0)).rejects.toMatchObject({ code: 'file-missing' });
  });
});

describe('the input recipe', () => {
  it('is the multiple of 14 nearest to three times the short side, at most 224; volumes twice', () => {
    const recipe = (samples: object[]): unknown[] => {
      const { imageSize, fullScale, axes } = inputRecipeFor(samples.map((s, i) => sampleOf(i, s)));
      return [imageSize, fullScale, axes];
    };
    expect(recipe([grey(28, 28)])).toEqual([84, 255, 'image']);
    expect(recipe([grey(64, 50, 'uint16')])).toEqual([154, 65535, 'image']);
    expect(recipe([grey(1024, 2000)])).toEqual([224, 255, 'image']);
    expect(recipe([grey(3, 3)])).toEqual([14, 255, 'image']);
    expect(recipe([{ width: 28, height: 28, depth: 28 }])).toEqual([56, 255, 'three-axes']);
    expect(recipe([grey(28, 28), grey(28, 28), grey(300, 300)])[0]).toBe(84);
    expect(
      recipe([
        { type: 'float32', high: 3.5 },
        { type: 'float32', high: 7 },
      ])[1],
    ).toBe(7);
  });
});
