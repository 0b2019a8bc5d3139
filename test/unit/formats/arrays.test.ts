import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openArrays, readArray, streamArray, toFloat32 } from '@main/formats';
import { hasReference, hasShared, referencePath, sharedPath } from '../../shared-data';
import { refused, testFolder } from './folder';
import { bytes, npy, npz, zip } from './npyFile';

const folder = testFolder();

async function rowsOf(path: string, name: string): Promise<{ chunks: number; data: Buffer }> {
  const file = await openArrays(path);
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of streamArray(file, name)) chunks.push(chunk);
    return { chunks: chunks.length, data: Buffer.concat(chunks) };
  } finally {
    await file.close();
  }
}

describe('NumPy arrays', () => {
  it.each([
    ['|b1', 'bool', Uint8Array.of(0, 1, 1, 0, 1, 0)],
    ['|i1', 'int8', Int8Array.of(-128, -1, 0, 1, 2, 127)],
    ['|u1', 'uint8', Uint8Array.of(0, 1, 2, 3, 254, 255)],
    ['<i2', 'int16', Int16Array.of(-32768, -1, 0, 1, 2, 32767)],
    ['<u2', 'uint16', Uint16Array.of(0, 1, 2, 3, 4, 65535)],
    ['<i4', 'int32', Int32Array.of(-(2 ** 31), -1, 0, 1, 2, 2 ** 31 - 1)],
    ['<u4', 'uint32', Uint32Array.of(0, 1, 2, 3, 4, 2 ** 32 - 1)],
    ['<i8', 'int64', BigInt64Array.of(-(2n ** 63n), -1n, 0n, 1n, 2n, 2n ** 63n - 1n)],
    ['<u8', 'uint64', BigUint64Array.of(0n, 1n, 2n, 3n, 4n, 2n ** 64n - 1n)],
    ['<f4', 'float32', Float32Array.of(-1.5, 0, 1.5, NaN, Infinity, 1e-40)],
    ['<f8', 'float64', Float64Array.of(-1.5, 0, 1.5, NaN, -Infinity, 5e-324)],
  ] as const)('reads %s in either byte order', async (descr, dtype, data) => {
    const little = await readArray(folder.write('little.npy', npy(descr, [2, 3], bytes(data))));
    expect(little).toEqual({ dtype, shape: [2, 3], data });
    const size = data.BYTES_PER_ELEMENT;
    const swapped = Buffer.from(bytes(data));
    if (size === 2) swapped.swap16();
    else if (size === 4) swapped.swap32();
    else if (size === 8) swapped.swap64();
    const big = await readArray(folder.write('big.npy', npy(descr.replace(/[<|]/, '>'), [2, 3], swapped)));
    expect(big.data).toEqual(data);
  });

  it('reads half floats', async () => {
    const half = Uint16Array.of(0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x7e00);
    const array = await readArray(folder.write('half.npy', npy('<f2', [8], bytes(half))));
    expect([...toFloat32(array)]).toEqual([0, -0, 1, -2, 65504, 2 ** -24, Infinity, NaN]);
  });

  it.each([1, 2, 3])('reads format version %i', async (version) => {
    const path = folder.write('v.npy', npy('|u1', [3], Uint8Array.of(7, 8, 9), { version }));
    expect((await readArray(path)).data).toEqual(Uint8Array.of(7, 8, 9));
  });

  it('reads scalars and empty arrays', async () => {
    const scalar = folder.write(
      'scalar.npy',
      npy('<f8', [], bytes(Float64Array.of(0.25)), {
        header: "{'descr': '<f8', 'fortran_order': False, 'shape': (), }",
      }),
    );
    expect(await readArray(scalar)).toEqual({ dtype: 'float64', shape: [], data: Float64Array.of(0.25) });
    const empty = folder.write('empty.npy', npy('|u1', [0, 28, 28], new Uint8Array(0)));
    expect((await readArray(empty)).data.length).toBe(0);
  });

  it('turns column order into row order', async () => {
    // [n, h, w] = [2, 3, 4], value 100n + 10h + w, stored with n fastest.
    const stored: number[] = [];
    for (let w = 0; w < 4; w++)
      for (let h = 0; h < 3; h++) for (let n = 0; n < 2; n++) stored.push(100 * n + 10 * h + w);
    const path = folder.write('fortran.npy', npy('<u2', [2, 3, 4], bytes(Uint16Array.from(stored)), { fortran: true }));
    const rows: number[] = [];
    for (let n = 0; n < 2; n++) for (let h = 0; h < 3; h++) for (let w = 0; w < 4; w++) rows.push(100 * n + 10 * h + w);
    expect((await readArray(path)).data).toEqual(Uint16Array.from(rows));
  });

  it('streams whole rows, stored or deflated', async () => {
    const data = Uint8Array.from({ length: 3000 * 1021 }, (_, i) => (i * 31) >> 3);
    const array = npy('|u1', [3000, 1021], data);
    for (const stored of [true, false]) {
      const path = folder.write('rows.npz', zip([{ name: 'images.npy', data: array, stored }]));
      const { chunks, data: all } = await rowsOf(path, 'images');
      expect(all.equals(data)).toBe(true);
      expect(chunks).toBeGreaterThan(1);
      const file = await openArrays(path);
      for await (const chunk of streamArray(file, 'images')) expect(chunk.length % 1021).toBe(0);
      await file.close();
    }
  });

  it('leaves text and records unread, and says so where they are asked for', async () => {
    const path = folder.write(
      'mixed.npz',
      npz({
        images: npy('|u1', [1], Uint8Array.of(1)),
        names: npy('<U3', [1], new Uint8Array(12)),
        pickled: npy('|O', [1], new Uint8Array(40)),
        records: npy('', [1], new Uint8Array(4), {
          header: "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }",
        }),
      }),
    );
    expect((await readArray(path, 'images')).data).toEqual(Uint8Array.of(1));
    await refused(readArray(path, 'names'), 'file-unsupported', /text/, path);
    await refused(readArray(path, 'pickled'), 'file-unsupported', /pickled Python, which is never run/, path);
    await refused(readArray(path, 'records'), 'file-unsupported', /records/, path);
    await refused(readArray(path, 'absent'), 'file-unsupported', /no array "absent" \(it has images\)/, path);
  });
});

