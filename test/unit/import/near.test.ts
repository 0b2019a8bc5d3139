import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDuplicates, joinGroups } from '@main/project/import';
import { findNear, unitRest } from '@main/project/import/near';
import { LISTED_GROUP } from '@main/project/import/duplicates';
import { countDuplicates, countTestLeaks, describePairs, isJoined, type Sides } from '@main/project/import/judge';
import { leadingDirections } from '@main/project/import/principal';
import { seeded } from '@main/project/import/random';
import { bytes } from '../formats/npyFile';
import { importFolder } from './setup';

const folder = importFolder();
const DIMS = 64;

/** Pictures in clusters: copies, near copies with growing noise, strangers, a flat one, the mean itself. */
function pictures(count: number, seed: number, noise: number): Float32Array {
  const random = seeded(seed);
  const out = new Float32Array(count * DIMS);
  for (let i = 0; i < count; i++) {
    const like = i > 0 && random() < 0.5 ? Math.floor(random() * i) : -1;
    for (let d = 0; d < DIMS; d++)
      out[i * DIMS + d] =
        like < 0 ? Math.floor(random() * 256) : out[like * DIMS + d]! + (random() - 0.5) * noise * random();
  }
  return out;
}

function meanOf(all: Float32Array): Float64Array {
  const mean = new Float64Array(DIMS);
  all.forEach((v, i) => (mean[i % DIMS]! += v / (all.length / DIMS)));
  return mean;
}

/** Every pair, computed in full. */
function bruteForce(all: Float32Array, mean: Float64Array, threshold: number): string[] {
  const count = all.length / DIMS;
  const units = Array.from({ length: count }, (_, i) => {
    const unit = new Float64Array(DIMS);
    unitRest(all.subarray(i * DIMS, (i + 1) * DIMS), mean, unit);
    return unit;
  });
  const found: string[] = [];
  for (let a = 0; a < count; a++)
    for (let b = a + 1; b < count; b++) {
      const likeness = units[a]!.reduce((sum, v, d) => sum + v * units[b]![d]!, 0);
      if (likeness > threshold) found.push(`${a}-${b}`);
    }
  return found;
}

