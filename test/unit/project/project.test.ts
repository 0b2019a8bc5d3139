import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectInfo } from '@shared/domain';
import type { StoredPair } from '@main/project';
import { READ, Workshop, projectOf, sampleOf } from './fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

const pair = (a: number, b: number, exact: boolean, joined: boolean): StoredPair => ({
  a: { index: a, id: `sample_0000${a}`, split: 'train', class: 0, answers: null },
  b: { index: b, id: `sample_0000${b}`, split: 'test', class: 1, answers: null },
  exact,
  likeness: exact ? 1 : 0.995,
  differentLabels: true,
  acrossSplits: true,
  component: 0,
  componentSize: 2,
  joined,
});

describe('a project', () => {
  it('says of itself what the contract asks for, and keeps what was set', async () => {
    let p = await shop.start(10);
    const known = projectInfo.omit({ changedSinceRun: true, predictor: true, probe: true, nearSearch: true });
    expect(known.parse(p.base())).toMatchObject({
      name: 'Test',
      samples: 10,
      dimensions: '2d',
      groups: 10,
      validationUnreliable: true,
      rule: { kind: 'threshold', value: 0.5 },
      splits: { version: 1, policy: 'official', counts: { train: 6, val: 2, test: 2 }, leftOutAsLeak: 0 },
      testScored: { times: 0, runs: 0 },
      input: { imageSize: 14 },
    });
    p.rename('  Other ');
    p.setRule({ kind: 'argmax' });
    p.choosePredictor({ run: 'r', head: 'plain' });
    expect(() => p.setReader(' ')).toThrow('needs a name');
    p = await shop.again(p);
    expect([p.name, p.reader, p.rule, p.predictorChoice]).toEqual([
      'Other',
      'Ana',
      { kind: 'argmax' },
      { run: 'r', head: 'plain' },
    ]);
    await p.close();
    await p.close();
  });

  it('is unreliable in validation until every class has 20 groups there', async () => {
    const many = (count: number): Promise<{ base(): { validationUnreliable: boolean } }> =>
      shop.start(projectOf(Array.from({ length: count }, (_, key) => sampleOf(key, { split: 'val' }))));
    expect((await many(39)).base().validationUnreliable).toBe(true);
    expect((await many(40)).base().validationUnreliable).toBe(false);
  });

  it('numbers runs, and keeps names, notes and scorings', async () => {
    let p = await shop.start(5);
    expect(p.runs.add('a', null, '')).toEqual({ run: 'a', number: 1, name: 'Run 1', note: '' });
    expect(p.runs.add('b', 'Second', 'n').number).toBe(2);
    p.runs.annotate('a', 'First', 'why');
    expect(() => p.runs.annotate('c', 'x', 'y')).toThrow('no run "c"');
    p.scorings.log('a');
    p.scorings.log('a');
    p.scorings.log('b');
    p = await shop.again(p);
    expect(p.runs.all().map((r) => [r.number, r.name, r.note])).toEqual([
      [1, 'First', 'why'],
      [2, 'Second', 'n'],
    ]);
    expect([p.scorings.count(), p.scorings.count('a')]).toEqual([
      { times: 3, runs: 2 },
      { times: 2, runs: 1 },
    ]);
    expect(p.scorings.all()[0]).toMatchObject({ run: 'a', reader: 'Ana', splitVersion: 1, journal: 5 });
  });
});