describe('damaged and hostile arrays', () => {
  const good = npy('|u1', [4, 8], new Uint8Array(32).fill(5));

  it('names what is missing', async () => {
    await refused(openArrays(folder.path('absent.npz')), 'file-missing', /no such file/, folder.path('absent.npz'));
    await refused(openArrays(folder.path()), 'file-unreadable', /folder/);
    await refused(openArrays(folder.write('empty.npz', '')), 'file-damaged', /empty/);
    await refused(openArrays(folder.write('text.npz', 'not an array')), 'file-unsupported', /neither/);
  });

  it('refuses a zip that was cut anywhere', async () => {
    const whole = npz({ images: good, labels: npy('|u1', [4], new Uint8Array(4)) });
    for (const length of [2, 5, 40, 100, whole.length - 60, whole.length - 1])
      await refused(
        rowsOf(folder.write('cut.npz', whole.subarray(0, length)), 'images'),
        length < 4 ? 'file-damaged' : 'file-damaged',
        /./,
      );
  });

  it('refuses a wrong checksum, a wrong size and damaged deflate', async () => {
    const images = (claims: Parameters<typeof zip>[0][number]['claims'], stored = false): string =>
      folder.write('bad.npz', zip([{ name: 'images.npy', data: good, claims, stored }]));
    await refused(rowsOf(images({ crc: 1 }), 'images'), 'file-damaged', /checksum/);
    await refused(rowsOf(images({ size: good.length + 1 }), 'images'), 'file-damaged', /promises|unpacks|not enough/);
    await refused(rowsOf(images({ size: good.length - 1 }), 'images'), 'file-damaged', /promises|unpacks|too many/);
    const broken = Buffer.from(
      zip([
        {
          name: 'images.npy',
          data: Buffer.concat([good.subarray(0, 128), Buffer.from(Array.from({ length: 32 }, (_, i) => i * 37))]),
        },
      ]),
    );
    broken[40 + 60]! ^= 0xff;
    await refused(rowsOf(folder.write('deflate.npz', broken), 'images'), 'file-damaged', /./);
  });

  it('gives no last rows before the checksum was seen', async () => {
    const path = folder.write('late.npz', zip([{ name: 'images.npy', data: good, claims: { crc: 7 } }]));
    const file = await openArrays(path);
    const got: number[] = [];
    await refused(
      (async () => {
        for await (const chunk of streamArray(file, 'images')) got.push(chunk.length);
      })(),
      'file-damaged',
      /checksum/,
      path,
    );
    expect(got).toEqual([]);
    await file.close();
  });

  it('refuses encrypted arrays, unknown packing and entries that lie over one another', async () => {
    await refused(
      openArrays(folder.write('x.npz', zip([{ name: 'a.npy', data: good, claims: { flags: 1 } }]))),
      'file-unsupported',
      /encrypted/,
    );
    const other = Buffer.from(npz({ a: good }));
    other.writeUInt16LE(12, 8);
    other.writeUInt16LE(12, other.lastIndexOf('PK\x01\x02') + 10);
    await refused(openArrays(folder.write('x.npz', other)), 'file-unsupported', /method 12/);
    const overlapping = Buffer.from(npz({ a: good, b: good }));
    overlapping.writeUInt32LE(0, overlapping.lastIndexOf('PK\x01\x02') + 42);
    await refused(openArrays(folder.write('x.npz', overlapping)), 'file-damaged', /over another/);
    await refused(
      openArrays(
        folder.write(
          'x.npz',
          zip([
            { name: 'a.npy', data: good },
            { name: 'a.npy', data: good },
          ]),
        ),
      ),
      'file-damaged',
      /twice/,
    );
  });

  it('refuses headers that lie', async () => {
    const head = (header: string, data = new Uint8Array(8)): string =>
      folder.write('h.npy', npy('', [], data, { header }));
    const dict = (descr: string, shape: string): string =>
      `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
    await refused(openArrays(head(dict('|u1', '(9,)'))), 'file-damaged', /promises/);
    await refused(openArrays(head(dict('|u1', '(7,)'))), 'file-damaged', /promises/);
    await refused(openArrays(head(dict('|u1', '(99999999999, 99999999999)'))), 'file-damaged', /impossible/);
    await refused(openArrays(head(dict('|u1', '(-1,)'))), 'file-damaged', /cannot be read/);
    await refused(openArrays(head(dict('|u3', '(1,)'))), 'file-unsupported', /type/);
    await refused(openArrays(head(dict('<c8', '(1,)'))), 'file-unsupported', /complex/);
    await refused(openArrays(head("__import__('os').system('true')")), 'file-damaged', /cannot be read/);
    const long = Buffer.from(npy('|u1', [1], Uint8Array.of(1), { version: 2 }));
    long.writeUInt32LE(2 ** 31, 8);
    await refused(openArrays(folder.write('long.npy', long)), 'file-damaged', /claims/);
  });

  it('refuses emptiness blown up', async () => {
    const path = folder.write('bomb.npz', npz({ images: npy('|u1', [40000, 28, 28], new Uint8Array(40000 * 784)) }));
    await refused(openArrays(path), 'file-too-large', /zip bomb/, path);
  });
});

describe.skipIf(!hasReference)('the hostile npz', () => {
  it('is refused at once', async () => {
    const path = referencePath('hostile', 'bomb.npz');
    const begin = process.cpuUsage();
    await refused(openArrays(path), 'file-too-large', /1028 times/, path);
    const { user, system } = process.cpuUsage(begin);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});

describe.skipIf(!hasShared)('real files', () => {
  it('lists MedMNIST without reading it', async () => {
    const file = await openArrays(sharedPath('data', 'medmnist', 'retinamnist.npz'));
    expect(file.member('train_images')).toEqual({
      name: 'train_images',
      dtype: 'uint8',
      shape: [1080, 28, 28, 3],
      fortran: false,
      bytes: 1080 * 2352,
    });
    expect(file.members.map((m) => m.name).sort()).toEqual([
      'test_images',
      'test_labels',
      'train_images',
      'train_labels',
      'val_images',
      'val_labels',
    ]);
    await file.close();
  });

  it('refuses a truncated MedMNIST file', async () => {
    const whole = readFileSync(sharedPath('data', 'medmnist', 'breastmnist.npz'));
    for (const share of [0.1, 0.5, 0.99]) {
      const path = folder.write('truncated.npz', whole.subarray(0, Math.floor(whole.length * share)));
      await refused(openArrays(path), 'file-damaged', /end is missing/, path);
    }
  });
});
