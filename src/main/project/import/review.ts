import type { ImportReview, SplitCounts, SplitPolicy } from '@shared/domain';
import { shortNames } from './classes';
import type { DraftMaterial } from './draft';
import { joinGroups } from './groups';
import { countDuplicates, countPatientLeaks, describePairs, isJoined, LARGEST_JOINED, type Sides } from './judge';
import { rarestYes } from '../strata';
import type { StoredPair } from '../types';
import { assignSplits, type SplitAssignment } from './splits';

/** More pairs than this are not listed; all of them are counted. */
export const LISTED_PAIRS = 2000;
const DEFAULT_SEED = 1;

export const sidesOf = ({ collector, id }: DraftMaterial): Sides => ({
  count: collector.count,
  id,
  split: (i) => collector.split(i),
  class: (i) => collector.class(i),
  answers: (i) => collector.answers(i),
});

const everyone = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));

/** Pairs in the order of the review, with what was decided of each. @param decided by place in that order */
export function joinedPairs(material: DraftMaterial, decided: Readonly<Record<string, boolean>>): StoredPair[] {
  return describePairs(material.duplicates, sidesOf(material)).map((pair, i) => ({
    ...pair,
    joined: isJoined(pair, decided[String(i)]),
  }));
}

/** Groups by patient, equal content (of large groups too, whose pairs are not all listed) and the joined pairs. */
export function groupsOf(material: DraftMaterial, pairs: readonly StoredPair[]): ReturnType<typeof joinGroups> {
  const { collector, duplicates, facts } = material;
  const joined: [number, number][] = pairs.filter((p) => p.joined).map((p) => [p.a.index, p.b.index]);
  duplicates.firstEqual.forEach((first, i) => {
    if (first !== i) joined.push([first, i]);
  });
  return joinGroups(
    everyone(collector.count, (i) => facts(i).patient),
    joined,
  );
}

/** What a new split spreads evenly: the class; of answers the rarest question that is answered with yes. */
function strataOf(collector: DraftMaterial['collector']): (number | null)[] {
  const codes = collector.answerColumns();
  if (codes.length === 0) return everyone(collector.count, (i) => collector.class(i));
  return Array.from(rarestYes(codes), (stratum) => (stratum < 0 ? null : stratum));
}

export function splitsOf(
  material: DraftMaterial,
  group: ArrayLike<number>,
  policy: SplitPolicy,
  seed: number,
): SplitAssignment {
  const { collector, officialSplits } = material;
  return assignSplits({
    policy,
    official: officialSplits ? everyone(collector.count, (i) => collector.split(i)) : null,
    group,
    classes: strataOf(collector),
    seed,
  });
}

/** What the files hold, said before anything is fixed. */
export function reviewOf(material: DraftMaterial): ImportReview {
  const { collector, classTable, duplicates, officialSplits } = material;
  const counts = new Array<number>(classTable.names.length).fill(0);
  let unlabelled = 0;
  for (let i = 0; i < collector.count; i++) {
    const [id, answers] = [collector.class(i), collector.answers(i)];
    if (id !== null) counts[id]!++;
    else if (!answers) unlabelled++;
    for (const [question, said] of Object.entries(answers ?? {})) if (said === 'yes') counts[Number(question)]!++;
  }
  const short = shortNames(classTable.names);
  const pairs = joinedPairs(material, {});
  const { group, groups } = groupsOf(material, pairs);
  const policy = (p: SplitPolicy): SplitCounts => splitsOf(material, group, p, DEFAULT_SEED).counts;
  const patients = new Set(everyone(collector.count, (i) => material.facts(i).patient));
  patients.delete(null);
  const large = new Set(pairs.filter((p) => !p.exact && p.componentSize > LARGEST_JOINED).map((p) => p.component));
  return {
    importId: material.importId,
    name: material.name,
    sources: material.sources.map((source) => source.path),
    samples: collector.count,
    dimensions: material.dimensions,
    classes: classTable.names.map((name, id) => ({ id, name, short: short[id]!, count: counts[id]! })),
    kind: classTable.kind,
    kindFromOfficialTable: classTable.official,
    unlabelled,
    folders: material.folders,
    officialSplits,
    patientsKnown: patients.size,
    patientLeaks: countPatientLeaks(
      collector.count,
      (i) => material.facts(i).patient,
      (i) => collector.split(i),
    ),
    groups,
    table: material.table,
    duplicates: countDuplicates(duplicates, sidesOf(material)),
    pairs: pairs.slice(0, LISTED_PAIRS).map(({ joined: _, ...pair }) => pair),
    pairsInAll: pairs.length,
    largeComponents: large.size,
    nearLookedFor: duplicates.nearLookedFor,
    likeness: material.likeness,
    splits: {
      official: officialSplits && policy('official'),
      'leak-free': officialSplits && policy('leak-free'),
      new: policy('new'),
    },
    suggested: { policy: officialSplits ? 'official' : 'new', positive: classTable.positive },
    quarantined: [...material.quarantined],
  };
}
