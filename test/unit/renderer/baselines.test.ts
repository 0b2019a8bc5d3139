import { existsSync, readFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { ALLOWED, baseline, difference, readPng, unlike } from '../../e2e/baselines/compare';

/** A picture of its own: each pixel of `from` replaced by what `paint` says. */
function painted(from: PNG, paint: (x: number, y: number) => readonly number[]): PNG {
  const out = new PNG({ width: from.width, height: from.height });
  for (let y = 0; y < from.height; y += 1)
    for (let x = 0; x < from.width; x += 1) out.data.set([...paint(x, y), 255], 4 * (y * from.width + x));
  return out;
}
const at = (png: PNG, x: number, y: number): number[] => {
  const from = 4 * (y * png.width + Math.min(png.width - 1, Math.max(0, x)));
  return [...png.data.subarray(from, from + 3)];
};

describe('pictures against baselines', () => {
  const lps = baseline('lps');
  const share = (paint: (x: number, y: number) => readonly number[]): number =>
    difference(painted(lps, paint), lps).share;

  it('are alike when they are the same, and when a driver rounds another way', () => {
    expect(share((x, y) => at(lps, x, y))).toBe(0);
    expect(share((x, y) => at(lps, x, y).map((level) => Math.max(0, level - ((x + y) % 3))))).toBe(0);
  });

  it('are unlike with left and right or top and bottom changed, a pixel aside, in another window, without a letter of colour', () => {
    const { width, height } = lps;
    expect(share((x, y) => at(lps, width - 1 - x, y))).toBeGreaterThan(10 * ALLOWED);
    expect(share((x, y) => at(lps, x, height - 1 - y))).toBeGreaterThan(10 * ALLOWED);
    expect(share((x, y) => at(lps, x + 1, y))).toBeGreaterThan(2 * ALLOWED);
    expect(share((x, y) => at(lps, x, y).map((level) => Math.min(255, level * 1.1)))).toBeGreaterThan(10 * ALLOWED);
    const heat = baseline('heat');
    const grey = painted(heat, (x, y) => Array(3).fill(at(heat, x, y)[0]!));
    expect(difference(grey, heat).share).toBeGreaterThan(10 * ALLOWED);
    expect(difference(baseline('whole'), lps).share).toBe(1);
  });

  it('show LPS and RAS alike: the patient lies the same way', () => {
    expect(difference(baseline('ras'), lps).share).toBe(0);
  });

  it('leaves the picture and where it differs in a folder that it names', () => {
    const { width } = lps;
    const mirrored = PNG.sync.write(painted(lps, (x, y) => at(lps, width - 1 - x, y)));
    const said = unlike('lps', mirrored)!;
    expect(said).toMatch(/lps \(396 × 132\) differs from its baseline in \d+\.\d+ % of its pixels/);
    const [, folder] = /see (.*)\/lps\.\{/.exec(said)!;
    expect(readPng(readFileSync(`${folder}/lps.actual.png`)).width).toBe(width);
    expect(existsSync(`${folder}/lps.diff.png`)).toBe(true);
    expect(unlike('lps', PNG.sync.write(lps))).toBeNull();
  });
});
