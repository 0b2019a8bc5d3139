import { z } from 'zod';
import { duplicatePair, splitCounts, splitPolicy } from './import';
import { splitVersion } from './project';

/** How a new version of the splits is to be drawn. */
export const splitRequest = z.object({
  policy: splitPolicy,
  seed: z.number().int(),
  /** Pairs by number: true joins, false leaves apart; absent ones stay as they are now, and new ones follow the command line's rule. */
  pairs: z.record(z.string(), z.boolean()),
});
export type SplitRequest = z.infer<typeof splitRequest>;

const scored = z.object({ times: z.number().int(), runs: z.number().int() });

/** All versions of the splits, the newest first, and what the data brought. */
export const splitHistory = z.object({
  versions: z.array(
    splitVersion.extend({
      groups: z.number().int(),
      /** How often the test split of this version was scored. */
      scored,
    }),
  ),
  /** null where the data brought no splits of its own. */
  official: splitCounts.nullable(),
});
export type SplitHistory = z.infer<typeof splitHistory>;

/** What a new version would be, and what it would cost. */
export const splitPreview = z.object({
  counts: splitCounts,
  groups: z.number().int(),
  leftOutAsLeak: z.number().int(),
  testLeaks: z.number().int(),
  patientLeaks: z.number().int(),
  stratified: z.boolean(),
  /** Samples that would be in another split than now. */
  moved: z.number().int(),
  /** Scorings of the present test split that would stand for nothing any more. */
  voids: scored,
});
export type SplitPreview = z.infer<typeof splitPreview>;

/** A pair of the project, with labels and splits of now. */
export const projectPair = duplicatePair.extend({
  /** What the present splits decided; null where it was found after they were made. */
  joined: z.boolean().nullable(),
});
export type ProjectPair = z.infer<typeof projectPair>;
