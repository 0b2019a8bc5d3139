import { assignSplits, joinGroups } from '@main/project/import';
import type { NewSplitVersion, Project } from '@main/project';
import type { SplitPolicy } from '@shared/domain';
import { UserError } from '@shared/errors';

/** Larger components of near-duplicates are "alike everywhere" and not joined unless a person says so (SCIENCE section 2). */
const LARGEST_JOINED = 4;

/** A new version of the splits from decisions about pairs: what the person said, else what the command line's rule says. */
export function resplit(
  project: Project,
  { policy, seed, pairs: decided }: { policy: SplitPolicy; seed: number; pairs: Readonly<Record<string, boolean>> },
): NewSplitVersion {
  const { patients, officialSplits, classes, pairs } = project.splitMaterial();
  const hasOfficial = officialSplits.some((split) => split !== null);
  if (policy !== 'new' && !hasOfficial) throw new UserError('value-invalid', 'this data brought no splits of its own');
  const joined = pairs.map((pair, i) => pair.exact || (decided[i] ?? pair.componentSize <= LARGEST_JOINED));
  const { group } = joinGroups(
    patients,
    pairs.filter((_, i) => joined[i]).map(({ a, b }) => [a.index, b.index] as const),
  );
  const { splits, leak } = assignSplits({
    policy,
    official: hasOfficial ? officialSplits : null,
    group,
    classes,
    seed,
  });
  const leaking = new Set<number>();
  for (const { a, b } of pairs)
    for (const [one, other] of [
      [a.index, b.index],
      [b.index, a.index],
    ] as const)
      if (splits[one] === 'test' && (splits[other] === 'train' || splits[other] === 'val')) leaking.add(one);
  return {
    policy,
    seed,
    patientsKnown: patients.some((patient) => patient !== null),
    testLeaks: leaking.size,
    nearLookedFor: project.splits.nearLookedFor,
    groups: Uint32Array.from(group),
    split: splits,
    leak,
    joined,
  };
}
