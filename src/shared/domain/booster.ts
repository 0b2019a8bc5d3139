import { z } from 'zod';

/**
 * Networks that differ in one thing each: no block; the block as it was trained; one of the same structure with random weights;
 * two layers with as many trained weights.
 */
export const boosterArm = z.enum(['plain', 'block', 'random', 'mlp']);
export type BoosterArm = z.infer<typeof boosterArm>;

/** What the check may conclude, in the order in which it is asked. */
export const boosterVerdict = z.enum([
  'too-little-data',
  'helps',
  'hurts',
  'more-parameters',
  'structure',
  'smaller-than-delta',
  'cannot-tell',
]);
export type BoosterVerdict = z.infer<typeof boosterVerdict>;

/** The AUC of one arm less that of another, over folds and repetitions. */
export const boosterComparison = z.object({
  first: boosterArm,
  second: boosterArm,
  mean: z.number(),
  /** 95 %, corrected for training sets that overlap; not adjusted for being several. */
  low: z.number(),
  high: z.number(),
  /** 90 %, as equivalence is judged by. */
  low90: z.number(),
  high90: z.number(),
  p: z.number(),
  /** Adjusted over all comparisons. */
  pHolm: z.number(),
  /** 95 %, over groups and repetitions. */
  bootstrap: z.object({ low: z.number(), high: z.number() }).nullable(),
});
export type BoosterComparison = z.infer<typeof boosterComparison>;

export const boosterResult = z.object({
  verdict: boosterVerdict,
  delta: z.number(),
  seeds: z.number().int(),
  folds: z.number().int(),
  groups: z.number().int(),
  samples: z.number().int(),
  /** Mean out-of-fold AUC over repetitions, and each. */
  arms: z.array(z.object({ arm: boosterArm, auc: z.number().nullable(), perSeed: z.array(z.number().nullable()) })),
  comparisons: z.array(boosterComparison),
});
export type BoosterResult = z.infer<typeof boosterResult>;
