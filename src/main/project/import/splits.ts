import type { Split, SplitCounts, SplitPolicy } from '@shared/domain';
import { UserError } from '@shared/errors';
import { seeded, shuffle } from './random';

export interface SplitInput {
  readonly policy: SplitPolicy;
  /** Splits that the data brought, null where it brought none. */
  readonly official: readonly (Split | null)[] | null;
  /** Number of the group, by sample. */
  readonly group: ArrayLike<number>;
  /** Class by sample, null without label. */
  readonly classes: readonly (number | null)[];
  readonly seed: number;
}

export interface SplitAssignment {
  /** null: in no split; `leak` says where that is because of a shared group. */
  readonly splits: readonly (Split | null)[];
  /** True where a sample was left out because its group has a sample in a split that goes before. */
  readonly leak: readonly boolean[];
  readonly counts: SplitCounts;
  readonly leftOutAsLeak: number;
  /** False where it was drawn by group alone, because nothing was labelled. */
  readonly stratified: boolean;
}

/** Shares of a new split. Ties in filling go to the first. */
const SHARES: readonly (readonly [Split, number])[] = [
  ['train', 0.7],
  ['test', 0.2],
  ['val', 0.1],
];

/**
 * Assigns samples to splits (docs/science.md, section 2). `official` keeps what the data brought; `leak-free` keeps its test whole, then takes out of
 * train and validation what shares a group with test, then out of train what shares one with validation; `new` draws by group, stratified by
 * class, 70/10/20. Equal input gives equal splits.
 * @throws UserError `value-invalid` for `official` and `leak-free` where the data brings no splits
 */
export function assignSplits(input: SplitInput): SplitAssignment {
  const { policy, official, group } = input;
  if (policy === 'new') return { ...done(draw(input)), stratified: input.classes.some((c) => c !== null) };
  if (!official)
    throw new UserError('value-invalid', `the data brings no splits, so "${policy}" is impossible: choose "new"`);
  if (policy === 'official') return done([...official]);
  const { splits, leak } = keepApart(official, group);
  return done(splits, leak);
}

/**
 * Keeps test whole, takes out of train and validation what shares a group with test, then out of train what shares one with validation.
 * @param before splits by sample; null: in none
 */
export function keepApart(
  before: readonly (Split | null)[],
  group: ArrayLike<number>,
): { splits: (Split | null)[]; leak: boolean[] } {
  const groupsOf = (split: Split): Set<number> => new Set(splits.flatMap((s, i) => (s === split ? [group[i]!] : [])));
  const splits = [...before];
  const leak = splits.map(() => false);
  const takeOut = (from: Split, groups: Set<number>): void => {
    splits.forEach((s, i) => {
      if (s !== from || !groups.has(group[i]!)) return;
      splits[i] = null;
      leak[i] = true;
    });
  };
  const test = groupsOf('test');
  takeOut('val', test);
  takeOut('train', test);
  takeOut('train', groupsOf('val'));
  return { splits, leak };
}

const BINDING: readonly Split[] = ['test', 'val', 'train'];
/** Of several splits the one where a further member does least harm; null for a group that is in none. */
export const mostBinding = (splits: ReadonlySet<Split | null>): Split | null =>
  BINDING.find((split) => splits.has(split)) ?? null;

function done(splits: readonly (Split | null)[], leak = splits.map(() => false)): SplitAssignment {
  const counts = { train: 0, val: 0, test: 0 };
  for (const split of splits) if (split) counts[split]++;
  return { splits, leak, counts, leftOutAsLeak: leak.filter(Boolean).length, stratified: true };
}

function draw({ group, classes, seed }: SplitInput): Split[] {
  const members = membersByGroup(group, classes.length);
  const strata = new Map<number | null, number[]>();
  for (let g = 0; g < members.groups; g++) {
    if (members.size(g) === 0) continue;
    const own = members.of(g);
    const stratum = own.length === 1 ? classes[own[0]!]! : commonest(Array.from(own, (i) => classes[i]!));
    const list = strata.get(stratum);
    if (list) list.push(g);
    else strata.set(stratum, [g]);
  }
  const random = seeded(seed);
  const out = new Array<Split>(classes.length);
  const byClass = [...strata].sort(([a], [b]) => (a ?? -1) - (b ?? -1));
  for (const [, groups] of byClass) {
    shuffle(groups, random);
    // Large groups first (the sort is stable): what comes last is small and evens out the shares.
    groups.sort((a, b) => members.size(b) - members.size(a));
    const size = groups.reduce((sum, g) => sum + members.size(g), 0);
    const missing = SHARES.map(([, share]) => share * size);
    for (const g of groups) {
      // Sums of fractions differ in their last digits from what they stand for; a tie must stay a tie.
      const most = Math.max(...missing) - 1e-9 * size;
      const s = missing.findIndex((count) => count >= most);
      missing[s]! -= members.size(g);
      for (const i of members.of(g)) out[i] = SHARES[s]![0];
    }
  }
  return out;
}

/** Samples sorted by group, in two columns: a list a group would not fit for millions of them. */
function membersByGroup(
  group: ArrayLike<number>,
  count: number,
): { groups: number; size: (g: number) => number; of: (g: number) => Int32Array } {
  let groups = 0;
  for (let i = 0; i < count; i++) groups = Math.max(groups, group[i]! + 1);
  const end = new Int32Array(groups + 1);
  for (let i = 0; i < count; i++) end[group[i]! + 1]!++;
  for (let g = 0; g < groups; g++) end[g + 1]! += end[g]!;
  const start = end.slice();
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) order[start[group[i]!]!++] = i;
  return {
    groups,
    size: (g) => end[g + 1]! - end[g]!,
    of: (g) => order.subarray(end[g], end[g + 1]),
  };
}

/** The class that most members have; unlabelled ones do not vote. Ties go to the lower class. */
function commonest(classes: readonly (number | null)[]): number | null {
  const counts = new Map<number, number>();
  for (const c of classes) if (c !== null) counts.set(c, (counts.get(c) ?? 0) + 1);
  let best: number | null = null;
  for (const [c, count] of counts) {
    const most = best === null ? 0 : counts.get(best)!;
    if (count > most || (count === most && best !== null && c < best)) best = c;
  }
  return best;
}
