import type { Split, SplitVersion } from '@shared/domain';
import { splitPolicy } from '@shared/domain';
import type { Db } from './db/sqlite';
import { SPLIT_CODES, type NewSplitVersion, type NewSplits } from './types';

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
    members: readonly { split: Split | null; leak: boolean; group: number }[],
  ) {
    this.splits = Uint8Array.from(members, (m) => SPLIT_CODES.indexOf(m.split));
    this.leaks = Uint8Array.from(members, (m) => (m.leak ? 1 : 0));
    this.groups = Uint32Array.from(members, (m) => m.group);
    this.groupSizes = new Uint32Array(this.groups.reduce((most, g) => Math.max(most, g), 0) + 1);
    for (const group of this.groups) this.groupSizes[group]!++;
    this.groupCount = this.groupSizes.reduce((count, size) => count + (size > 0 ? 1 : 0), 0);
  }

  static load(db: Db): SplitTable {
    type VersionRow = [number, string, number, string, number, number, number];
    const [version, policy, seed, createdAt, patientsKnown, testLeaks, nearLookedFor] = db.get<VersionRow>(
      `SELECT version, policy, seed, created_at, patients_known, test_leaks, near_looked_for
       FROM split_versions ORDER BY version DESC LIMIT 1`,
    )!;
    const members = db
      .allByKey<[Split | null, number, number]>('split_members', ['split', 'leak', 'grp'], 'version = ?', version)
      .map(([split, leak, group]) => ({ split, leak: leak === 1, group }));
    const count = (split: Split): number => members.filter((m) => m.split === split).length;
    const info: SplitVersion = {
      version,
      policy: splitPolicy.parse(policy),
      seed,
      createdAt,
      counts: { train: count('train'), val: count('val'), test: count('test') },
      leftOutAsLeak: members.filter((m) => m.leak).length,
      patientsKnown: patientsKnown === 1,
      testLeaks,
      nearLookedFor: nearLookedFor === 1,
    };
    return new SplitTable(info, members);
  }
}

/** Writes a version of the splits; call inside a transaction. A sample left out as a leak is in no split. */
export function insertSplits(
  db: Db,
  version: number,
  info: NewSplits,
  members: Iterable<{ split: Split | null; leak: boolean; group: number }>,
  joined: readonly boolean[],
): void {
  db.run(
    'INSERT INTO split_versions VALUES (?, ?, ?, ?, ?, ?, ?)',
    version,
    info.policy,
    info.seed,
    new Date().toISOString(),
    info.patientsKnown ? 1 : 0,
    info.testLeaks,
    info.nearLookedFor ? 1 : 0,
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
  joined.forEach((yes, pair) => db.run('INSERT INTO pair_decisions VALUES (?, ?, ?)', version, pair, yes ? 1 : 0));
}

export function* splitMembers(
  version: NewSplitVersion,
): Generator<{ split: Split | null; leak: boolean; group: number }> {
  for (let key = 0; key < version.groups.length; key++)
    yield { split: version.split[key] ?? null, leak: version.leak[key] ?? false, group: version.groups[key]! };
}
