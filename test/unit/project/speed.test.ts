import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Project } from '@main/project';
import { READ, Workshop, projectOf, sampleOf } from './fixture';

const SIZE = 100_000;
let shop: Workshop;
let p: Project;

const quantile = (times: number[], q: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(q * (times.length - 1))]!;
const timed = (work: () => void): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};
const repeat = (times: number, work: (i: number) => void): number[] =>
  Array.from({ length: times }, (_, i) => timed(() => work(i)));
const say = (what: string, times: number[]): void =>
  console.log(`${what}: p50 ${quantile(times, 0.5).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(2)} ms`);

/** What was measured is printed. Bounds hold the fastest tenth, so that what else the machine does cannot fail them. */
describe(`a project of ${SIZE} samples`, () => {
  beforeAll(async () => {
    shop = new Workshop();
    const project = projectOf(Array.from({ length: SIZE }, (_, key) => sampleOf(key)));
    const start = performance.now();
    const dir = await shop.create(project);
    console.log(`created in ${(performance.now() - start).toFixed(0)} ms`);
    await shop.close(await shop.opened(dir));
    const opening = performance.now();
    p = await shop.opened(dir);
    console.log(`opened in ${(performance.now() - opening).toFixed(0)} ms`);
    p.setReader('Ana');
    const probabilities = Float32Array.from({ length: 2 * SIZE }, (_, i) => {
      const p0 = (((i >> 1) * 7919) % 1000) / 1000;
      return i % 2 === 0 ? p0 : 1 - p0;
    });
    say(
      'set all predictions',
      repeat(5, () =>
        p.setPredictions({
          run: null,
          head: 'probe',
          classes: [0, 1],
          probabilities,
          kind: new Uint8Array(SIZE).fill(1),
        }),
      ),
    );
  });
  afterAll(() => shop.clean());

  it('answers lists and counts in milliseconds', () => {
    const filters = [
      {},
      { classes: [1], splits: ['train' as const], agreement: ['disagrees' as const] },
      { text: '0123' },
      { labelProbability: [0.2, 0.6] as [number, number] },
    ];
    for (const filter of filters) {
      const list = repeat(20, () => p.index.list({ filter, sort: 'id' }));
      const sorted = repeat(20, () => p.index.list({ filter, sort: 'disagreement', descending: true }));
      const counts = repeat(20, () => p.index.facets(filter));
      const what = JSON.stringify(filter);
      say(`list ${what} by id`, list);
      say(`list ${what} by disagreement`, sorted);
      say(`facets ${what}`, counts);
      for (const times of [list, sorted, counts]) expect(quantile(times, 0.1)).toBeLessThan(30);
    }
    say(
      '1000 rows',
      repeat(20, (i) => p.index.rows(Array.from({ length: 1000 }, (_, k) => k + i))),
    );
  });

  it('commits a label durably within some milliseconds', () => {
    const file = openSync(join(p.dir, 'fsync.tmp'), 'w');
    const disk = repeat(200, () => {
      writeSync(file, Buffer.alloc(4096, 1), 0, 4096, 0);
      fdatasyncSync(file);
    });
    closeSync(file);
    say('fdatasync of 4 KiB on this disk', disk);
    const labels = repeat(1000, (i) => p.labels.set([(i * 7919) % SIZE], { class: i % 2 }, READ));
    say('label', labels);
    say(
      'undo',
      repeat(100, () => p.labels.undo()),
    );
    say(
      'changedSince',
      repeat(20, () => p.labels.changedSince(SIZE)),
    );
    // A disk that is slow for a plain write is slow for a label too.
    expect(quantile(labels, 0.1)).toBeLessThan(8 + 4 * quantile(disk, 0.5));
  });

  it('labels, undoes and replays a great many at once', () => {
    const keys = Array.from({ length: 20_000 }, (_, k) => k);
    say(
      'label 20,000',
      repeat(1, () => p.labels.set(keys, { class: 1 }, READ)),
    );
    say(
      'undo 20,000',
      repeat(1, () => p.labels.undo()),
    );
    say(
      'activity page',
      repeat(20, () => p.labels.activity({ before: null, limit: 200, withoutImported: true })),
    );
    say(
      'labels at an old position',
      repeat(3, () => p.labels.at(SIZE)),
    );
    expect(p.labels.at(SIZE).classes[1]).toBe(1);
  });
});
