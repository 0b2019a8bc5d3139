import type {
  GrowthResult,
  GrowthReview,
  LabelChanges,
  LabelDifference,
  PatientDecision,
  PatientDifference,
  SplitPreview,
} from '@shared/domain';
import { counted } from './output';
import { tableLines } from './tableMap';

const LISTED = 10;

/** @param rest what is said of them behind their number */
function list<T>(
  what: string,
  rest: string,
  { count, first }: { count: number; first: readonly T[] },
  say: (item: T) => string,
): string[] {
  if (count === 0) return [];
  const more = count > LISTED ? [`  … and ${count - LISTED} more`] : [];
  return [`${counted(count, what)} ${rest}:`, ...first.slice(0, LISTED).map((item) => `  ${say(item)}`), ...more];
}

const all = <T>(items: readonly T[]): { count: number; first: readonly T[] } => ({ count: items.length, first: items });

function difference({ sample, from, to, byPerson, frozen }: LabelDifference): string {
  const why = frozen ? ' (its test split was scored)' : byPerson ? ' (somebody has set it since)' : '';
  return `${sample}: ${from ?? 'no label'} → ${to}${why}`;
}

const patientLines = (
  patients: { count: number; first: readonly PatientDifference[] },
  decision: PatientDecision,
): string[] =>
  list(
    'sample',
    decision === 'take'
      ? 'of another patient now, as the table says; "residua labels undo" takes that back'
      : 'of which the table names another patient; they stay in their groups (--changed-patients take lets them go)',
    patients,
    ({ sample, from, to }) => `${sample}: ${from ?? 'no patient'} → ${to}`,
  );

function splitsLine({ counts, moved, leftOutAsLeak, testLeaks, patientLeaks, voids }: SplitPreview): string {
  return [
    `${counts.train} train, ${counts.val} validation, ${counts.test} test`,
    `${counted(moved, 'sample')} with another split`,
    `${leftOutAsLeak} left out as leaks`,
    `${counted(testLeaks, 'test sample')} with a twin and ${patientLeaks} with a patient in train or validation`,
    ...(voids.times > 0 ? [`${counted(voids.times, 'test score')} would stand for nothing (--void-test-scores)`] : []),
  ].join(', ');
}

/** What a second import would do, in words. */
export function reviewLines(review: GrowthReview, changes: LabelChanges, decision: PatientDecision): string[] {
  const { withGroup, brought, drawn, none } = review.splits;
  return [
    `${counted(review.added, 'new sample')}, ${review.known} known; pairs with a new one: ${review.duplicates.exact} exact, ${review.duplicates.near} near`,
    ...(review.added > 0
      ? [
          `splits of the new ones: ${withGroup} with their group, ${brought} as the data says, ${drawn} drawn, ${none} in none`,
        ]
      : []),
    ...(review.newClasses.length > 0 ? [`new classes: ${review.newClasses.join('; ')}`] : []),
    ...(review.voidsScorings > 0
      ? [`the new version of the splits voids ${counted(review.voidsScorings, 'scoring')} of the test split`]
      : []),
    ...list(
      'label',
      `that the table changed, of which ${review.writes[changes]} would be written`,
      review.differences,
      difference,
    ),
    ...patientLines(review.patients, decision),
    ...(review.patientSplits ? [`if these patients are taken: ${splitsLine(review.patientSplits)}`] : []),
    ...list('sample', 'whose files are gone; they stay', review.removed, (id) => id),
    ...list(
      'sample',
      'whose files hold other pixels now; the project keeps the old ones',
      review.changedPixels,
      (id) => id,
    ),
    ...list('file', 'left out', all(review.quarantined), ({ file, reason }) => `${file}: ${reason}`),
    ...(review.table ? tableLines(review.table, true) : []),
  ];
}

/** What a second import did, in words. */
export function growthLines(result: GrowthResult): string[] {
  const { splits } = result;
  return [
    `${counted(result.added, 'sample')} added to ${result.known} that were there: now ${result.samples} in ${counted(result.groups, 'group')}`,
    `version ${result.splitVersion} of the splits: ${splits.train} train, ${splits.val} validation, ${splits.test} test`,
    `classes: ${result.classes.join('; ')}`,
    ...list('label', 'changed', all(result.labels.changed), difference),
    ...list('label', 'left as it was', all(result.labels.kept), difference),
    ...patientLines(all(result.patients), result.patientsTaken ? 'take' : 'keep'),
    ...list('sample', 'whose files are gone; they stay', all(result.removed), (id) => id),
    ...list(
      'sample',
      'whose files hold other pixels now; the project keeps the old ones',
      all(result.changedPixels),
      (id) => id,
    ),
    ...list('file', 'left out', all(result.quarantined), ({ file, reason }) => `${file}: ${reason}`),
    ...(result.table ? tableLines(result.table, true) : []),
    `project: ${result.project}`,
  ];
}
