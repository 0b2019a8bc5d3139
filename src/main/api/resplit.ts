import { assignSplits, countPatientLeaks, countTestLeaks, joinGroups } from '@main/project/import';
import { SPLIT_CODES, type NewSplitVersion, type Project } from '@main/project';
import type { SplitPreview, SplitRequest } from '@shared/domain';
import { UserError } from '@shared/errors';

/** Larger components of near-duplicates are "alike everywhere" and not joined unless a person says so (docs/science.md, section 2). */
const LARGEST_JOINED = 4;

/**
 * A new version of the splits from decisions about pairs: what the person says, else what the present splits decided, else the command
 * line's rule.
 */
export function resplit(project: Project, { policy, seed, pairs: decided }: SplitRequest): NewSplitVersion {
  const { patients, officialSplits, classes, pairs } = project.splitVersions.material();
  const hasOfficial = officialSplits.some((split) => split !== null);
  if (policy !== 'new' && !hasOfficial) throw new UserError('value-invalid', 'this data brought no splits of its own');
  const joined = pairs.map(
    (pair, i) => pair.exact || (decided[i] ?? pair.joined ?? pair.componentSize <= LARGEST_JOINED),
  );
  const { group } = joinGroups(
    patients,
    pairs.filter((_, i) => joined[i]).map(({ a, b }) => [a.index, b.index] as const),
  );
  const { splits, leak, stratified } = assignSplits({
    policy,
    official: hasOfficial ? officialSplits : null,
    group,
    classes,
    seed,
  });
  const sided = pairs.map(({ a, b, exact, likeness }) => ({ a: a.index, b: b.index, exact, likeness }));
  return {
    policy,
    seed,
    patientsKnown: patients.some((patient) => patient !== null),
    testLeaks: countTestLeaks({ pairs: sided, firstEqual: firstEqual(project) }, splits.length, (key) => splits[key]!),
    patientLeaks: countPatientLeaks(
      splits.length,
      (key) => patients[key]!,
      (key) => splits[key]!,
    ),
    nearLookedFor: project.splits.nearLookedFor,
    stratified,
    groups: Uint32Array.from(group),
    split: splits,
    leak,
    joined,
  };
}

/** By key the first sample with equal content (itself, mostly). */
function firstEqual({ index }: Project): Int32Array {
  const first = new Map<string, number>();
  return Int32Array.from({ length: index.size }, (_, key) => {
    const hash = index.contentHash(key);
    if (!first.has(hash)) first.set(hash, key);
    return first.get(hash)!;
  });
}

/** What that version would be, and what it would cost. */
export function preview(project: Project, request: SplitRequest): SplitPreview {
  const next = resplit(project, request);
  const count = (split: string): number => next.split.filter((s) => s === split).length;
  const { splits } = project.index;
  return {
    counts: { train: count('train'), val: count('val'), test: count('test') },
    groups: new Set(next.groups).size,
    leftOutAsLeak: next.leak.filter(Boolean).length,
    testLeaks: next.testLeaks,
    patientLeaks: next.patientLeaks,
    stratified: next.stratified,
    moved: next.split.filter((split, key) => split !== SPLIT_CODES[splits[key]!]).length,
    voids: project.testScored(),
  };
}
