import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readArray } from '@main/formats';
import { resourcePath } from '@main/project';
import type { AppEvent } from '@shared/domain';
import { builtCompute } from './builtCompute';
import { decisions, openServices, type Fixture } from './support';
import { sampleKeys } from '@shared/sampleKeys';

/** Writes C-ordered values as `.npy`, version 1.0. */
function writeNpy(file: string, shape: readonly number[], data: Uint8Array): void {
  const dict = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const padded = `${dict}${' '.repeat(63 - ((10 + dict.length) % 64))}\n`;
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(padded.length, 8);
  writeFileSync(file, Buffer.concat([head, Buffer.from(padded, 'latin1'), data]));
}

const COUNT = 120;

describe('the loop on a small data set', () => {
  let opened: Fixture;
  let compute: Awaited<ReturnType<typeof builtCompute>>;
  const events: AppEvent[] = [];
  const seen = <T extends AppEvent['type']>(type: T): Extract<AppEvent, { type: T }>[] =>
    events.filter((event): event is Extract<AppEvent, { type: T }> => event.type === type);
  const wait = (what: () => void, timeout = 120_000): Promise<void> => vi.waitFor(what, { timeout, interval: 50 });

  beforeAll(async () => {
    compute = await builtCompute();
    opened = openServices({ shell: 'browser', spawner: compute.spawner });
    opened.services.events.listen((event) => events.push(event));
    const file = resourcePath('samples', 'breastmnist.npz');
    const images = await readArray(file, 'train_images');
    const labels = await readArray(file, 'train_labels');
    writeNpy(
      join(opened.home, 'images.npy'),
      [COUNT, 28, 28],
      Uint8Array.from(images.data.slice(0, COUNT * 784), Number),
    );
    writeNpy(join(opened.home, 'labels.npy'), [COUNT], Uint8Array.from(labels.data.slice(0, COUNT), Number));
    const paths = ['images.npy', 'labels.npy'].map((name) => join(opened.home, name));
    const { importId } = await opened.client.imports.inspect({ paths });
    await opened.client.imports.review({ importId });
    await opened.client.imports.commit({
      importId,
      decisions: decisions(join(opened.home, 'small.residua'), { policy: 'new', positive: 1 }),
    });
    await opened.client.project.setReader({ reader: 'Dr A' });
  }, 240_000);
  afterAll(async () => {
    await opened.close();
    compute.remove();
  });

  it('fits the probe by itself, and shows its predictions out of fold, none on test', async () => {
    await wait(() => expect(seen('probe').at(-1)?.status.state).toBe('ready'));
    await wait(() => expect(seen('predictor').at(-1)?.predictor?.auc).toBeTruthy());
    const { predictor } = (await opened.client.project.info({}))!;
    expect(predictor).toMatchObject({ run: null, head: 'probe', chosenByPerson: false });
    expect(predictor!.auc!.low).toBeLessThanOrEqual(predictor!.auc!.value);
    const keys = await sampleKeys(opened.client, { filter: {}, sort: 'id' });
    const rows = await opened.client.samples.rows({ keys });
    for (const row of rows)
      expect(row.prediction?.kind ?? null, row.id).toBe(row.split === 'test' || row.leak ? null : 'out-of-fold');
    const page = await opened.client.samples.detail({ key: keys[0]! });
    expect(page.neighbours.length).toBeGreaterThan(3);
    expect(page.neighbours.map(({ key }) => key)).not.toContain(keys[0]);
  });

  it('lists what the model disputes, and follows accepted suggestions', async () => {
    const { client } = opened;
    const { keys } = await client.insight.suspects({});
    const facets = await client.samples.facets({ filter: {} });
    expect(keys).toHaveLength(facets.agreement.find(({ value }) => value === 'disagrees')!.count);
    expect(keys.length).toBeGreaterThan(2);
    const [first] = await client.samples.rows({ keys: keys.slice(0, 1) });
    const before = seen('predictions').length;
    const started = performance.now();
    await client.labels.accept({ keys: [first!.key], context: null });
    await wait(() => expect(seen('predictions').length).toBeGreaterThan(before));
    console.info(`label to new predictions, ${COUNT} samples: ${(performance.now() - started).toFixed(0)} ms`);
    const [after] = await client.samples.rows({ keys: [first!.key] });
    expect(after).toMatchObject({ class: first!.prediction!.class, state: 'checked' });
    expect((await client.labels.activity({ before: null, limit: 1 })).events[0]!.origin).toBe('suggestion');
    expect((await client.insight.suspects({})).keys).not.toContain(first!.key);
    await client.labels.undo({});
  });

  it('counts in the confusion matrix what its cells open', async () => {
    const { client } = opened;
    const asked = { run: null, head: 'probe', scope: 'oof' } as const;
    const figures = await client.insight.figures(asked);
    expect(figures.confusion.flat().reduce((a, b) => a + b)).toBe(figures.samples);
    for (const [label, counts] of figures.confusion.entries())
      for (const [predicted, count] of counts.entries())
        expect((await client.insight.cell({ ...asked, label, predicted })).keys).toHaveLength(count);
    await expect(client.insight.figures({ ...asked, scope: 'test' })).rejects.toMatchObject({
      code: 'test-not-scored',
    });
  });

  it('trains in one folder, and counts labels changed since', async () => {
    const { client } = opened;
    expect(await client.training.estimate({ mode: 'outer', core: 'linear' })).toMatchObject({
      refused: expect.stringContaining('linear'),
    });
    await expect(client.training.start({ mode: 'outer', core: 'linear' })).rejects.toMatchObject({
      code: 'run-refused',
    });
    const { id, state } = await client.training.start({ epochs: 1, folds: 2, name: 'First', note: 'n' });
    expect(['queued', 'running']).toContain(state);
    await wait(() => expect(seen('runs').at(-1)?.runs[0]?.state).toBe('done'), 240_000);
    const detail = await client.training.run({ run: id });
    expect(detail.summary).toMatchObject({ number: 1, name: 'First', note: 'n', timesScored: 0, epochsDone: 1 });
    expect(detail.summary.scores.chosen!.oof!.auc).toBeGreaterThan(0);
    expect(detail.summary.scores.chosen!.test).toBeNull();
    expect(readdirSync(join(opened.home, 'small.residua', 'runs'))).toEqual([id]);
    expect(seen('run').map(({ progress }) => progress.stage)).toEqual(
      expect.arrayContaining(['plain', 'chosen', 'folds']),
    );

    expect(await client.project.info({})).toMatchObject({ changedSinceRun: 0 });
    const keys = await sampleKeys(client, { filter: { splits: ['train'], classes: [0] }, sort: 'id' });
    await client.labels.set({ keys: keys.slice(0, 2), change: { class: 1 }, origin: 'bulk', context: null });
    await wait(() => expect(seen('labels').at(-1)).toMatchObject({ changedSinceRun: 2 }));
    await client.labels.undo({});
    expect((await client.training.estimate({})).seconds).toBeGreaterThan(0);
  });

  it('lets the person choose what predicts', async () => {
    const { client } = opened;
    const { id } = (await client.training.runs({}))[0]!;
    expect(await client.training.choosePredictor({ choice: { run: id, head: 'chosen' } })).toMatchObject({
      run: id,
      head: 'chosen',
      chosenByPerson: true,
    });
    expect((await client.training.runs({}))[0]!.predicting).toBe(true);
    const keys = await sampleKeys(client, { filter: { splits: ['train'] }, sort: 'id' });
    const [row] = await client.samples.rows({ keys: keys.slice(0, 1) });
    const list = await client.insight.predictions({ run: id, head: 'chosen' });
    const listed = list.predictions.find(({ sample }) => sample === row!.id)!;
    expect(Object.values(listed.probabilities)).toEqual(row!.prediction!.probabilities);
    expect(list.withheld).toBe((await client.project.info({}))!.splits.counts.test);
    await expect(client.training.choosePredictor({ choice: { run: 'none', head: 'chosen' } })).rejects.toMatchObject({
      code: 'run-missing',
    });
    await client.training.choosePredictor({ choice: null });
  });

  it('scores test on purpose, logs it, and then holds its labels still', async () => {
    const { client } = opened;
    const { id } = (await client.training.runs({}))[0]!;
    const scored = await client.training.scoreTest({ run: id });
    expect(scored.timesScored).toBe(1);
    expect(scored.scores.plain!.test!.acc).toBeGreaterThan(0);
    const info = (await client.project.info({}))!;
    expect(info.testScored).toEqual({ times: 1, runs: 1 });
    const figures = await client.insight.figures({ run: id, head: 'plain', scope: 'test' });
    expect(figures).toMatchObject({ samples: info.splits.counts.test, timesScored: 1 });
    expect((await client.insight.predictions({ run: id, head: 'plain' })).withheld).toBe(0);
    const keys = await sampleKeys(client, { filter: { splits: ['test'] }, sort: 'id' });
    await expect(
      client.labels.set({ keys: [keys[0]!], change: { class: 0 }, origin: 'read', context: null }),
    ).rejects.toThrow();
    const next = { policy: 'new' as const, seed: 2, pairs: {} };
    await expect(client.project.resplit(next)).rejects.toMatchObject({ code: 'test-scored' });
    expect((await client.project.previewSplits(next)).voids).toEqual({ times: 1, runs: 1 });
  });

  it('is paused and goes on, and comes back after a restart', async () => {
    const { client } = opened;
    await client.training.pauseProbe({ paused: true });
    await wait(() => expect(seen('probe').at(-1)?.status.state).toBe('paused'));
    await client.training.pauseProbe({ paused: false });
    const dir = join(opened.home, 'small.residua');
    await client.project.close({});
    const before = seen('predictions').length;
    await client.project.open({ dir });
    await wait(() => expect(seen('predictions').slice(before).at(-1)?.predictor).toBeTruthy());
    expect(await client.training.runs({})).toHaveLength(1);
  });
});
