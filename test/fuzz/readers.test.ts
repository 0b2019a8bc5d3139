import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '@shared/errors';
import {
  decodeImage,
  openArrays,
  openGguf,
  readArray,
  readSafetensors,
  readTable,
  streamArray,
  writeSafetensors,
} from '@main/formats';
import { inspectImport } from '@main/project/import';
import { resourcePath } from '@main/project/resources';
import { npy, npz, bytes } from '../unit/formats/npyFile';
import { folder, fuzz, RUNS } from './damage';

describe('damaged files', () => {
  let small: Buffer;
  const values = Uint8Array.from({ length: 20 * 64 }, (_, i) => (Math.imul(i, 2654435761) >>> 9) & 255);
  const labelValues = Uint8Array.from({ length: 20 }, (_, i) => i % 2);
  beforeAll(() => {
    small = npz({ images: npy('|u1', [20, 8, 8], values), labels: npy('|u1', [20, 1], labelValues) });
  });

  async function everything(path: string): Promise<Map<string, Buffer>> {
    const file = await openArrays(path);
    try {
      const all = new Map<string, Buffer>();
      for (const { name } of file.members) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of streamArray(file, name)) chunks.push(chunk);
        all.set(name, Buffer.concat(chunks));
      }
      return all;
    } finally {
      await file.close();
    }
  }

  it('npz: an array is given only as it was', async () => {
    const outcomes = await fuzz(small, 'a.npz', everything, (arrays) => {
      for (const [name, data] of arrays) expect(data.equals(name === 'images' ? values : labelValues)).toBe(true);
    });
    expect(outcomes.refused).toBeGreaterThan(RUNS / 3);
  });

  it('the bundled sample: an array is given only as it was', async () => {
    const original = readFileSync(resourcePath('samples', 'breastmnist.npz'));
    const whole = join(folder, 'whole.npz');
    writeFileSync(whole, original);
    const truth = await everything(whole);
    await fuzz(
      original,
      'b.npz',
      everything,
      (arrays) => {
        for (const [name, data] of arrays) expect(truth.get(name)?.equals(data)).toBe(true);
      },
      Math.ceil(RUNS / 5),
    );
  });

  it('npy: as much as its header says, or nothing', async () => {
    await fuzz(
      npy('<f4', [6, 3], bytes(Float32Array.from({ length: 18 }, (_, i) => i))),
      'a.npy',
      (path) => readArray(path),
      ({ shape, data }) => {
        expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      },
    );
  });

  it('an import: a right draft or one error, and nothing left', async () => {
    const stagingDir = join(folder, 'staging');
    await fuzz(
      small,
      'import.npz',
      async (path) => {
        const draft = await inspectImport({ paths: [path], stagingDir });
        const review = draft.review();
        await draft.discard();
        return review;
      },
      (review) => {
        expect(review.samples).toBe(20);
        expect([0, 20]).toContain(review.unlabelled);
      },
      Math.ceil(RUNS / 3),
    );
  });

  it('safetensors: tensors of the size they claim', async () => {
    const path = join(folder, 'whole.safetensors');
    await writeSafetensors(path, {
      a: { dtype: 'float32', shape: [4, 4], data: Float32Array.from({ length: 16 }, (_, i) => i) },
      b: { dtype: 'float16', shape: [8], data: Uint16Array.from({ length: 8 }, (_, i) => i) },
    });
    await fuzz(
      readFileSync(path),
      'a.safetensors',
      (p) => readSafetensors(p),
      (tensors) => {
        for (const { shape, data } of Object.values(tensors))
          expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      },
    );
  });

  it('GGUF: tensors of the size they claim', async () => {
    const original = readFileSync(resourcePath('weights', 'smollm2-135m-blocks-0-15-29.Q4_1.gguf')).subarray(0);
    const outcomes = await fuzz(
      original,
      'a.gguf',
      async (path) => {
        const file = await openGguf(path);
        const small = file.tensors.find((t) => t.shape.length === 1);
        return small ? await file.readFloat32(small.name) : null;
      },
      (tensor) => {
        if (tensor) expect(tensor.data.length).toBe(tensor.shape.reduce((a, b) => a * b, 1));
      },
      Math.ceil(RUNS / 5),
    );
    expect(outcomes.read + outcomes.refused).toBeGreaterThan(0);
  });

  it('GGUF header: no count or length is believed', async () => {
    const original = readFileSync(resourcePath('weights', 'smollm2-135m-blocks-0-15-29.Q4_1.gguf')).subarray(0, 6000);
    await fuzz(original, 'h.gguf', openGguf, ({ tensors }) => {
      for (const { shape } of tensors) expect(shape.every(Number.isSafeInteger)).toBe(true);
    });
  });

  it.each(['png', 'jpeg', 'tiff'] as const)('%s: a picture of its size, or none', async (format) => {
    const data = Uint8Array.from({ length: 48 * 40 }, (_, i) => (Math.imul(i, 2654435761) >>> 9) & 255);
    const original = await sharp(data, { raw: { width: 48, height: 40, channels: 1 } })
      .toColourspace('b-w')
      .toFormat(format)
      .toBuffer();
    await fuzz(original, `a.${format}`, decodeImage, (image) => {
      expect(image.data.length).toBe(image.width * image.height * image.channels);
      // PNG carries checksums: what is read is what was written.
      if (format === 'png' && image.width === 48) expect(Buffer.from(image.data.buffer).equals(data)).toBe(true);
    });
  });

  it('CSV: rows with every column, or none', async () => {
    const original = Buffer.from(
      'path,label,patient\r\n"a,1.png","say ""x""",P1\r\nb.png,malignant,P2\r\nc.png,benign,\r\n',
    );
    await fuzz(original, 'a.csv', readTable, ({ columns, rows }) => {
      for (const row of rows)
        expect(Object.keys(row)).toEqual(
          [...columns].sort((a, b) => Number(!/^\d+$/.test(a)) - Number(!/^\d+$/.test(b))),
        );
    });
  });

  it('anything at all, under any name', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(
          '\x93NUMPY\x01\x00',
          'PK\x03\x04',
          'PK\x05\x06',
          'GGUF\x03\0\0\0',
          '\x89PNG\r\n\x1a\n',
          'II*\0',
          '',
        ),
        async (tail, magic) => {
          const path = join(folder, 'any');
          writeFileSync(path, Buffer.concat([Buffer.from(magic, 'latin1'), tail]));
          for (const read of [(p: string) => readArray(p), readSafetensors, openGguf, decodeImage, readTable])
            await read(path).catch((error: unknown) => {
              if (!(error instanceof UserError)) throw error;
            });
        },
      ),
      { numRuns: RUNS },
    );
  });
});
