import { assignSplits, joinGroups, previewOf, splitVersionOf } from '@main/project/import';
import type { NewSplitVersion, Project } from '@main/project';
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
  const official = hasOfficial ? officialSplits : null;
  const { splits, leak, stratified } = assignSplits({ policy, official, group, classes, seed });
  return splitVersionOf(project, { policy, seed, patients, group, splits, leak, stratified, joined });
}

/** What that version would be, and what it would cost. */
export const preview = (project: Project, request: SplitRequest): SplitPreview =>
  previewOf(project, resplit(project, request));
