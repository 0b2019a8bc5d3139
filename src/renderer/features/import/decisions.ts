import type { DuplicatePair } from '@shared/domain';

/** Above this many members a cluster is "alike everywhere" and joined by a person alone (docs/science.md, section 2). */
export const LARGEST_CLUSTER = 4;

/** What a person decided, by index into the review's pairs; what is absent follows the rule. */
export type PairDecisions = Readonly<Record<string, boolean>>;

/** What happens to a pair: identical pixels always join; near ones by the person, else by the size of their cluster. */
export function isJoined(pair: DuplicatePair, decided: boolean | undefined): boolean {
  if (pair.exact) return true;
  return decided ?? pair.componentSize <= LARGEST_CLUSTER;
}

export interface PairCounts {
  readonly near: number;
  readonly joined: number;
  readonly apart: number;
  readonly decided: number;
  /** Pairs that cross splits or differ in label: those which are shown first. */
  readonly telling: number;
}

/** Counts over the near pairs of a review. */
export function countPairs(pairs: readonly DuplicatePair[], decisions: PairDecisions): PairCounts {
  let [near, joined, decided, telling] = [0, 0, 0, 0];
  pairs.forEach((pair, i) => {
    if (pair.acrossSplits || pair.differentLabels) telling += 1;
    if (pair.exact) return;
    near += 1;
    const decision = decisions[i];
    if (decision !== undefined) decided += 1;
    if (isJoined(pair, decision)) joined += 1;
  });
  return { near, joined, apart: near - joined, decided, telling };
}

/** Decides one pair; identical ones stay joined whatever is asked. */
export function decide(
  pairs: readonly DuplicatePair[],
  decisions: PairDecisions,
  index: number,
  joined: boolean,
): PairDecisions {
  const pair = pairs[index];
  return !pair || pair.exact ? decisions : { ...decisions, [index]: joined };
}

/** All near pairs are the same subject, also those in large clusters. */
export function joinAll(pairs: readonly DuplicatePair[]): PairDecisions {
  return Object.fromEntries(pairs.flatMap((pair, i) => (pair.exact ? [] : [[String(i), true]])));
}

/** The name of a file or folder without its way. */
export const baseName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;

/** Path of a project of this name in a folder, with that folder's own kind of separator. */
export function projectIn(dir: string, name: string): string {
  const safe = name.replace(/[^\p{L}\p{N} ._-]+/gu, '_').replace(/^[ .]+|[ .]+$/g, '') || 'project';
  const separator = dir.includes('\\') && !dir.includes('/') ? '\\' : '/';
  return `${dir.endsWith(separator) ? dir.slice(0, -1) : dir}${separator}${safe}.residua`;
}
