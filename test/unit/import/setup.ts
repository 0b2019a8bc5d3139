import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll } from 'vitest';
import type { ImportDecisions, ImportReview } from '@shared/domain';
import { inspectImport, type ImportDraft, type InspectOptions } from '@main/project/import';

/** A folder of the test file's own with a staging folder, gone afterwards; settings of this workstation are kept out of it. */
export function importFolder() {
  const root = mkdtempSync(join(tmpdir(), 'residua-import-'));
  process.env.RESIDUA_HOME = join(root, 'home');
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const path = (...parts: string[]): string => join(root, ...parts);
  return {
    path,
    write(name: string, data: string | Uint8Array): string {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), data);
      return path(name);
    },
    inspect: (paths: string | string[], more: Partial<InspectOptions> = {}): Promise<ImportDraft> =>
      inspectImport({ paths: [paths].flat(), stagingDir: path('staging'), ...more }),
    /** What drafts left behind. */
    left: (): string[] => {
      mkdirSync(path('staging'), { recursive: true });
      return readdirSync(path('staging'));
    },
  };
}

/** Goes on with what the review suggests. */
export const accept = (review: ImportReview, more: Partial<ImportDecisions> = {}): ImportDecisions => ({
  name: review.name,
  dir: null,
  policy: review.suggested.policy,
  positive: review.suggested.positive,
  kind: review.kind,
  flips: false,
  pairs: {},
  seed: 1,
  ...more,
});

/** Grey noise as a PNG; equal seeds, equal pixels. */
export function pngOf(seed: number, width = 40, height = 30): Promise<Buffer> {
  const data = Uint8Array.from(
    { length: width * height },
    (_, i) => (Math.imul(i + 1, 2654435761 + 40503 * seed) >>> 13) & 255,
  );
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}
