import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A `.npy` header (format 1.0) that ends on a multiple of 64 bytes. */
export function npyHeader(dtype: string, shape: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const padded = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([head, Buffer.from(padded, 'latin1')]);
}

const SIDE = 28;

/**
 * Writes `images.npy` and `labels.npy` with `count` grey pictures, all different: a bright spot of its own place, width and
 * class, on noise.
 * @returns their paths
 */
export function syntheticArrays(dir: string, count: number): string[] {
  const paths = [join(dir, 'images.npy'), join(dir, 'labels.npy')];
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const labels = new Uint8Array(count);
  const file = openSync(paths[0]!, 'w');
  try {
    writeSync(file, npyHeader('|u1', [count, SIDE, SIDE]));
    const image = new Uint8Array(SIDE * SIDE);
    for (let i = 0; i < count; i++) {
      const [x, y, width] = [4 + random() * 20, 4 + random() * 20, 1.5 + random() * 5];
      labels[i] = width > 4 ? 1 : 0;
      for (let p = 0; p < image.length; p++) {
        const distance = ((p % SIDE) - x) ** 2 + (Math.floor(p / SIDE) - y) ** 2;
        image[p] = 30 + 150 * Math.exp(-distance / (2 * width * width)) + 75 * random();
      }
      writeSync(file, image);
    }
  } finally {
    closeSync(file);
  }
  writeFileSync(paths[1]!, Buffer.concat([npyHeader('|u1', [count]), labels]));
  return paths;
}