describe('near-duplicates', () => {
  it('are exactly those that a search through all pairs finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 90 }),
        fc.integer(),
        fc.constantFrom(1, 20, 60, 200),
        fc.constantFrom(0.9, 0.99, 0.999),
        async (count, seed, noise, threshold) => {
          const all = pictures(count, seed, noise);
          const mean = meanOf(all);
          const file = folder.write('looks.bin', bytes(all));
          const rows = Int32Array.from({ length: count }, (_, i) => i);
          const found = await findNear({ file, dims: DIMS, rows, mean, threshold });
          expect(found!.map(({ a, b }) => `${a}-${b}`)).toEqual(bruteForce(all, mean, threshold));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('are found in every place of a panel, and across many panels', async () => {
    const count = 700;
    const all = pictures(count, 3, 0);
    const random = seeded(9);
    for (let i = 0; i < all.length; i++) all[i] = Math.floor(random() * 256);
    const planted: string[] = [];
    for (const [a, b] of [
      [0, 1],
      [2, 3],
      [4, 699],
      [8, 15],
      [9, 14],
      [100, 107],
      [101, 396],
      [398, 697],
    ] as const) {
      for (let d = 0; d < DIMS; d++) all[b * DIMS + d] = all[a * DIMS + d]! + (d % 5 === 0 ? 1 : 0);
      planted.push(`${a}-${b}`);
    }
    const file = folder.write('panels.bin', bytes(all));
    const found = await findNear({
      file,
      dims: DIMS,
      rows: Int32Array.from({ length: count }, (_, i) => i),
      mean: meanOf(all),
      threshold: 0.99,
    });
    expect(found!.map(({ a, b }) => `${a}-${b}`).sort()).toEqual(planted.sort());
  });

  it('a data set that is alike everywhere ends the search and says so', async () => {
    const count = 4000;
    const all = new Float32Array(count * DIMS);
    const random = seeded(1);
    // One strong pattern, present or not: half of all pairs are alike.
    for (let i = 0; i < count; i++)
      for (let d = 0; d < DIMS; d++) all[i * DIMS + d] = (i % 2) * ((d * 37) % 101) + random() * 0.01;
    const hashes = new Uint8Array(count * 32).map(() => Math.floor(random() * 256));
    writeFileSync(folder.path('alike.bin'), bytes(all));
    const found = await findDuplicates({
      hashes,
      looks: { file: folder.path('alike.bin'), dims: DIMS, mean: meanOf(all) },
    });
    expect(found.nearLookedFor).toBe(false);
    expect(found.pairs).toEqual([]);
  });

  it('stops when told', async () => {
    const all = pictures(2000, 1, 5);
    const file = folder.write('stop.bin', bytes(all));
    const abort = new AbortController();
    const search = findNear({
      file,
      dims: DIMS,
      rows: Int32Array.from({ length: 2000 }, (_, i) => i),
      mean: meanOf(all),
      threshold: 0.99,
      signal: abort.signal,
    });
    abort.abort(new Error('enough'));
    await expect(search).rejects.toThrow('enough');
  });

  it('a basis is orthonormal or zero', async () => {
    const random = seeded(4);
    const rows = Array.from({ length: 20 }, () => Float64Array.from({ length: DIMS }, () => random() - 0.5));
    const count = 31;
    const basis = await leadingDirections(rows, DIMS, count);
    for (let a = 0; a < count; a++)
      for (let b = a; b < count; b++) {
        let dot = 0;
        for (let d = 0; d < DIMS; d++) dot += basis[d * count + a]! * basis[d * count + b]!;
        if (a === b && dot !== 0) expect(dot).toBeCloseTo(1, 10);
        else expect(dot).toBeCloseTo(0, 10);
      }
  });
});

describe('exact duplicates', () => {
  const contents = (list: readonly number[]): Uint8Array => {
    const hashes = new Uint8Array(list.length * 32);
    list.forEach((content, i) => {
      const random = seeded(content);
      for (let b = 0; b < 32; b++) hashes[32 * i + b] = Math.floor(random() * 256);
    });
    return hashes;
  };

  it('are all pairs with equal content', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 60 }), async (list) => {
        const { pairs, firstEqual, nearLookedFor } = await findDuplicates({ hashes: contents(list), looks: null });
        const expected: string[] = [];
        for (let a = 0; a < list.length; a++)
          for (let b = a + 1; b < list.length; b++) if (list[a] === list[b]) expected.push(`${a}-${b}`);
        expect(pairs.map((p) => `${p.a}-${p.b}`)).toEqual(expected);
        expect([...firstEqual]).toEqual(list.map((c) => list.indexOf(c)));
        expect(nearLookedFor).toBe(false);
      }),
    );
  });

  it('in large groups are counted in full, listed in short, and joined', async () => {
    const count = LISTED_GROUP + 36;
    const samples: Sides = {
      count,
      id: String,
      split: (i) => (i === 0 ? 'train' : 'test'),
      class: (i) => (i < 10 ? 0 : i < 20 ? null : 1),
      answers: () => null,
    };
    const found = await findDuplicates({ hashes: contents(new Array<number>(count).fill(1)), looks: null });
    expect(found.pairs.length).toBe(count - 1);
    expect(countDuplicates(found, samples)).toEqual({
      exact: (count * (count - 1)) / 2,
      near: 0,
      withDifferentLabels: 10 * 80,
      testLeaks: count - 1,
    });
    expect(
      joinGroups(
        new Array<null>(count).fill(null),
        found.pairs.map((p) => [p.a, p.b] as const),
      ).groups,
    ).toBe(1);
  });
});

describe('judging pairs', () => {
  const none = { firstEqual: Int32Array.of(0, 1, 2, 3, 4, 5), nearLookedFor: true };
  const near = (a: number, b: number, likeness: number) => ({ a, b, exact: false, likeness });
  const samples: Sides = {
    count: 6,
    id: (i) => `s${i}`,
    split: (i) => (['train', 'train', 'val', 'test', 'test', null] as const)[i]!,
    class: (i) => [0, 0, 0, 1, 1, null][i]!,
    answers: () => null,
  };
  const duplicates = {
    ...none,
    pairs: [near(0, 1, 0.999), near(0, 2, 0.991), near(1, 3, 0.992), near(3, 4, 0.995), near(4, 5, 0.998)],
    component: new Int32Array(6),
    componentSizes: Int32Array.of(6),
  };

  it('puts different labels first, then crossed splits, then the most alike', () => {
    expect(describePairs(duplicates, samples).map((p) => `${p.a.id}${p.b.id}`)).toEqual([
      's1s3',
      's0s2',
      's0s1',
      's4s5',
      's3s4',
    ]);
    expect(countDuplicates(duplicates, samples)).toEqual({ exact: 0, near: 5, withDifferentLabels: 1, testLeaks: 1 });
    expect(countTestLeaks(duplicates, 6, () => 'test')).toBe(0);
  });

  it('joins exact pairs always, near ones by decision or in small components', () => {
    const [pair] = describePairs(duplicates, samples);
    expect([
      isJoined(pair!, undefined),
      isJoined(pair!, true),
      isJoined({ ...pair!, componentSize: 4 }, undefined),
    ]).toEqual([false, true, true]);
    expect([isJoined({ ...pair!, componentSize: 4 }, false), isJoined({ ...pair!, exact: true }, false)]).toEqual([
      false,
      true,
    ]);
  });
});
