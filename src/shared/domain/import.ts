import { z } from 'zod';
import { labelAnswers, labelKind } from './label';
import { split } from './sample';
import { tableReport } from './table';
import { volumeRecipe } from './volumeInput';

export const splitPolicy = z.enum(['official', 'leak-free', 'new']);
export type SplitPolicy = z.infer<typeof splitPolicy>;

export const splitCounts = z.object({ train: z.number().int(), val: z.number().int(), test: z.number().int() });
export type SplitCounts = z.infer<typeof splitCounts>;

/** What the folders inside an imported folder stand for, where no table speaks. */
export const folderMeaning = z.enum(['classes', 'patients', 'nothing']);
export type FolderMeaning = z.infer<typeof folderMeaning>;

export const quarantined = z.object({ file: z.string(), reason: z.string() });

export const duplicateCounts = z.object({
  /** Pairs with equal pixels, pairs nearly equal, pairs of both kinds with different labels. */
  exact: z.number().int(),
  near: z.number().int(),
  withDifferentLabels: z.number().int(),
  /** Test samples with a twin in train or validation. */
  testLeaks: z.number().int(),
});
export type DuplicateCounts = z.infer<typeof duplicateCounts>;

/** Correlation above which two pictures are near-duplicates (docs/science.md, section 2), unless the person moves it. */
export const NEAR = 0.99;
export const likeness = z.number().min(0.5).max(0.9999);

/** The search for near-duplicates among more samples than an import looks at. */
export const nearSearch = z.object({
  /** `too-many`: so many pairs are alike that they are no duplicates; `cancelled` ones start again only when asked. */
  state: z.enum(['done', 'not-looked', 'running', 'cancelled', 'too-many', 'failed']),
  /** Share of the work that is done, 0 … 1. */
  done: z.number(),
  secondsLeft: z.number().nullable(),
  /** Why it failed. */
  reason: z.string().nullable(),
});
export type NearSearch = z.infer<typeof nearSearch>;

/** A side of a pair on the import page; `index` is the place in the draft. */
const pairSide = z.object({
  index: z.number().int(),
  id: z.string(),
  split: split.nullable(),
  class: z.number().int().nullable(),
  answers: labelAnswers.nullable().default(null),
});
export const duplicatePair = z.object({
  a: pairSide,
  b: pairSide,
  exact: z.boolean(),
  /** Correlation of the grey 28×28 images less the data set's mean image. */
  likeness: z.number(),
  differentLabels: z.boolean(),
  acrossSplits: z.boolean(),
  /** Members of the connected component; above 4 it is not joined without a person. */
  component: z.number().int(),
  componentSize: z.number().int(),
});
export type DuplicatePair = z.infer<typeof duplicatePair>;

export const draftClass = z.object({
  id: z.number().int(),
  name: z.string(),
  short: z.string(),
  /** Samples of the class; of a question those answered with yes. */
  count: z.number().int(),
});

/** What the files hold, said before anything is fixed. */
export const importReview = z.object({
  importId: z.string(),
  name: z.string(),
  sources: z.array(z.string()),
  samples: z.number().int(),
  dimensions: z.enum(['2d', '3d']),
  classes: z.array(draftClass),
  kind: labelKind,
  kindFromOfficialTable: z.boolean(),
  unlabelled: z.number().int(),
  /** What the folders inside were taken for; null where there are none, or a table speaks. */
  folders: folderMeaning.nullable(),
  /** null where the data brings no splits. */
  officialSplits: splitCounts.nullable(),
  patientsKnown: z.number().int(),
  /** Test samples of patients who are in train or validation too, by the splits that the files bring. */
  patientLeaks: z.number().int(),
  /** With the default decisions about pairs. */
  groups: z.number().int(),
  /** What is to be said of the table; null without one. */
  table: tableReport.nullable(),
  duplicates: duplicateCounts,
  /** Pairs that cross splits or differ in label first, then the most alike; at most 2,000. */
  pairs: z.array(duplicatePair),
  pairsInAll: z.number().int(),
  largeComponents: z.number().int(),
  nearLookedFor: z.boolean(),
  likeness,
  /** What each policy would give with the default decisions. */
  splits: z.object({
    official: splitCounts.nullable(),
    'leak-free': splitCounts.nullable(),
    new: splitCounts,
  }),
  suggested: z.object({ policy: splitPolicy, positive: z.number().int().nullable() }),
  quarantined: z.array(quarantined),
});
export type ImportReview = z.infer<typeof importReview>;

export const importDecisions = z.object({
  name: z.string().trim().min(1),
  /** Folder `*.residua` to be made; null: in the default place, by name. */
  dir: z.string().nullable(),
  /** Also on a network or in a cloud's folder, where the default is a local project with dated backups to that folder. */
  inPlace: z.boolean().optional(),
  policy: splitPolicy,
  positive: z.number().int().nullable(),
  kind: labelKind,
  /** Left/right does not matter for the classes: flips are allowed. */
  flips: z.boolean(),
  /** Those that the files have, and what the person added; the files' alone unless given. */
  classes: z.array(z.object({ id: z.number().int(), name: z.string().min(1), short: z.string().min(1) })).optional(),
  /** Of studies: what of the input recipe shall be otherwise than the data suggest. */
  recipe: volumeRecipe.partial().optional(),
  /** Near pairs by index into all pairs: true joins, false leaves apart; absent ones follow the command line's rule. */
  pairs: z.record(z.string(), z.boolean()).default({}),
  seed: z.number().int().default(1),
});
export type ImportDecisions = z.infer<typeof importDecisions>;

export const importResult = z.object({
  project: z.string(),
  /** Folder on a network or of a cloud that was asked for: the project is local, dated backups go there. */
  backupsTo: z.string().optional(),
  samples: z.number().int(),
  classes: z.array(z.string()),
  splits: splitCounts,
  groups: z.number().int(),
  duplicates: duplicateCounts,
  /** False where there were too many samples to look at once: a job in the background does. */
  nearLookedFor: z.boolean(),
  /** False where new splits were drawn by group alone, because nothing was labelled. */
  stratified: z.boolean(),
  quarantined: z.array(quarantined),
  /** What is to be said of the table, where there was one. */
  table: tableReport.optional(),
});
export type ImportResult = z.infer<typeof importResult>;

export const importProgress = z.object({
  importId: z.string(),
  stage: z.enum(['listing', 'reading', 'hashing', 'duplicates', 'writing']),
  done: z.number(),
  total: z.number(),
  secondsLeft: z.number().nullable(),
});
export type ImportProgress = z.infer<typeof importProgress>;
