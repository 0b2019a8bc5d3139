import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRun, resolveRecipe } from '@main/training';
import { importBreast, openServices, type Fixture } from './support';
import { sampleKeys } from '@shared/sampleKeys';

let opened: Fixture;
let run: string;
let folder: string;
beforeEach(async () => {
  opened = openServices();
  await importBreast(opened.client, join(opened.home, 'breast.residua'));
  await opened.client.project.setReader({ reader: 'Dr Test' });
});
afterEach(() => opened.close());

/** A run's folder as a training would have left it, with figures of test that nothing was logged of. */
async function finishedRun(): Promise<void> {
  const session = opened.services.session();
  const { project } = session;
  const { samples, journal, hash } = session.samples();
  ({ id: run, folder } = await createRun({
    projectDir: project.dir,
    runsDir: project.runsDir,
    recipe: resolveRecipe({}),
    name: '',
    note: '',
    samples,
    classes: session.classes(),
    input: project.input,
    flips: false,
    journal: { position: journal, hash },
    splitVersion: project.splits.version,
    schemeVersion: project.scheme.version,
  }));
  const state = { state: 'done', error: null, startedAt: null, seconds: 1, engine: 'onnx', device: '' };
  writeFileSync(join(folder, 'state.json'), JSON.stringify(state));
  const one = { auc: 0.8, acc: 0.8 };
  const probe = { oof: one, val: one, test: one };
  const scores = { scores: { probe, plain: null, chosen: null }, predictor: 'probe' };
  writeFileSync(join(folder, 'scores.json'), JSON.stringify(scores));
}
const summary = () => {
  const { runs } = opened.services.session();
  return runs.summary(runs.info(run));
};

describe('the scoring of the test split', () => {
  it('is logged before there is a figure, so that a crash leaves none that was not', async () => {
    await finishedRun();
    const { compute, project } = opened.services.session();
    const logged: number[] = [];
    vi.spyOn(compute, 'scoreRun').mockImplementation(() => {
      logged.push(project.scorings.count(run).times);
      return Promise.reject(new Error('crashed'));
    });
    await expect(opened.client.training.scoreTest({ run })).rejects.toThrow();
    expect(logged).toEqual([1]);
    expect(project.scorings.count(run).times).toBe(1);
  });

  it('is what test figures stand on: without an entry none is shown, and new splits void them', async () => {
    await finishedRun();
    const { project } = opened.services.session();
    expect(summary()).toMatchObject({ timesScored: 0, testVoided: false, scores: { probe: { test: null } } });
    project.scorings.log(run);
    expect(summary()).toMatchObject({
      timesScored: 1,
      testVoided: false,
      scores: { probe: { test: { auc: 0.8 } } },
    });
    await opened.client.project.resplit({ policy: 'new', seed: 2, pairs: {}, voidTestScores: true });
    expect(summary()).toMatchObject({
      timesScored: 0,
      testVoided: true,
      scores: { probe: { oof: { auc: 0.8 }, test: null } },
    });
  });

  it('holds back files with the pixels of test samples until the run has scored them, and then says what they are', async () => {
    await finishedRun();
    const { compute, project } = opened.services.session();
    const keyOf = async (split: 'train' | 'test'): Promise<number> =>
      (await sampleKeys(opened.client, { filter: { splits: [split] }, sort: 'id' }))[40]!;
    const hashes = {
      test: project.index.contentHash(await keyOf('test')),
      train: project.index.contentHash(await keyOf('train')),
    };
    const probabilities = Float32Array.from([0.3, 0.7]);
    vi.spyOn(compute, 'predictFiles').mockResolvedValue(
      Object.entries({ ...hashes, other: 'f'.repeat(64) }).map(([file, contentHash]) => ({
        file,
        contentHash,
        probabilities,
      })),
    );
    const asked = { run, head: null, files: ['test', 'train', 'other'] };
    const kinds = async (): Promise<unknown> => {
      const { predictions, withheld } = await opened.client.insight.predictions(asked);
      return [predictions.map(({ sample, kind, split }) => `${sample} ${kind} ${split}`), withheld];
    };
    const others = ['train seen-in-training null', 'other unseen null'];
    expect(await kinds()).toEqual([others, 1]);
    project.scorings.log(run);
    expect(await kinds()).toEqual([['test unseen test', ...others], 0]);
  });
});

it('a run’s recipe says what computed it, its table of samples why one was excluded', async () => {
  const { client } = opened;
  const keys = await sampleKeys(client, { filter: { splits: ['train'] }, sort: 'id' });
  const change = { state: 'excluded', reason: 'burned-in text' } as const;
  await client.labels.set({ keys: [keys[3]!], change, origin: 'read', context: null });
  await finishedRun();
  const { versions } = JSON.parse(readFileSync(join(folder, 'recipe.json'), 'utf8')) as { versions: object };
  expect(versions).toMatchObject({
    residua: expect.stringMatching(/^\d+\./),
    node: process.versions.node,
    'onnxruntime-node': '1.30.0',
    '@tensorflow/tfjs-core': '4.22.0',
  });
  expect(readFileSync(join(folder, 'samples.csv'), 'utf8')).toMatch(/^train_0003,.*,excluded: burned-in text,/m);
});

it('an AUC without an interval has none on screen, not one without width', async () => {
  const session = opened.services.session();
  const none = { value: 1, low: null, high: null, method: 'none' };
  vi.spyOn(session.statistics, 'run').mockResolvedValue(none as never);
  const answer = { probabilities: new Float32Array(1560).fill(0.5), kind: new Uint8Array(780).fill(1), seconds: 1 };
  session.predictions.probeAnswered(answer as never, 0, session.classes());
  await vi.waitFor(() => expect(session.predictions.info?.auc).toEqual({ value: 1, low: null, high: null }));
});
