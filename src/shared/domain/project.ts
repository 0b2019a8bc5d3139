import { z } from 'zod';
import { labelScheme } from './label';
import { duplicateCounts, nearSearch, quarantined, splitCounts, splitPolicy } from './import';
import { inputRecipe, predictorInfo, probeStatus } from './training';
import { decisionRule } from './insight';

/** One version of the splits; it never changes, a new version voids earlier test scores. */
export const splitVersion = z.object({
  version: z.number().int(),
  policy: splitPolicy,
  seed: z.number().int(),
  createdAt: z.string(),
  counts: splitCounts,
  leftOutAsLeak: z.number().int(),
  patientsKnown: z.boolean(),
  /** Test samples with a twin in train or validation. */
  testLeaks: z.number().int(),
  /** Test samples of patients who are in train or validation too. */
  patientLeaks: z.number().int(),
  nearLookedFor: z.boolean(),
  /** False where a new split was drawn by group alone, because nothing was labelled yet. */
  stratified: z.boolean(),
});
export type SplitVersion = z.infer<typeof splitVersion>;

/** Everything that the frame around the pages shows of an open project. */
export const projectInfo = z.object({
  id: z.string(),
  dir: z.string(),
  name: z.string(),
  samples: z.number().int(),
  dimensions: z.enum(['2d', '3d']),
  scheme: labelScheme,
  splits: splitVersion,
  duplicates: duplicateCounts,
  nearSearch,
  /** Pairs that were found after the present splits were made, and are not joined in them. */
  pairsUndecided: z.number().int(),
  quarantined: z.array(quarantined),
  input: inputRecipe,
  flips: z.boolean(),
  groups: z.number().int(),
  /** Groups a class has in validation fall short of 20: figures of validation are unreliable. */
  validationUnreliable: z.boolean(),
  reader: z.string().nullable(),
  readers: z.array(z.string()),
  rule: decisionRule,
  /** Position in the label journal. */
  journal: z.number().int(),
  /** Labels changed since the last finished run; null before the first. */
  changedSinceRun: z.number().int().nullable(),
  predictor: predictorInfo.nullable(),
  probe: probeStatus,
  testScored: z.object({ times: z.number().int(), runs: z.number().int() }),
  readOnly: z.boolean(),
});
export type ProjectInfo = z.infer<typeof projectInfo>;

export const recentProject = z.object({ dir: z.string(), name: z.string(), openedAt: z.string(), exists: z.boolean() });
export type RecentProject = z.infer<typeof recentProject>;
