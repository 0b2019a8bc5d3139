import type { Split } from '@shared/domain';
import { seeded, shuffle } from '../random';
import { mostBinding } from '../splits';

export interface GrowingSplits {
  /** Samples before; their splits stay. */
  readonly before: { readonly splits: readonly (Split | null)[]; readonly leak: readonly boolean[] };
  /** Number of the group by key, new samples behind the old ones. */
  readonly group: ArrayLike<number>;
  /** Classes by key, null without a label. */
  readonly classes: readonly (number | null)[];
  /** Split that the data brings, by new sample; null: none. */
  readonly brought: readonly (Split | null)[];
  readonly seed: number;
}

export interface GrownSplits {
  readonly splits: readonly (Split | null)[];
  readonly leak: readonly boolean[];
  readonly how: { withGroup: number; brought: number; drawn: number; none: number };
}

const SHARES: readonly (readonly [Split, number])[] = [
  ['train', 0.7],
  ['test', 0.2],
  ['val', 0.1],
];

/**
 * Splits of a project that grew (docs/science.md, section 2): existing samples keep theirs, a new sample of a known group takes that group's (of a
 * group that was left out as a leak, none), others keep what the data brings, and the rest is drawn by group towards 70/10/20 of all, class
 * by class.
 */
export function growSplits({ before, group, classes, brought, seed }: GrowingSplits): GrownSplits {
  const old = before.splits.length;
  const splits: (Split | null)[] = [...before.splits];
  const leak = [...before.leak];
  const how = { withGroup: 0, brought: 0, drawn: 0, none: 0 };
  const known = new Map<number, Set<Split | null>>();
  for (let key = 0; key < old; key++) {
    const found = known.get(group[key]!);
    if (found) found.add(splits[key]!);
    else known.set(group[key]!, new Set([splits[key]!]));
  }
  const open = new Map<number, number[]>();
  /** What the data brings for one member counts for all of its group. */
  const said = new Map<number, Split>();
  brought.forEach((split, i) => {
    const key = old + i;
    const others = known.get(group[key]!);
    if (others) {
      // A group may lie in several splits already: official ones may leak.
      splits[key] = mostBinding(others);
      leak[key] = splits[key] === null;
      how[splits[key] === null ? 'none' : 'withGroup']++;
      return;
    }
    splits[key] = split;
    leak[key] = false;
    if (split !== null) {
      how.brought++;
      said.set(group[key]!, split);
    } else {
      const members = open.get(group[key]!);
      if (members) members.push(key);
      else open.set(group[key]!, [key]);
    }
  });
  for (const [g, members] of open) {
    const split = said.get(g);
    if (split === undefined) continue;
    for (const key of members) splits[key] = split;
    how.withGroup += members.length;
    open.delete(g);
  }
  const strata = new Map<number | null, number[][]>();
  for (const members of open.values()) {
    how.drawn += members.length;
    const stratum = commonest(members.map((key) => classes[key]!));
    const groups = strata.get(stratum);
    if (groups) groups.push(members);
    else strata.set(stratum, [members]);
  }
  const random = seeded(seed);
  for (const [stratum, groups] of [...strata].sort(([a], [b]) => (a ?? -1) - (b ?? -1))) {
    const have = { train: 0, val: 0, test: 0 };
    for (let key = 0; key < old; key++) {
      const split = splits[key];
      if (split && classes[key] === stratum) have[split]++;
    }
    const size = groups.reduce((sum, g) => sum + g.length, have.train + have.val + have.test);
    const missing = SHARES.map(([split, share]) => share * size - have[split]);
    shuffle(groups, random);
    groups.sort((a, b) => b.length - a.length);
    for (const members of groups) {
      // Sums of fractions differ in their last digits from what they stand for; a tie must stay a tie.
      const most = Math.max(...missing) - 1e-9 * size;
      const s = missing.findIndex((n) => n >= most);
      missing[s]! -= members.length;
      for (const key of members) splits[key] = SHARES[s]![0];
    }
  }
  return { splits, leak, how };
}

/** The class that most members have; unlabelled ones do not vote. Ties go to the lower class. */
function commonest(classes: readonly (number | null)[]): number | null {
  const counts = new Map<number, number>();
  for (const c of classes) if (c !== null) counts.set(c, (counts.get(c) ?? 0) + 1);
  let best: number | null = null;
  for (const [c, n] of counts) {
    const most = best === null ? 0 : counts.get(best)!;
    if (n > most || (n === most && best !== null && c < best)) best = c;
  }
  return best;
}
