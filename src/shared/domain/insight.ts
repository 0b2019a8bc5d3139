import { z } from 'zod';
import { head } from './training';

/** An estimate with its 95 % interval; null where it is not defined. `method` names the interval's source. */
export const estimate = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  method: z.enum(['wilson', 'delong', 'bootstrap', 'none']),
});
export type Estimate = z.infer<typeof estimate>;

export const scope = z.enum(['oof', 'val', 'test']);
export type Scope = z.infer<typeof scope>;

/** Stands behind right/wrong, disagreement, confusion matrix and suggestion alike. */
export const decisionRule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('argmax') }),
  z.object({
    kind: z.literal('threshold'),
    value: z.number().min(0).max(1),
    /** Of several answers: thresholds of single questions, by class id; the others follow `value`. */
    questions: z.record(z.string().regex(/^\d+$/), z.number().min(0).max(1)).optional(),
  }),
]);
export type DecisionRule = z.infer<typeof decisionRule>;

/** A threshold for each question, and which predictions they were chosen on. */
export const thresholds = z.object({
  scope: z.enum(['oof', 'val']),
  questions: z.record(z.string(), z.number().min(0).max(1)),
});
export type Thresholds = z.infer<typeof thresholds>;

export const rocPoint = z.object({ fpr: z.number(), tpr: z.number(), low: z.number(), high: z.number() });
export const reliabilityBin = z.object({
  /** Mean predicted probability, observed share with its interval, count. */
  predicted: z.number(),
  observed: z.number(),
  low: z.number(),
  high: z.number(),
  count: z.number().int(),
});

/** One question's figures, over the samples where it was assessed. */
export const answerFigures = z.object({
  class: z.number().int(),
  yes: z.number().int(),
  no: z.number().int(),
  notAssessed: z.number().int(),
  /** Not defined where one of the two answers is absent. */
  auc: estimate,
  acc: estimate,
  majority: z.number().nullable(),
  balancedAccuracy: estimate,
  sensitivity: estimate,
  specificity: estimate,
  /** [no, yes label][no, yes prediction]. */
  confusion: z.array(z.array(z.number().int())),
});
export type AnswerFigures = z.infer<typeof answerFigures>;

export const figures = z.object({
  run: z.string().nullable(),
  head,
  scope,
  samples: z.number().int(),
  groups: z.number().int(),
  leftOut: z.object({
    unsure: z.number().int(),
    excluded: z.number().int(),
    unlabelled: z.number().int(),
    leak: z.number().int(),
  }),
  rule: decisionRule,
  /** Class id of the positive class, null with more than two. */
  positive: z.number().int().nullable(),
  auc: estimate,
  aucWithUnsure: estimate.nullable(),
  acc: estimate,
  majority: z.number(),
  balancedAccuracy: estimate,
  sensitivityAtSpecificity90: estimate.nullable(),
  quadraticKappa: estimate.nullable(),
  meanAbsoluteError: estimate.nullable(),
  /** Expected calibration error, 10 bins of equal count. */
  calibrationError: estimate,
  /** One curve for two classes; else one per class, one against rest. */
  roc: z.array(z.object({ class: z.number().int(), auc: z.number().nullable(), points: z.array(rocPoint) })),
  /** The decision rule's point on the curve of the positive class. */
  operatingPoint: z.object({ fpr: z.number(), tpr: z.number() }).nullable(),
  reliability: z.array(reliabilityBin),
  /** One entry a question; empty for kinds other than `answers`, where the figures above are means over the questions. */
  answers: z.array(answerFigures),
  /** [label][prediction], classes by order; empty of answers (each has its own). */
  confusion: z.array(z.array(z.number().int())),
  /** Why the figures should not be leaned on, as translation keys with values. */
  warnings: z.array(z.object({ key: z.string(), values: z.record(z.string(), z.union([z.string(), z.number()])) })),
  timesScored: z.number().int(),
});
export type Figures = z.infer<typeof figures>;
