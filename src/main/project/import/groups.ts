import { UnionFind } from './unionFind';

/**
 * Groups that may not straddle a split: the patient where known, else the sample itself, joined with its duplicates (docs/science.md, section 2).
 * @param patients by sample; null where unknown
 * @param joined pairs of samples that belong together
 * @returns by sample the number of its group, 0 … groups−1 in order of first appearance
 */
export function joinGroups(
  patients: readonly (string | null)[],
  joined: Iterable<readonly [number, number]>,
): { group: Int32Array; groups: number } {
  const sets = new UnionFind(patients.length);
  const first = new Map<string, number>();
  patients.forEach((patient, i) => {
    if (patient === null) return;
    const before = first.get(patient);
    if (before === undefined) first.set(patient, i);
    else sets.join(before, i);
  });
  for (const [a, b] of joined) sets.join(a, b);
  return sets.labels();
}
