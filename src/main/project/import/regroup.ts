import type { Split, SplitPolicy, SplitPreview } from '@shared/domain';
import type { PatientChange } from '../patients';
import type { Project } from '../project';
import { SPLIT_CODES, type NewSplitVersion } from '../types';
import { joinGroups } from './groups';
import { countPatientLeaks, countTestLeaks } from './judge';
import { keepApart, mostBinding } from './splits';

/** Splits that were drawn or kept, and what they were drawn from. */
interface Drawn {
  readonly policy: SplitPolicy;
  readonly seed: number;
  readonly patients: readonly (string | null)[];
  readonly group: ArrayLike<number>;
  readonly splits: readonly (Split | null)[];
  readonly leak: readonly boolean[];
  readonly stratified: boolean;
  readonly joined: readonly (boolean | null)[];
}

/** A version of a project's splits, its leaks counted. */
export function splitVersionOf(project: Project, drawn: Drawn): NewSplitVersion {
  const { policy, seed, patients, group, splits, leak, stratified, joined } = drawn;
  const pairs = project.splitVersions.material().pairs.map(({ a, b, exact, likeness }) => {
    return { a: a.index, b: b.index, exact, likeness };
  });
  return {
    policy,
    seed,
    patientsKnown: patients.some((patient) => patient !== null),
    testLeaks: countTestLeaks({ pairs, firstEqual: firstEqual(project) }, splits.length, (key) => splits[key]!),
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

/**
 * The splits under other patients. Official ones stay, and their leaks are counted. Of others a sample goes with the patient that it
 * is of now, all else stays where it is, and what would straddle splits is left out as `leak-free` does it (docs/science.md, section 2).
 * @param like a version in which the changed samples were where they are to be; null: with their patients
 */
export function regrouped(project: Project, changes: readonly PatientChange[], like: number | null): NewSplitVersion {
  const { splitVersions, splits: present, index } = project;
  const { patients, pairs } = splitVersions.material();
  const whose = [...patients];
  for (const { key, to } of changes) whose[key] = to;
  const joined = pairs.filter((pair) => pair.joined).map(({ a, b }): [number, number] => [a.index, b.index]);
  firstEqual(project).forEach((first, key) => {
    if (first !== key) joined.push([first, key]);
  });
  const { group } = joinGroups(whose, joined);
  const { policy, seed, stratified } = present;
  const drawn = { policy, seed, stratified, patients: whose, group, joined: pairs.map((pair) => pair.joined) };
  if (policy === 'official') {
    const splits = Array.from(index.splits, (code) => SPLIT_CODES[code]!);
    return splitVersionOf(project, { ...drawn, splits, leak: splits.map(() => false) });
  }
  const splits = splitVersions.withoutLeaks();
  const keys = changes.map(({ key }) => key);
  if (like !== null) {
    const then = splitVersions.membersOf(like);
    for (const key of keys) splits[key] = then[key] ?? splits[key]!;
  } else if (policy === 'new') takeAlong(splits, group, keys);
  return splitVersionOf(project, { ...drawn, ...keepApart(splits, group) });
}

/** Changed samples go where the others of their group are. */
function takeAlong(splits: (Split | null)[], group: ArrayLike<number>, keys: readonly number[]): void {
  const changed = new Set(keys);
  const others = new Map<number, Set<Split | null>>(keys.map((key) => [group[key]!, new Set()]));
  splits.forEach((split, key) => {
    if (!changed.has(key)) others.get(group[key]!)?.add(split);
  });
  for (const key of keys) splits[key] = mostBinding(others.get(group[key]!)!) ?? splits[key]!;
}

/** What that version would be, and what it would cost. */
export function previewOf(project: Project, next: NewSplitVersion): SplitPreview {
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
    voids: project.scorings.count(),
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
