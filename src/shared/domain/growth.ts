import { z } from 'zod';
import { duplicateCounts, duplicatePair, quarantined, splitCounts } from './import';
import { splitPreview } from './splits';
import { listed, tableReport } from './table';

/** A label that a table says anew. */
export const labelDifference = z.object({
  sample: z.string(),
  /** Full names of classes; null: no label. */
  from: z.string().nullable(),
  to: z.string(),
  /** Somebody has set the present label since the last table: it is not taken back unless that is asked for. */
  byPerson: z.boolean(),
  /** A test sample whose split was scored: its label stays whatever is asked for. */
  frozen: z.boolean(),
});
export type LabelDifference = z.infer<typeof labelDifference>;

/** A known sample of which a table names another patient. */
export const patientDifference = z.object({
  sample: z.string(),
  /** As tables named it; its keyed hash where the name is not known here, null where no patient was known. */
  from: z.string().nullable(),
  to: z.string(),
});
export type PatientDifference = z.infer<typeof patientDifference>;

/** Which differences are written: those whose present label came from a table, all but frozen ones, or none. */
export const labelChanges = z.enum(['untouched', 'all', 'none']);
export type LabelChanges = z.infer<typeof labelChanges>;

/** What becomes of known samples of which the table names another patient: they stay in their groups, or go with that patient. */
export const patientDecision = z.enum(['keep', 'take']);
export type PatientDecision = z.infer<typeof patientDecision>;

/** What a person decides of a second import. */
export const growthDecisions = z.object({
  changes: labelChanges,
  /** By place in the review's pairs: joined or left apart; what is absent follows the command line's rule. */
  pairs: z.record(z.string(), z.boolean()).default({}),
  patients: patientDecision.default('keep'),
  /** Taking patients makes a new version of the splits: where the test split was scored that is refused unless its scores may be voided. */
  voidTestScores: z.boolean().default(false),
});
export type GrowthDecisions = z.infer<typeof growthDecisions>;

/** What a second import would do to a project, said before anything is written. */
export const growthReview = z.object({
  importId: z.string(),
  project: z.string(),
  dimensions: z.enum(['2d', '3d']),
  /** New samples, and those that the project has already. */
  added: z.number().int(),
  known: z.number().int(),
  unlabelled: z.number().int(),
  /** Samples whose originals are no longer there: they stay in the project. */
  removed: listed(z.string()),
  /** Files that hold other pixels than those that were imported: the project keeps what it knows of the old ones. */
  changedPixels: listed(z.string()),
  differences: listed(labelDifference),
  /** How many differences each choice would write. */
  writes: z.record(labelChanges, z.number().int()),
  /** Known samples of which the table names another patient. */
  patients: listed(patientDifference),
  /** The splits of the samples that are known if these patients are taken; null where there are none. */
  patientSplits: splitPreview.nullable(),
  newClasses: z.array(z.string()),
  /** Where new samples go: with their group, by the splits that the data brings, or by chance; `none`: with a group that is in no split. Pairs follow the rule. */
  splits: z.object({
    withGroup: z.number().int(),
    brought: z.number().int(),
    drawn: z.number().int(),
    none: z.number().int(),
  }),
  /** Pairs with a new sample. */
  duplicates: duplicateCounts.pick({ exact: true, near: true }),
  /** They themselves, those across splits or with different labels first; `index` is the key in the project as it will be. */
  pairs: z.array(duplicatePair),
  pairsInAll: z.number().int(),
  /** A new version of the splits voids so many scorings of the test split. */
  voidsScorings: z.number().int(),
  quarantined: z.array(quarantined),
  table: tableReport.nullable(),
});
export type GrowthReview = z.infer<typeof growthReview>;

export const growthResult = z.object({
  project: z.string(),
  /** After it. */
  samples: z.number().int(),
  classes: z.array(z.string()),
  splits: splitCounts,
  groups: z.number().int(),
  duplicates: duplicateCounts,
  quarantined: z.array(quarantined),
  table: tableReport.optional(),
  added: z.number().int(),
  known: z.number().int(),
  removed: z.array(z.string()),
  changedPixels: z.array(z.string()),
  patients: z.array(patientDifference),
  /** Whether the samples are those patients' now; else they stay in their groups. */
  patientsTaken: z.boolean(),
  splitVersion: z.number().int(),
  /** Labels that were changed, and those that were left as they are. */
  labels: z.object({ changed: z.array(labelDifference), kept: z.array(labelDifference) }),
});
export type GrowthResult = z.infer<typeof growthResult>;
