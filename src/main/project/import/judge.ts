import type { DuplicateCounts, DuplicatePair, LabelAnswers, Split } from '@shared/domain';
import type { Duplicates, Pair } from './duplicates';

/** Larger connected components are "alike everywhere" and not joined without a person (docs/science.md, section 2). */
export const LARGEST_JOINED = 4;

export interface Sides {
  readonly count: number;
  id(i: number): string;
  split(i: number): Split | null;
  class(i: number): number | null;
  /** Of kind `answers`; null otherwise, and without any. */
  answers(i: number): LabelAnswers | null;
}

type Labelled = Pick<DuplicatePair['a'], 'class' | 'answers' | 'split'>;

/** Equal texts, equal labels; null without one. */
const labelText = (samples: Sides, i: number): string | null => textOf(samples.class(i), samples.answers(i));

function textOf(id: number | null, answers: LabelAnswers | null): string | null {
  return answers ? JSON.stringify(answers) : id === null ? null : String(id);
}

/** Pairs as the import page shows them: across splits or with different labels first, then the most alike. */
export function describePairs(duplicates: Duplicates, samples: Sides): DuplicatePair[] {
  const side = (index: number): DuplicatePair['a'] => ({
    index,
    id: samples.id(index),
    split: samples.split(index),
    class: samples.class(index),
    answers: samples.answers(index),
  });
  const described = duplicates.pairs.map(({ a, b, exact, likeness }): DuplicatePair => {
    const component = duplicates.component[a]!;
    return {
      a: side(a),
      b: side(b),
      exact,
      likeness,
      differentLabels: different(labelText(samples, a), labelText(samples, b)),
      acrossSplits: different(samples.split(a), samples.split(b)),
      component,
      componentSize: duplicates.componentSizes[component]!,
    };
  });
  return sortPairs(described);
}

/** Across splits or with different labels first, then the most alike. */
export function sortPairs(pairs: readonly DuplicatePair[]): DuplicatePair[] {
  const urgent = (p: DuplicatePair): number => (p.differentLabels ? 2 : 0) + (p.acrossSplits ? 1 : 0);
  return [...pairs].sort(
    (p, q) => urgent(q) - urgent(p) || q.likeness - p.likeness || p.a.index - q.a.index || p.b.index - q.b.index,
  );
}

/** What a pair's sides of now say of it. */
export const compareSides = (a: Labelled, b: Labelled): Pick<DuplicatePair, 'differentLabels' | 'acrossSplits'> => ({
  differentLabels: different(textOf(a.class, a.answers), textOf(b.class, b.answers)),
  acrossSplits: different(a.split, b.split),
});

const different = <T>(a: T | null, b: T | null): boolean => a !== null && b !== null && a !== b;

/**
 * Joined or left apart: exact ones always, near ones as the person says (by place in `pairs`), else where their component is small.
 */
export function isJoined(pair: DuplicatePair, decided: boolean | undefined): boolean {
  return pair.exact || (decided ?? pair.componentSize <= LARGEST_JOINED);
}

/** Counts pairs, all of them, also those of large groups that are not listed. */
export function countDuplicates(duplicates: Duplicates, samples: Sides): DuplicateCounts {
  const { pairs, firstEqual } = duplicates;
  const groups = new Map<number, Map<string | null, number>>();
  const grouped = new Set(pairs.filter((p) => p.exact).map((p) => firstEqual[p.a]!));
  for (let i = 0; i < samples.count; i++) {
    const first = firstEqual[i]!;
    if (!grouped.has(first)) continue;
    const byClass = groups.get(first) ?? new Map<string | null, number>();
    groups.set(first, byClass);
    const label = labelText(samples, i);
    byClass.set(label, (byClass.get(label) ?? 0) + 1);
  }
  const choose2 = (n: number): number => (n * (n - 1)) / 2;
  let exact = 0;
  let withDifferentLabels = 0;
  for (const byClass of groups.values()) {
    const labelled = [...byClass].filter(([c]) => c !== null).map(([, n]) => n);
    const sum = (list: Iterable<number>): number => [...list].reduce((total, n) => total + n, 0);
    exact += choose2(sum(byClass.values()));
    withDifferentLabels += choose2(sum(labelled)) - sum(labelled.map(choose2));
  }
  const near = pairs.filter((p) => !p.exact);
  withDifferentLabels += near.filter((p) => different(labelText(samples, p.a), labelText(samples, p.b))).length;
  return {
    exact,
    near: near.length,
    withDifferentLabels,
    testLeaks: countTestLeaks(duplicates, samples.count, (i) => samples.split(i)),
  };
}

type SplitOf = (i: number) => Split | null;
const isOutsideTest = (split: Split | null): boolean => split === 'train' || split === 'val';

/** Test samples with a twin, exact or near, in train or validation; of large groups too, whose pairs are not all listed. */
export function countTestLeaks(
  { pairs, firstEqual }: Pick<Duplicates, 'pairs' | 'firstEqual'>,
  count: number,
  split: SplitOf,
): number {
  // By content, named by its first sample.
  const outside = new Set<number>();
  for (let i = 0; i < count; i++) if (isOutsideTest(split(i))) outside.add(firstEqual[i]!);
  const leaking = new Set(outside);
  for (const { a, b, exact } of pairs as readonly Pair[]) {
    if (exact) continue;
    const [one, other] = [firstEqual[a]!, firstEqual[b]!];
    if (outside.has(one)) leaking.add(other);
    if (outside.has(other)) leaking.add(one);
  }
  return countTest(count, split, (i) => leaking.has(firstEqual[i]!));
}

/** Test samples of patients who are in train or validation too. */
export function countPatientLeaks(count: number, patient: (i: number) => string | null, split: SplitOf): number {
  const outside = new Set<string>();
  for (let i = 0; i < count; i++) {
    const whose = patient(i);
    if (whose !== null && isOutsideTest(split(i))) outside.add(whose);
  }
  return countTest(count, split, (i) => isOf(outside, patient(i)));
}

const isOf = (patients: ReadonlySet<string>, patient: string | null): boolean =>
  patient !== null && patients.has(patient);

function countTest(count: number, split: SplitOf, leaks: (i: number) => boolean): number {
  let found = 0;
  for (let i = 0; i < count; i++) if (split(i) === 'test' && leaks(i)) found++;
  return found;
}
