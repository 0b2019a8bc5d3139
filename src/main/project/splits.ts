import type { Split, SplitVersion } from '@shared/domain';
import { splitPolicy } from '@shared/domain';
import type { Db } from './db/sqlite';
import { SPLIT_CODES, type NewSplitVersion, type NewSplits } from './types';

/** As stored: the split, 1 for a leak, the group's number. */
type Member = readonly [split: Split | null, leak: number, group: number];

/** The splits and groups of now, by key. They never change but by a new version. */
export class SplitTable {
  readonly splits: Uint8Array;
  readonly leaks: Uint8Array;
  readonly groups: Uint32Array;
  /** Members of each group, by group number. */
  readonly groupSizes: Uint32Array;
  readonly groupCount: number;

  constructor(
    readonly version: SplitVersion,
    members: readonly Member[],
  ) {
    this.splits = new Uint8Array(members.length);
    this.leaks = new Uint8Array(members.length);
    this.groups = new Uint32Array(members.length);
    let most = 0;
    members.forEach(([split, leak, group], key) => {
      this.splits[key] = SPLIT_CODES.indexOf(split);
      this.leaks[key] = leak;
      this.groups[key] = group;
      most = Math.max(most, group);
    });
    this.groupSizes = new Uint32Array(most + 1);
    for (const group of this.groups) this.groupSizes[group]!++;
    this.groupCount = this.groupSizes.reduce((count, size) => count + (size > 0 ? 1 : 0), 0);
  }

  static load(db: Db): SplitTable {
    const [version] = db.get<[number]>('SELECT max(version) FROM split_versions')!;
    const members: Member[] = [];
    for (const [splits, leaks, groups] of db.byKey<Member>(
      'split_members',
      ['split', 'leak', 'grp'],
      'version = ?',
      version,
    ))
      splits.forEach((split, i) => members.push([split, leaks[i]!, groups[i]!]));
    const ones = members.map(([split, leak]): Tally => [split, leak, 1]);
    return new SplitTable(loadVersion(db, version, ones), members);
  }
}

/** All versions with the number of their groups, the newest first. */
export function loadHistory(db: Db): (SplitVersion & { groups: number })[] {
  const groups = new Map(
    db.all<[number, number]>('SELECT version, count(DISTINCT grp) FROM split_members GROUP BY version'),
  );
  return db
    .all<[number]>('SELECT version FROM split_versions ORDER BY version DESC')
    .map(([version]) => ({ ...loadVersion(db, version, tallyOf(db, version)), groups: groups.get(version) ?? 0 }));
}

/** Members of a version by split and leak, and how many each. */
type Tally = readonly [split: Split | null, leak: number, size: number];

function tallyOf(db: Db, version: number): Tally[] {
  return db.all<[Split | null, number, number]>(
    'SELECT split, leak, count(*) FROM split_members WHERE version = ? GROUP BY split, leak',
    version,
  );
}

/** One version; counts are made from its members. */
function loadVersion(db: Db, version: number, tally: Iterable<Tally>): SplitVersion {
  type Row = [string, number, string, number, number, number, number, number];
  const [policy, seed, createdAt, patientsKnown, testLeaks, patientLeaks, nearLookedFor, stratified] = db.get<Row>(
    `SELECT policy, seed, created_at, patients_known, test_leaks, patient_leaks, near_looked_for, stratified
     FROM split_versions WHERE version = ?`,
    version,
  )!;
  const counts = { train: 0, val: 0, test: 0 };
  let leftOutAsLeak = 0;
  for (const [split, leak, size] of tally) {
    if (split) counts[split] += size;
    if (leak) leftOutAsLeak += size;
  }
  return {
    version,
    policy: splitPolicy.parse(policy),
    seed,
    createdAt,
    counts,
    leftOutAsLeak,
    patientsKnown: patientsKnown === 1,
    testLeaks,
    patientLeaks,
    nearLookedFor: nearLookedFor === 1,
    stratified: stratified === 1,
  };
}

/** Writes a version of the splits; call inside a transaction. A sample left out as a leak is in no split. */
export function insertSplits(
  db: Db,
  version: number,
  info: NewSplits,
  members: Iterable<{ split: Split | null; leak: boolean; group: number }>,
  joined: readonly (boolean | null)[],
): void {
  db.run(
    `INSERT INTO split_versions (version, policy, seed, created_at, patients_known, test_leaks, patient_leaks, near_looked_for, stratified)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    version,
    info.policy,
    info.seed,
    new Date().toISOString(),
    info.patientsKnown ? 1 : 0,
    info.testLeaks,
    info.patientLeaks,
    info.nearLookedFor ? 1 : 0,
    info.stratified ? 1 : 0,
  );
  let key = 0;
  for (const { split, leak, group } of members)
    db.run(
      'INSERT INTO split_members VALUES (?, ?, ?, ?, ?)',
      version,
      key++,
      leak ? null : split,
      leak ? 1 : 0,
      group,
    );
  joined.forEach((yes, pair) => {
    if (yes !== null) db.run('INSERT INTO pair_decisions VALUES (?, ?, ?)', version, pair, yes ? 1 : 0);
  });
}

export function* splitMembers(
  version: NewSplitVersion,
): Generator<{ split: Split | null; leak: boolean; group: number }> {
  for (let key = 0; key < version.groups.length; key++)
    yield { split: version.split[key] ?? null, leak: version.leak[key] ?? false, group: version.groups[key]! };
}
