import type { ClassList, TrainingSample } from '@main/training';
import { leftOutOf } from '@main/training/runFiles';
import { NO, targetsOf, YES, type Targets } from '@main/training/targets';

/** Groups that two classes (or both answers to a question) need before folds tell anything; rarer ones beside them take part as they are. */
export const LEAST_GROUPS = 10;

/** What the labels of train and validation teach the probe, by sample. */
export const probeTargets = (samples: readonly TrainingSample[], classes: ClassList): Targets =>
  targetsOf(samples, classes, (s) => s.split !== 'test' && leftOutOf(s) === '');

export interface LabelledGroups {
  /** Labelled groups of each class, by column; of a question those with yes and those with no. */
  readonly groups: readonly number[];
  /** The question that lacks least; null where there is one class a sample. */
  readonly question: string | null;
}

export function labelledGroups(
  samples: readonly TrainingSample[],
  { labels, answers }: Targets,
  classes: ClassList,
): LabelledGroups {
  const groupsWhere = (fits: (row: number) => boolean): number =>
    new Set(samples.flatMap((s, row) => (fits(row) ? [s.group] : []))).size;
  if (!answers)
    return { groups: classes.ids.map((_, column) => groupsWhere((row) => labels[row] === column)), question: null };
  const width = classes.ids.length;
  const sides = classes.names.map((question, q) => ({
    question,
    groups: [YES, NO].map((code) => groupsWhere((row) => answers[row * width + q] === code)),
  }));
  const nothing: LabelledGroups = { groups: [], question: '' };
  return sides.reduce<LabelledGroups>((a, b) => (least(b.groups) > least(a.groups) ? b : a), sides[0] ?? nothing);
}

const least = (groups: readonly number[]): number => Math.min(...groups);

export const enoughGroups = ({ groups }: LabelledGroups): boolean =>
  groups.filter((size) => size >= LEAST_GROUPS).length >= 2;

/** Why the probe waits, in a sentence. */
export function tooFewGroups({ groups, question }: LabelledGroups): string {
  if (groups.length < 2)
    return question === null
      ? 'the probe needs two classes: type their names in'
      : 'the probe needs a question: type it in';
  const needed = `the probe starts at ${LEAST_GROUPS} groups`;
  if (question !== null) return `${needed} with yes and with no to one question: ${question} ${groups.join(' / ')}`;
  return `${needed} in ${groups.length === 2 ? 'each class' : 'each of two classes'}: ${groups.join(' / ')}`;
}
