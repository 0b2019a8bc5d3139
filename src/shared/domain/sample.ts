import { z } from 'zod';
import { answer, labelAnswers, labelEvent, labelState } from './label';

export const split = z.enum(['train', 'val', 'test']);
export type Split = z.infer<typeof split>;

/** docs/science.md, section 3: what a prediction is worth beside a label. */
export const predictionKind = z.enum(['out-of-fold', 'unseen', 'seen-in-training']);
export type PredictionKind = z.infer<typeof predictionKind>;

/**
 * docs/science.md, section 3: whether a prediction may be held against its sample's label, suggested and accepted. Out of fold it may, and of
 * samples without a split. Test stands outside, also once it was scored: its figures are on the Check page alone.
 */
export const mayBeCompared = (kind: PredictionKind, inSplit: Split | null): boolean =>
  inSplit !== 'test' && (kind === 'out-of-fold' || (kind === 'unseen' && inSplit === null));

export const samplePrediction = z.object({
  kind: predictionKind,
  /** By the decision rule; null where the scheme's kind is `answers`. */
  class: z.number().int().nullable(),
  /** Yes or no to each question by the decision rule; null for the other kinds. */
  answers: labelAnswers.nullable(),
  /** One per class (of answers: that it is yes), in the order of the scheme's classes by `order`. */
  probabilities: z.array(z.number()),
  /** null without a label, or where the prediction may not be compared with one. Of answers: all assessed ones. */
  agrees: z.boolean().nullable(),
});
export type SamplePrediction = z.infer<typeof samplePrediction>;

/** A sample as lists show it. `key` is its number in this project; `id` the stable text that people and files use. */
export const sampleRow = z.object({
  key: z.number().int(),
  id: z.string(),
  split: split.nullable(),
  /** Left out of its split because it shares a group with another split. */
  leak: z.boolean(),
  group: z.number().int(),
  groupSize: z.number().int(),
  class: z.number().int().nullable(),
  /** null where none is given, and for kinds other than `answers`. */
  answers: labelAnswers.nullable(),
  /** The class that it had until that was split, while it waits to be read anew. */
  former: z.number().int().nullable(),
  state: labelState,
  reader: z.string().nullable(),
  note: z.string().nullable(),
  reason: z.string().nullable(),
  changedAt: z.string().nullable(),
  /** [width, height, depth]; depth 1 in 2D. */
  size: z.tuple([z.number(), z.number(), z.number()]),
  prediction: samplePrediction.nullable(),
});
export type SampleRow = z.infer<typeof sampleRow>;

/** `none`: no prediction, or one that may not be compared with the label. */
export const agreement = z.enum(['agrees', 'disagrees', 'none']);

/** Every present key narrows the list; within a key any of the values fits. An empty array fits nothing. */
export const sampleFilter = z.object({
  splits: z.array(split.nullable()).optional(),
  classes: z.array(z.number().int().nullable()).optional(),
  states: z.array(labelState).optional(),
  predicted: z.array(z.number().int().nullable()).optional(),
  agreement: z.array(agreement).optional(),
  /** By class id: the answers that fit. */
  answers: z.record(z.string(), z.array(answer)).optional(),
  /** Some of these questions is answered otherwise by the model. */
  disputed: z.array(z.number().int()).optional(),
  /** The model's probability for the present label (of answers: for the least likely one), inclusive bounds. */
  labelProbability: z.tuple([z.number(), z.number()]).optional(),
  /** The highest probability of the prediction, inclusive bounds. */
  confidence: z.tuple([z.number(), z.number()]).optional(),
  readers: z.array(z.string()).optional(),
  /** By column of a table; null: it says nothing. */
  metadata: z.record(z.string(), z.array(z.string().nullable())).optional(),
  /** In id, note, reason; case does not matter. */
  text: z.string().optional(),
  leak: z.boolean().optional(),
  keys: z.array(z.number().int()).optional(),
});
export type SampleFilter = z.infer<typeof sampleFilter>;

export const sampleSort = z.enum(['id', 'split', 'class', 'state', 'disagreement', 'confidence', 'changed', 'random']);
export type SampleSort = z.infer<typeof sampleSort>;

const counted = <T extends z.ZodType>(value: T) => z.array(z.object({ value, count: z.number().int() }));

/** Counts of one facet leave out that facet's own filter, so that they say what ticking a box would bring. */
export const facets = z.object({
  total: z.number().int(),
  matching: z.number().int(),
  splits: counted(split.nullable()),
  classes: counted(z.number().int().nullable()),
  states: counted(labelState),
  predicted: counted(z.number().int().nullable()),
  agreement: counted(agreement),
  /** One entry a question, in order; empty for kinds other than `answers`. */
  answers: z.array(
    z.object({
      class: z.number().int(),
      yes: z.number().int(),
      no: z.number().int(),
      na: z.number().int(),
      disputed: z.number().int(),
    }),
  ),
  readers: counted(z.string()),
  /** 20 equal bins of the model's probability for the present label. */
  labelProbability: z.array(z.number().int()),
  /** Columns of tables; `more` values are too rare to be listed. */
  metadata: z.array(z.object({ name: z.string(), values: counted(z.string().nullable()), more: z.number().int() })),
});
export type Facets = z.infer<typeof facets>;

export const neighbour = z.object({
  key: z.number().int(),
  id: z.string(),
  class: z.number().int().nullable(),
  answers: labelAnswers.nullable(),
  distance: z.number(),
});
export type Neighbour = z.infer<typeof neighbour>;

/** Another sample with equal or nearly equal pixels. Their labels stay separate; labelling one offers the same for its twin. */
export const twin = z.object({
  key: z.number().int(),
  id: z.string(),
  exact: z.boolean(),
  class: z.number().int().nullable(),
  answers: labelAnswers.nullable(),
  split: split.nullable(),
});
export type Twin = z.infer<typeof twin>;

/** A sample's page and inspector. */
export const sampleDetail = z.object({
  row: sampleRow,
  contentHash: z.string(),
  channels: z.number().int(),
  dtype: z.string(),
  source: z.string(),
  /** What a table said of it beside its label. */
  metadata: z.array(z.object({ name: z.string(), value: z.string() })),
  /** Oldest first. */
  history: z.array(labelEvent),
  /** Nearest by features among train and validation; empty until features are there. */
  neighbours: z.array(neighbour),
  twins: z.array(twin),
});
export type SampleDetail = z.infer<typeof sampleDetail>;

/** `predict`: one entry a sample, keys of `probabilities` are full class names. */
export const predictionList = z.object({
  run: z.string().nullable(),
  predictions: z.array(
    z.object({
      sample: z.string(),
      split: split.nullable(),
      probabilities: z.record(z.string(), z.number()),
      kind: predictionKind,
    }),
  ),
  /** Test samples not yet scored. */
  withheld: z.number().int(),
});
export type PredictionList = z.infer<typeof predictionList>;
