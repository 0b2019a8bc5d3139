import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImportDecisions, LabelKind } from '@shared/domain';
import { Project } from '@main/project';
import { inspectImport } from '@main/project/import';
import { hasShared, sharedPath } from '../../shared-data';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'residua-import-'));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});
const set = (name: string): string => sharedPath('data', 'medmnist', `${name}.npz`);
const inspect = (name: string) => inspectImport({ paths: [set(name)], stagingDir: join(home, 'staging') });
const decide = (
  review: { name: string; kind: LabelKind; suggested: { positive: number | null } },
  more: Partial<ImportDecisions> = {},
): ImportDecisions => ({
  name: review.name,
  dir: null,
  policy: 'official',
  positive: review.suggested.positive,
  kind: review.kind,
  flips: false,
  pairs: {},
  seed: 1,
  ...more,
});

describe.skipIf(!hasShared)('what stands in the MedMNIST files', () => {
  it('finds in BreastMNIST what is there', async () => {
    const draft = await inspect('breastmnist');
    const review = draft.review();
    expect(review.samples).toBe(780);
    expect(review.classes.map((c) => [c.name, c.short, c.count])).toEqual([
      ['malignant', 'malignant', 210],
      ['normal, benign', 'benign', 570],
    ]);
    expect(review.suggested).toEqual({ policy: 'official', positive: 0 });
    expect(review.duplicates).toEqual({ exact: 1, near: 103, withDifferentLabels: 4, testLeaks: 28 });
    expect(review.splits.official).toEqual({ train: 546, val: 78, test: 156 });
    expect(review.splits['leak-free']).toEqual({ train: 492, val: 75, test: 156 });
    // The threshold can be moved, and back: nothing else changes.
    expect(review.likeness).toBe(0.99);
    await draft.lookAgain(0.98);
    const looser = draft.review();
    expect(looser.duplicates.near).toBeGreaterThan(103);
    expect(looser.pairs.filter((p) => p.likeness > 0.99)).toHaveLength(104);
    expect(looser).toMatchObject({ likeness: 0.98, samples: 780, classes: review.classes });
    await draft.lookAgain(0.99);
    expect(draft.review()).toEqual(review);
    const exact = review.pairs.find((p) => p.exact)!;
    expect([exact.a.split, exact.b.split].sort()).toEqual(['test', 'train']);
    expect(exact.differentLabels).toBe(true);
    const dir = join(home, 'breast.residua');
    const result = await draft.commit(decide(review, { policy: 'leak-free' }), { dir });
    expect(result.splits).toEqual({ train: 492, val: 75, test: 156 });
    expect(result.groups).toBe(687);
    expect(readdirSync(home).sort()).toEqual(['breast.residua', 'staging']);
    expect(readdirSync(join(home, 'staging'))).toEqual([]);
    const project = await Project.open(dir, { holder: 'cli' });
    try {
      expect(project.likeness).toBe(0.99);
      expect(project.index.size).toBe(780);
      expect(project.index.id(9)).toBe('train_0009');
      const frame = await project.pixels.frame(9);
      expect([frame.width, frame.height, frame.depth, frame.channels, frame.type]).toEqual([28, 28, 1, 1, 'uint8']);
    } finally {
      await project.close();
    }
  });

  it('finds in PneumoniaMNIST what is there', async () => {
    const draft = await inspect('pneumoniamnist');
    const review = draft.review();
    expect(review.duplicates).toEqual({ exact: 31, near: 0, withDifferentLabels: 0, testLeaks: 0 });
    expect(review.pairs.filter((p) => p.acrossSplits).length).toBe(10);
    expect(review.splits['leak-free']).toEqual({ train: 4698, val: 524, test: 624 });
    expect(review.classes.map((c) => c.name)).toEqual(['normal', 'pneumonia']);
    expect(review.suggested.positive).toBe(1);
    await draft.discard();
  });

  it('finds in RetinaMNIST what is there', async () => {
    const draft = await inspect('retinamnist');
    const review = draft.review();
    expect(review.duplicates).toMatchObject({ exact: 0, near: 28, testLeaks: 0 });
    expect(review.kind).toBe('ordered');
    expect(review.suggested.positive).toBeNull();
    const [frame] = await draft.thumbs([5]);
    expect(frame).toMatchObject({ key: 5, width: 28, height: 28, channels: 3, type: 'uint8', low: 0, high: 255 });
    await draft.discard();
    expect(existsSync(join(home, 'staging', `import-${review.importId}`))).toBe(false);
  });

  it('reads volumes', async () => {
    const draft = await inspect('adrenalmnist3d');
    const review = draft.review();
    expect(review).toMatchObject({ samples: 1584, dimensions: '3d', duplicates: { exact: 0, near: 0 } });
    const dir = join(home, 'adrenal.residua');
    await draft.commit(decide(review), { dir });
    const project = await Project.open(dir, { holder: 'cli' });
    try {
      const frame = await project.pixels.frame(1583);
      expect([frame.width, frame.height, frame.depth]).toEqual([28, 28, 28]);
      const thumb = await project.pixels.thumb(1583);
      expect([thumb.width, thumb.height, thumb.depth]).toEqual([28, 28, 1]);
    } finally {
      await project.close();
    }
  });
});
