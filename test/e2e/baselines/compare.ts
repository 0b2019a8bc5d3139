import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

/**
 * Share of the colour distance between black and white from which two pixels differ: about 8 of 255 grey levels. Drivers round the last level or two, a
 * window that is off by a twentieth is seen.
 */
const THRESHOLD = 0.03;
/** Share of all pixels that may differ: edges of voxels fall to one side or the other by rounding. A voxel's shift moves all of them. */
export const ALLOWED = 0.005;

/**
 * Share of pixels, 0 … 1, in which two pictures differ, and a picture of where.
 * Different sizes differ everywhere.
 */
export function difference(actual: PNG, expected: PNG): { share: number; where: PNG } {
  const { width, height } = expected;
  const where = new PNG({ width, height });
  if (actual.width !== width || actual.height !== height) return { share: 1, where };
  const options = { threshold: THRESHOLD, includeAA: true };
  const pixels = pixelmatch(actual.data, expected.data, where.data, width, height, options);
  return { share: pixels / (width * height), where };
}

const FILES = import.meta.dirname;
const RENEW = process.env.RESIDUA_RENEW_BASELINES === '1';
/** Where pictures that differ are written. */
const OUT = join(tmpdir(), 'residua-baselines');

export const readPng = (png: Uint8Array): PNG => PNG.sync.read(Buffer.from(png));
export const baseline = (name: string): PNG => readPng(readFileSync(join(FILES, `${name}.png`)));

/**
 * Compares a picture with the one kept as `NAME.png`, or keeps it where `RESIDUA_RENEW_BASELINES=1`.
 * @param png an encoded PNG
 * @returns null where they are alike, else what is wrong and where pictures of it lie
 */
export function unlike(name: string, png: Uint8Array): string | null {
  const file = join(FILES, `${name}.png`);
  if (RENEW) {
    writeFileSync(file, PNG.sync.write(readPng(png), { deflateLevel: 9, colorType: 2 }));
    return null;
  }
  const actual = readPng(png);
  const expected = existsSync(file) ? baseline(name) : new PNG({ width: actual.width, height: actual.height });
  const { share, where } = difference(actual, expected);
  if (share <= ALLOWED) return null;
  mkdirSync(OUT, { recursive: true });
  writeFileSync(join(OUT, `${name}.actual.png`), png);
  writeFileSync(join(OUT, `${name}.diff.png`), PNG.sync.write(where));
  const size = `${actual.width} × ${actual.height}`;
  return `${name} (${size}) differs from its baseline in ${(100 * share).toFixed(2)} % of its pixels; see ${OUT}/${name}.{actual,diff}.png`;
}
