import { z } from 'zod';
import { boosterResult, boosterVerdict } from './booster';
import { core, mode, preset, recipe } from './recipe';
import { volumeRecipe } from './volumeInput';

/** What the network sees (docs/science.md, section 7), fixed for a project and part of every hash. */
export const inputRecipe = z.object({
  /** Side of the square input in pixels, a multiple of the encoder's patch. */
  imageSize: z.number().int().positive(),
  resize: z.literal('bicubic-antialias'),
  letterbox: z.boolean(),
  /** ImageNet mean and deviation, grey repeated over three channels. */
  normalise: z.literal('imagenet'),
  /** Full scale of the stored values, e.g. 255 or 65535. */
  fullScale: z.number().positive(),
  axes: z.enum(['image', 'three-axes']),
  /** Of studies: how a volume, or a box in one, comes onto the grid; `fullScale` is 1 then. */
  volume: volumeRecipe.optional(),
});
export type InputRecipe = z.infer<typeof inputRecipe>;

/** A file of an exported network. */
export const exportedFile = z.object({
  name: z.string(),
  bytes: z.number().int(),
  precision: z.enum(['float32', 'float16']),
  /** Greatest difference of a probability from the engine's, on samples of the project. */
  difference: z.number(),
  /** Samples that were compared. */
  compared: z.number().int(),
});
export type ExportedFile = z.infer<typeof exportedFile>;

/** The heads that a run trains: the probe, the control without a block, and what was chosen. */
export const head = z.enum(['probe', 'plain', 'chosen']);
export type Head = z.infer<typeof head>;

const interval = z.object({ low: z.number().nullable(), high: z.number().nullable() });
export const score = z.object({
  auc: z.number().nullable(),
  acc: z.number(),
  /** 95 %, by group; absent in runs of before there were any. */
  intervals: z.object({ auc: interval, acc: interval }).optional(),
});
export type Score = z.infer<typeof score>;
export const headScores = z.object({ oof: score.nullable(), val: score.nullable(), test: score.nullable() });
export type HeadScores = z.infer<typeof headScores>;

export const runState = z.enum(['queued', 'running', 'paused', 'stopped', 'done', 'failed']);
export type RunState = z.infer<typeof runState>;

export const runSummary = z.object({
  /** The folder's name in `runs/`. */
  id: z.string(),
  number: z.number().int(),
  name: z.string(),
  note: z.string(),
  preset,
  mode,
  core,
  engine: z.string(),
  state: runState,
  error: z.string().nullable(),
  startedAt: z.string(),
  seconds: z.number().nullable(),
  epochs: z.number().int(),
  epochsDone: z.number().int(),
  /** Position in the label journal that the run was trained on, and how many labels changed since. */
  journal: z.number().int(),
  splitVersion: z.number().int(),
  /** Which head predicts by default (docs/science.md, section 6). */
  predictor: head.nullable(),
  scores: z.object({ probe: headScores.nullable(), plain: headScores.nullable(), chosen: headScores.nullable() }),
  /** Of the present version of the splits; 0: `scores` hold no test figures. */
  timesScored: z.number().int(),
  /** Its test split was scored, and a new version of the splits voided that. */
  testVoided: z.boolean(),
  /** This run predicts now. */
  predicting: z.boolean(),
  /** What a finished booster check concludes; null of other runs. */
  verdict: boosterVerdict.nullable(),
});
export type RunSummary = z.infer<typeof runSummary>;

/** One line of `metrics.jsonl`. `part` is `chosen`, `plain`, or `fold-3/chosen`. */
export const metricsLine = z.object({
  part: z.string(),
  epoch: z.number().int(),
  step: z.number().int(),
  trainLoss: z.number().nullable(),
  valLoss: z.number().nullable(),
  valAuc: z.number().nullable(),
  learningRate: z.number().nullable(),
});
export type MetricsLine = z.infer<typeof metricsLine>;

export const runProgress = z.object({
  run: z.string(),
  /** `features`, `probe`, `plain`, `chosen`, `folds` (several side by side) … in order. */
  stage: z.string(),
  done: z.number(),
  total: z.number(),
  epoch: z.number().int().nullable(),
  epochs: z.number().int().nullable(),
  secondsLeft: z.number().nullable(),
  /** It is held between two steps, and uses no processor. */
  paused: z.boolean(),
  memoryBytes: z.number().nullable(),
  /** Share of the steps' time in which the engine waited for pictures; null where nothing is made ready beside it. */
  waiting: z.number().nullable(),
  line: metricsLine.nullable(),
  log: z.string().nullable(),
});
export type RunProgress = z.infer<typeof runProgress>;

/** What predicts on screen now. */
export const predictorInfo = z.object({
  /** null: the live probe on the labels of now. */
  run: z.string().nullable(),
  head,
  /** Chosen by the person, or by the default rule. */
  chosenByPerson: z.boolean(),
  /** Bounds are null where no interval is defined. */
  auc: z.object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() }).nullable(),
  samples: z.number().int(),
  updatedAt: z.string().nullable(),
  seconds: z.number().nullable(),
});
export type PredictorInfo = z.infer<typeof predictorInfo>;

export const probeStatus = z.object({
  state: z.enum(['off', 'waiting', 'features', 'fitting', 'ready', 'paused', 'failed']),
  /** Samples whose features are there, and all. */
  done: z.number().int(),
  total: z.number().int(),
  secondsLeft: z.number().nullable(),
  /** Why it waits or failed. */
  reason: z.string().nullable(),
  /** Samples without a prediction because their originals cannot be read; the others go on. */
  missing: z.number().int(),
  /**
   * Groups that two classes need, and how many each class has in train and validation; of several answers those with yes and with no to
   * the question that lacks least. null where there are enough.
   */
  waiting: z
    .object({ needed: z.number().int(), groups: z.array(z.number().int()), question: z.string().nullable() })
    .nullable(),
});
export type ProbeStatus = z.infer<typeof probeStatus>;

/** A run's page: everything that its folder says. */
export const runDetail = z.object({
  summary: runSummary,
  recipe,
  lines: z.array(metricsLine),
  /** The last 200 lines of `log.txt`. */
  log: z.array(z.string()),
  samples: z.object({
    train: z.number().int(),
    val: z.number().int(),
    test: z.number().int(),
    leftOut: z.number().int(),
  }),
  /** What a finished booster check found. */
  booster: boosterResult.nullable(),
});
export type RunDetail = z.infer<typeof runDetail>;

/** Said before a run starts. */
export const runEstimate = z.object({
  /** Resolved recipe. */
  recipe,
  samples: z.object({ train: z.number().int(), val: z.number().int() }),
  leftOut: z.object({
    unsure: z.number().int(),
    excluded: z.number().int(),
    unlabelled: z.number().int(),
    leak: z.number().int(),
  }),
  /** From the last run on this machine or a measured step; null before the first. */
  seconds: z.number().nullable(),
  /** Of these for trainings out of fold; null where there are none, or nothing is known. */
  foldsSeconds: z.number().nullable(),
  /** null where it is not known, e.g. of a block outside of the library. */
  memoryBytes: z.number().nullable(),
  /** `graph`: the sizes of the network's own graph, traced; `sizes`: samples, tokens, batch and block, by a formula that two measured peaks set. */
  memoryFrom: z.enum(['graph', 'sizes']).nullable(),
  /** Time or memory are being measured: `runs` is announced when they are known. */
  measuring: z.boolean(),
  engine: z.string(),
  /** Why it cannot start (too few samples, a refused combination); null where it can. */
  refused: z.string().nullable(),
});
export type RunEstimate = z.infer<typeof runEstimate>;