describe('splits', () => {
  const six = projectOf(
    Array.from({ length: 6 }, (_, key) => sampleOf(key, key === 5 ? { leak: true, split: 'train', group: 0 } : {})),
    { pairs: [pair(0, 5, true, true), pair(1, 4, false, false), pair(0, 2, false, true)] },
  );

  it('leave leaks in no split but visible, and show twins with their own labels', async () => {
    const p = await shop.start(six);
    expect(p.index.rows([5])[0]).toMatchObject({ split: null, leak: true, group: 0, groupSize: 2 });
    expect(p.splits).toMatchObject({ counts: { train: 3, val: 1, test: 1 }, leftOutAsLeak: 1 });
    p.labels.set([5], { class: 0 }, READ);
    expect(p.duplicates.twins(0)).toEqual([
      { key: 5, id: 'sample_00005', exact: true, class: 0, answers: null, split: null },
      { key: 2, id: 'sample_00002', exact: false, class: 0, answers: null, split: 'train' },
    ]);
    expect(p.duplicates.twins(3)).toEqual([]);
    expect(() => p.duplicates.twins(9)).toThrow('no sample number 9');
    expect(p.duplicates.page(1, 1)).toMatchObject({ total: 3, pairs: [{ joined: false, b: { index: 4 } }] });
  });

  it('change only as a new version, which takes predictions away, and after the test was scored only with its scores voided', async () => {
    let p = await shop.start(six);
    const material = p.splitVersions.material();
    expect([material.classes[5], material.officialSplits[4], material.pairs.length]).toEqual([1, 'test', 3]);
    p.setPredictions({
      run: null,
      head: 'probe',
      classes: [0, 1],
      probabilities: new Float32Array(12).fill(0.5),
      kind: new Uint8Array(6).fill(1),
    });
    const next = {
      policy: 'new' as const,
      seed: 7,
      patientsKnown: false,
      testLeaks: 0,
      patientLeaks: 0,
      nearLookedFor: true,
      stratified: true,
      groups: Uint32Array.of(0, 1, 0, 2, 1, 0),
      split: ['train', 'test', 'train', 'val', 'test', 'train'] as const,
      leak: Array(6).fill(false) as boolean[],
      joined: [true, true, true],
    };
    p.resplit(next);
    expect(p.index.predictions).toBeNull();
    p = await shop.again(p);
    expect(p.splits).toMatchObject({ version: 2, policy: 'new', seed: 7, counts: { train: 3, val: 1, test: 2 } });
    expect(p.index.rows([4])[0]).toMatchObject({ split: 'test', groupSize: 2 });
    expect(p.duplicates.page(0, 9).pairs.map((x) => x.joined)).toEqual([true, true, true]);
    p.scorings.log('r');
    expect(() => p.resplit(next)).toThrow('the test split was scored 1 times');
    p.resplit(next, true);
    expect(p.scorings.count()).toEqual({ times: 0, runs: 0 });
    const { versions, official } = p.splitVersions.history();
    expect(versions.map((v) => [v.version, v.policy, v.groups, v.scored.times])).toEqual([
      [3, 'new', 3, 0],
      [2, 'new', 3, 1],
      [1, 'official', 5, 0],
    ]);
    expect(official).toEqual({ train: 4, val: 1, test: 1 });
  });

  it('stay as they are when more pairs are found later; what leaks is known then', async () => {
    let p = await shop.start(projectOf(six.samples, { ...six, splits: { ...six.splits, nearLookedFor: false } }));
    const [before, groups] = [p.splits, [...p.index.groups]];
    const side = (index: number) => ({ index, id: p.index.id(index), split: null, class: null, answers: null });
    const pair = { exact: false, likeness: 0.995, differentLabels: false, acrossSplits: false };
    const counts = { exact: 0, near: 4, withDifferentLabels: 0, testLeaks: 2 };
    p.duplicates.keep({
      near: [{ a: side(2), b: side(4), ...pair, component: 1, componentSize: 3 }],
      counts,
      component: Int32Array.of(0, 0, 1, 2, 1, 1),
      componentSizes: Int32Array.of(2, 3, 1),
      leaks: (split) => [0, 1, 2, 3, 4, 5].filter((key) => split(key) === 'test').length,
    });
    p = await shop.again(p);
    expect(p.splits).toEqual({ ...before, nearLookedFor: true, testLeaks: before.counts.test });
    expect([...p.index.groups]).toEqual(groups);
    expect(p.base()).toMatchObject({ duplicates: counts, pairsUndecided: 1 });
    const { pairs, total } = p.duplicates.page(0, 9);
    expect(total).toBe(4);
    expect(pairs[3]).toMatchObject({ joined: null, a: { split: p.index.rows([2])[0]!.split, class: 0 } });
    expect(pairs[0]!.componentSize).toBe(p.duplicates.page(0, 1).pairs[0]!.componentSize);
    expect(p.duplicates.twins(2).map((twin) => twin.key)).toContain(4);
  });
});
