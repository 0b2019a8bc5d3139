import { z } from 'zod';
import { estimate } from './insight';
import { labelState, labelValue } from './label';

/** How far a round's readings agree with the labels before it, over samples that have a label on both sides. */
export const readingAgreement = z.object({
  /** Class id of one of several questions; null of classes. */
  question: z.number().int().nullable(),
  samples: z.number().int(),
  /** Cohen's kappa. */
  kappa: estimate,
  /** Of ordered classes: quadratic-weighted kappa, and the mean distance in ranks. */
  quadraticKappa: estimate.nullable(),
  meanAbsoluteError: estimate.nullable(),
});
export type ReadingAgreement = z.infer<typeof readingAgreement>;

/** What a round of blind re-reading came to, in counts. */
export const rereadCounts = z.object({
  /** Test samples of the round, and how many of them were read. */
  samples: z.number().int(),
  read: z.number().int(),
  /** Of those: the same label and still taking part; another label; now unsure or excluded. */
  same: z.number().int(),
  changed: z.number().int(),
  withdrawn: z.number().int(),
  changes: z.array(
    z.object({
      from: labelValue,
      to: labelValue,
      fromState: labelState,
      toState: labelState,
      samples: z.number().int(),
    }),
  ),
});
export type RereadCounts = z.infer<typeof rereadCounts>;

/** The same with the agreement between the two readings: one entry, or one a question. */
export const rereadSummary = rereadCounts.extend({ agreement: z.array(readingAgreement) });
export type RereadSummary = z.infer<typeof rereadSummary>;

/** A round of blind re-reading: one reader, every scored test sample that is not excluded, in an order of chance. */
export const rereadRound = z.object({
  number: z.number().int().positive(),
  reader: z.string(),
  seed: z.number().int(),
  startedAt: z.string(),
  /** null while it goes on. */
  endedAt: z.string().nullable(),
  /** Nothing of the labels is said before the round has ended. */
  samples: z.number().int(),
  read: z.number().int(),
});
export type RereadRound = z.infer<typeof rereadRound>;

/** A round with its queue: keys in their order, and those that were read, with the reader's own answer. */
export const rereadQueue = rereadRound.extend({
  keys: z.array(z.number().int()),
  answers: z.array(z.object({ key: z.number().int(), value: labelValue, state: labelState })),
});
export type RereadQueue = z.infer<typeof rereadQueue>;
