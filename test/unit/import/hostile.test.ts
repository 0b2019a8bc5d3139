import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasReference, hasShared, referencePath, sharedPath } from '../../shared-data';
import { refused } from '../formats/folder';
import { bytes, npy, npz, zip } from '../formats/npyFile';
import { importFolder } from './setup';

const folder = importFolder();
const images = (n: number): Buffer =>
  npy(
    '|u1',
    [n, 4, 4],
    Uint8Array.from({ length: n * 16 }, (_, i) => (i * 37) & 255),
  );
const labels = (...values: number[]): Buffer => npy('|u1', [values.length, 1], Uint8Array.from(values));
const set = (arrays: Record<string, Buffer>, name = 'set.npz'): string => folder.write(name, npz(arrays));

/** Refused with one clear error that names the file, and nothing stays behind. */
async function refusedWhole(
  path: string | string[],
  code: Parameters<typeof refused>[1],
  reason: RegExp,
  file = [path].flat()[0],
): Promise<void> {
  const begin = Date.now();
  await refused(folder.inspect(path), code, reason, file);
  expect(Date.now() - begin).toBeLessThan(30_000);
  expect(folder.left()).toEqual([]);
}

describe('a source that is wrong as a whole', () => {
  it.skipIf(!hasReference)('the zip bomb', () =>
    refusedWhole(referencePath('hostile', 'bomb.npz'), 'file-too-large', /zip bomb/),
  );

  it('missing, empty, no array, no image', async () => {
    await refusedWhole(folder.path('absent.npz'), 'file-missing', /no such file/);
    await refusedWhole(folder.write('empty.npz', ''), 'file-damaged', /empty/);
    await refusedWhole(set({ something: images(2) }), 'file-no-samples', /no arrays "images"/);
    await refusedWhole(set({ labels: labels(0, 1) }), 'file-no-samples', /"labels" but no "images"/);
    await refusedWhole(
      set({ images: npy('|u1', [0, 4, 4], new Uint8Array(0)), labels: npy('|u1', [0], new Uint8Array(0)) }),
      'file-no-samples',
      /no image/,
    );
    await refused(folder.inspect([]), 'value-invalid', /name a file/);
  });

  it.skipIf(!hasShared)('truncated anywhere', async () => {
    const whole = readFileSync(sharedPath('data', 'medmnist', 'breastmnist.npz'));
    for (const share of [0.01, 0.3, 0.7, 0.999])
      await refusedWhole(folder.write('breastmnist.npz', whole.subarray(0, whole.length * share)), 'file-damaged', /./);
  });

  it('a failed checksum of any array', async () => {
    for (const bad of ['train_images', 'val_labels']) {
      const arrays = {
        train_images: images(4),
        train_labels: labels(0, 1, 0, 1),
        val_images: images(2),
        val_labels: labels(0, 1),
      };
      const path = folder.write(
        'crc.npz',
        zip(
          Object.entries(arrays).map(([name, data]) => ({
            name: `${name}.npy`,
            data,
            claims: name === bad ? { crc: 1 } : {},
          })),
        ),
      );
      await refusedWhole(path, 'file-damaged', new RegExp(`"${bad}.npy" is damaged: its checksum`));
    }
  });

  it.each([
    ['text', npy('<U4', [2], new Uint8Array(32))],
    ['objects', npy('|O', [2], new Uint8Array(16))],
    ['complex numbers', npy('<c8', [2, 2, 2], new Uint8Array(64))],
  ])('images of %s', async (_, array) =>
    refusedWhole(set({ images: array, labels: labels(0, 1) }), 'file-unsupported', /"images" is not read/),
  );

  it.each([
    [
      'NaN',
      'f4',
      Float32Array.from({ length: 48 }, (_, i) => (i === 20 ? NaN : i)),
      /"images", image 1: a pixel is not a number/,
    ],
    [
      'infinity',
      'f4',
      Float32Array.from({ length: 48 }, (_, i) => (i === 40 ? -Infinity : i)),
      /"images", image 2: a pixel is infinite/,
    ],
    [
      'a double beyond float32',
      'f8',
      Float64Array.from({ length: 48 }, (_, i) => (i === 0 ? 1e300 : i)),
      /image 0: a pixel is infinite or too large/,
    ],
    [
      'an integer that cannot be kept',
      'i4',
      Int32Array.from({ length: 48 }, (_, i) => (i === 47 ? 2 ** 24 + 1 : i)),
      /image 2: the value 16777217/,
    ],
    ['a boolean of 2', 'b1', Uint8Array.from({ length: 48 }, (_, i) => (i === 17 ? 2 : 1)), /image 1: a truth value/],
  ])('pixels with %s', async (_, type, data, reason) => {
    const path = set({
      images: npy(type === 'b1' ? '|b1' : `<${type}`, [3, 4, 4], bytes(data)),
      labels: labels(0, 1, 0),
    });
    await refusedWhole(path, 'value-invalid', reason);
  });

  it('labels that are no labels', async () => {
    const one = (array: Buffer): string => set({ images: images(4), labels: array });
    await refusedWhole(one(labels(0, 1, 0, 1, 1)), 'file-damaged', /5 labels for 4 images/);
    await refusedWhole(one(labels(0, 1, 0)), 'file-damaged', /3 labels for 4 images/);
    await refusedWhole(one(labels(0, 1, 0, 200)), 'value-invalid', /label 200 of image_00003 is out of range/);
    await refusedWhole(one(npy('|i1', [4], bytes(Int8Array.of(0, -1, 0, 1)))), 'value-invalid', /holds -1 for image 1/);
    await refusedWhole(
      one(npy('<f4', [4], bytes(Float32Array.of(0, 1, 0.5, 1)))),
      'value-invalid',
      /holds 0.5 for image 2/,
    );
    await refusedWhole(
      one(npy('<f8', [4], bytes(Float64Array.of(0, NaN, 0, 1)))),
      'value-invalid',
      /holds NaN for image 1/,
    );
    await refusedWhole(
      one(npy('|u1', [4, 2], Uint8Array.of(0, 1, 1, 0, 2, 0, 0, 1))),
      'value-invalid',
      /holds 2 for image 2; answers are/,
    );
    await refusedWhole(one(npy('<U1', [4], new Uint8Array(16))), 'file-unsupported', /text/);
    await refusedWhole(
      one(npy('<i8', [4], bytes(BigInt64Array.of(0n, 1n, 0n, 2n ** 62n)))),
      'value-invalid',
      /out of range/,
    );
  });

  it.skipIf(!hasShared)('a label beyond the official classes', async () => {
    const path = set(
      { train_images: npy('|u1', [3, 28, 28], new Uint8Array(3 * 784)), train_labels: labels(0, 2, 1) },
      'breastmnist.npz',
    );
    await refusedWhole(
      path,
      'value-invalid',
      /label 2 of train_0001 is out of range: this data set has the classes 0 to 1/,
    );
  });

  it.each([[[4, 16]], [[4]], [[4, 2, 2, 2, 2]], [[4, 3, 4, 4]], [[4, 4, 4, 4]], [[4, 0, 4]]])(
    'images of the shape %j',
    async (shape) => {
      const size = shape.reduce((a, b) => a * b, 1);
      await refusedWhole(
        set({ images: npy('|u1', shape, new Uint8Array(size)), labels: labels(0, 1, 0, 1) }),
        'file-unsupported',
        /shape/,
      );
    },
  );

  it('splits that do not go together', async () => {
    await refusedWhole(
      set({ train_images: images(2), train_labels: labels(0, 1), test_images: images(2) }),
      'file-damaged',
      /"test_images" has none/,
    );
    await refusedWhole(
      set({
        train_images: images(2),
        train_labels: labels(0, 1),
        val_images: npy('|u1', [1, 4, 4, 3], new Uint8Array(48)),
        val_labels: labels(0),
      }),
      'file-damaged',
      /another kind of image/,
    );
    await refusedWhole(set({ images: images(2), train_images: images(2) }), 'file-unsupported', /which are meant/);
  });

  it('what is not imported together', async () => {
    const a = set({ images: images(2), labels: labels(0, 1) }, 'a.npz');
    const b = set({ images: images(2), labels: labels(0, 1) }, 'b.npz');
    await refusedWhole([a, b], 'file-unsupported', /one npz file at a time/, b);
    await refused(
      folder.inspect(a, { table: folder.write('t.csv', 'path,label\n') }),
      'value-invalid',
      /a table goes with a folder/,
    );
  });
});

describe('cancelling', () => {
  it.each(['reading', 'hashing', 'duplicates'] as const)('while %s leaves nothing behind', async (stage) => {
    const n = 20_000;
    const path = set(
      {
        images: npy(
          '|u1',
          [n, 8, 8],
          Uint8Array.from({ length: n * 64 }, (_, i) => (Math.imul(i, 2654435761) >>> 11) & 255),
        ),
      },
      'many.npz',
    );
    const abort = new AbortController();
    const seen = new Set<string>();
    const draft = folder.inspect(path, {
      signal: abort.signal,
      onProgress: (progress) => {
        seen.add(progress.stage);
        if (progress.stage === stage) abort.abort();
      },
    });
    await refused(draft, 'cancelled', /cancelled/);
    expect(seen.has(stage)).toBe(true);
    expect(folder.left()).toEqual([]);
  });

  it('before it began', async () => {
    await refused(
      folder.inspect(set({ images: images(2) }), { signal: AbortSignal.abort() }),
      'cancelled',
      /cancelled/,
    );
    expect(folder.left()).toEqual([]);
  });
});
