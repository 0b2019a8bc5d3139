import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Split } from '@shared/domain';
import { countPatientLeaks, countTestLeaks } from '@main/project/import';
import { resplit } from '@main/api/resplit';
import { warningsOf } from '@main/insight/warnings';
import { Db } from '@main/project/db/sqlite';
import { MIGRATIONS } from '@main/project/db/migrations';
import { projectOf, sampleOf, Workshop } from '../project/fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

/** 70 equal samples, of which only pairs with the first are listed: one in train, the first and others in test. */
const splitOf = (i: number): Split => (i === 69 ? 'train' : 'test');

describe('test samples that leak', () => {
  it('are counted whole where many are equal, or nearly equal to one of many', () => {
    const firstEqual = Int32Array.from({ length: 71 }, (_, i) => (i < 70 ? 0 : 70));
    expect(countTestLeaks({ pairs: [], firstEqual }, 70, splitOf)).toBe(69);
    const near = [{ a: 0, b: 70, exact: false, likeness: 0.995 }];
    const split = (i: number): Split => (i === 70 ? 'val' : 'test');
    expect(countTestLeaks({ pairs: near, firstEqual }, 71, split)).toBe(70);
    expect(countTestLeaks({ pairs: near, firstEqual }, 71, () => 'test')).toBe(0);
  });

  it('are counted by patient too', () => {
    const patients = ['P', 'P', 'Q', null, null, 'R'];
    const splits: Split[] = ['train', 'test', 'test', 'train', 'test', 'val'];
    const count = (list: readonly Split[]): number =>
      countPatientLeaks(
        6,
        (i) => patients[i]!,
        (i) => list[i]!,
      );
    expect(count(splits)).toBe(1);
    expect(count(['test', 'test', 'test', 'test', 'test', 'val'])).toBe(0);
  });

  it('are both said of a version of the splits, drawn anew or of an older project', async () => {
    const samples = Array.from({ length: 70 }, (_, i) =>
      sampleOf(i, { contentHash: 'a'.repeat(64), officialSplit: splitOf(i), split: splitOf(i) }),
    );
    for (const i of [2, 3])
      samples.push(
        sampleOf(68 + i, { patient: 'P', officialSplit: i === 2 ? 'val' : 'test', split: i === 2 ? 'val' : 'test' }),
      );
    const made = projectOf(samples);
    let p = await shop.start({
      ...made,
      splits: { ...made.splits, patientsKnown: true, testLeaks: 69, patientLeaks: 1 },
    });
    expect(p.splits).toMatchObject({ testLeaks: 69, patientLeaks: 1 });
    expect(resplit(p, { policy: 'official', seed: 1, pairs: {} })).toMatchObject({ testLeaks: 69, patientLeaks: 1 });

    await shop.close(p);
    const db = Db.open(join(p.dir, 'project.db'));
    const before = MIGRATIONS.findIndex((step) => step.includes('patient_leaks'));
    const later = MIGRATIONS.slice(before).join('\n');
    for (const [, table, column] of later.matchAll(/ALTER TABLE (\w+) ADD COLUMN (\w+)/g))
      db.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`);
    for (const [, table] of [...later.matchAll(/CREATE TABLE (\w+)/g)].reverse()) db.exec(`DROP TABLE ${table}`);
    db.exec(`PRAGMA user_version = ${before}`);
    db.close();
    p = await shop.opened(p.dir);
    expect(p.splits).toMatchObject({ testLeaks: 69, patientLeaks: 1 });
  });

  it('stand beside every figure of test', () => {
    const input = { scope: 'test', classIds: [], leaking: { twins: 28, patients: 3 } };
    const scored = { labels: new Int32Array(100) };
    const keys = (changed: object): unknown => warningsOf({ ...input, ...changed } as never, scored as never);
    expect(keys({})).toEqual([
      { key: 'test-leaks', values: { samples: 28 } },
      { key: 'patient-leaks', values: { samples: 3 } },
    ]);
    expect(keys({ leaking: { twins: 0, patients: 0 } })).toEqual([]);
    expect(keys({ scope: 'oof' })).toEqual([{ key: 'training-variance', values: {} }]);
  });
});
