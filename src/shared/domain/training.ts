import { z } from 'zod';
import { boosterResult, boosterVerdict } from './booster';
import { device, engineChoice } from './engine';
import { blockChoice } from './blocks';
import { encoderFields, isVolumeEncoder } from './encoders';

/** The residual modes and cores of R-LLM (Lai et al. 2024) and its controls; docs/method.md has the equations. */
export const mode = z.enum(['plain', 'none', 'inner', 'outer', 'hybrid', 'outer-nn']);
export type Mode = z.infer<typeof mode>;
export const core = z.enum(['block', 'random', 'mlp', 'linear', 'unfrozen']);
export type Core = z.infer<typeof core>;
/** `quick`: heads on a frozen encoder. `full`: the encoder is trained too. `booster`: does the block help here? */
export const preset = z.enum(['quick', 'full', 'booster']);
export type Preset = z.infer<typeof preset>;

export const taps = z.union([z.literal('last'), z.array(z.number().int().positive()).min(1)]);

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
});
export type InputRecipe = z.infer<typeof inputRecipe>;

const fields = {
  preset,
  mode,
  core,
  taps,
  /** A block of the person's own; null: the bundled SmolLM2-135M block 29. */
  block: blockChoice.nullable(),
  epochs: z.number().int().min(1).max(1000),
  batch: z.number().int().min(1).max(4096),
  /** `quick`: of heads with a residual mode; `plain`, a linear head on fixed features, takes 30 times as much. `full`: of the head. */
  learningRate: z.number().positive(),
  weightDecay: z.number().nonnegative(),
  warmUpSteps: z.number().int().nonnegative(),
  seed: z.number().int().nonnegative(),
  folds: z.number().int().min(2).max(20),
  engine: engineChoice,
  device,
  /** What each layer of a trained encoder learns at, as a share of the layer above it. */
  layerDecay: z.number().positive().max(1),
  /** Share of a target that is spread evenly over all classes (Szegedy et al. 2016). */
  labelSmoothing: z.number().min(0).max(0.9),
  /** `mild`: small shifts, scales and intensities; flips and turns only where the project allows them. */
  augment: z.enum(['none', 'mild']),
  /** Epochs without a better validation AUC after which training ends early; null: never. */
  patience: z.number().int().positive().nullable(),
  /** Repetitions of a booster check: folds, batches and start weights are drawn anew in each. */
  seeds: z.number().int().min(1).max(100),
  /** A difference of AUC that would not matter. */
  delta: z.number().positive().max(0.5),
  /** `balanced`: a class's samples weigh n / (C · its count). Never in folds, whose probabilities must mean something. */
  classWeights: z.enum(['none', 'balanced']),
  /** γ of the focal loss (Lin et al. 2017): what is easy counts less; 0 is cross-entropy. Never in folds. */
  focal: z.number().min(0).max(10),
  ...encoderFields,
};

/** Everything that a run does, by the person's choice; unknown keys are refused, absent ones are those of `quick`. */
export const recipe = z.strictObject({
  preset: fields.preset.default('quick'),
  mode: fields.mode.default('outer'),
  core: fields.core.default('block'),
  taps: fields.taps.default([4, 6, 8, 10, 12]),
  block: fields.block.default(null),
  epochs: fields.epochs.default(15),
  batch: fields.batch.default(32),
  learningRate: fields.learningRate.default(1e-4),
  weightDecay: fields.weightDecay.default(0.05),
  warmUpSteps: fields.warmUpSteps.default(20),
  seed: fields.seed.default(1),
  folds: fields.folds.default(5),
  engine: fields.engine.default('auto'),
  device: fields.device.default('auto'),
  layerDecay: fields.layerDecay.default(1),
  labelSmoothing: fields.labelSmoothing.default(0),
  augment: fields.augment.default('none'),
  patience: fields.patience.default(null),
  seeds: fields.seeds.default(5),
  delta: fields.delta.default(0.01),
  classWeights: fields.classWeights.default('none'),
  focal: fields.focal.default(0),
  encoder: fields.encoder.default('vit'),
  encoderSize: fields.encoderSize.default('compact'),
  sliceAxes: fields.sliceAxes.default('three'),
  trainBlocks: fields.trainBlocks.default(null),
  views: fields.views.default(4),
});
export type Recipe = z.infer<typeof recipe>;
/** What a person may set; nothing is filled in, because defaults differ from preset to preset. */
export const recipeOptions = z.strictObject(fields).partial();
export type RecipeOptions = z.infer<typeof recipeOptions>;

/** What `full` does otherwise than `quick`. */
const FULL: RecipeOptions = {
  epochs: 30,
  warmUpSteps: 40,
  layerDecay: 0.75,
  labelSmoothing: 0.1,
  augment: 'mild',
  patience: 8,
};

/** What a network for volumes does otherwise than an encoder that is trained already: it starts from nothing. */
const FROM_SCRATCH: RecipeOptions = { taps: 'last', layerDecay: 1, learningRate: 3e-4 };

const QUICK = recipe.parse({});
/** Options that are used where the encoder is trained too, and nowhere else. */
const OF_FULL = ['layerDecay', 'labelSmoothing', 'augment', 'patience', 'encoderSize', 'trainBlocks', 'views'] as const;
/** Options that no fold may use, and so no comparison over folds. */
const OF_TRAINING = ['classWeights', 'focal'] as const;
const UNUSED: Record<Preset, readonly (typeof OF_FULL | typeof OF_TRAINING)[number][]> = {
  full: [],
  quick: OF_FULL,
  booster: [...OF_FULL, ...OF_TRAINING],
};

/** Options that differ from the default and that the recipe's preset does not use. */
export const unusedOptions = (of: Recipe): string[] => UNUSED[of.preset].filter((key) => of[key] !== QUICK[key]);

/** The same recipe without them. */
export const withoutUnused = (of: Recipe): Recipe => ({
  ...of,
  ...Object.fromEntries(unusedOptions(of).map((key) => [key, QUICK[key as (typeof OF_FULL)[number]]])),
});

/** Options with the defaults of their preset. @throws ZodError where a value is out of bounds */
export function recipeOf(options: RecipeOptions): Recipe {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const scratch = options.encoder !== undefined && isVolumeEncoder(options.encoder);
  return recipe.parse({ ...(options.preset === 'full' ? FULL : {}), ...(scratch ? FROM_SCRATCH : {}), ...given });
}

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
