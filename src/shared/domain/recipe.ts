import { z } from 'zod';
import { blockChoice } from './blocks';
import { encoderChoice, encoderSize, isVolumeEncoder } from './encoders';
import { device, engineChoice } from './engine';

/** The residual modes and cores of R-LLM (Lai et al. 2024) and its controls; docs/method.md has the equations. */
export const mode = z.enum(['plain', 'none', 'inner', 'outer', 'hybrid', 'outer-nn']);
export type Mode = z.infer<typeof mode>;
export const core = z.enum(['block', 'random', 'mlp', 'linear', 'unfrozen']);
export type Core = z.infer<typeof core>;
/**
 * `quick`: heads on a frozen encoder. `full`: the encoder is trained too. `paper-2d`, `paper-3d`: likewise, by the paper's recipes.
 * `booster`: does the block help here?
 */
export const preset = z.enum(['quick', 'full', 'paper-2d', 'paper-3d', 'booster']);
export type Preset = z.infer<typeof preset>;

export const taps = z.union([z.literal('last'), z.array(z.number().int().positive()).min(1)]);

/** Which presets an option means something to; `training`: all but comparisons over folds, which it must not touch. */
type Use = 'every' | 'training' | 'trained' | 'booster';

interface Option<T extends z.ZodType> {
  readonly schema: T;
  /** Of a recipe that does not say it. */
  readonly initial: z.infer<T>;
  /** In English, as the command line says it; the pages have the same text in both languages. */
  readonly help: string;
  readonly use: Use;
}
const option = <T extends z.ZodType>(
  schema: T,
  initial: NoInfer<z.infer<T>>,
  help: string,
  use: Use = 'every',
): Option<T> => ({ schema: schema.describe(help), initial, help, use });

const share = z.number().min(0).max(1);

/**
 * Everything that a person may set of a run: the same in the window, on the command line and in `recipe.json`. What stands here is
 * neutral; `PRESETS` says what each preset does otherwise.
 */
const OPTIONS = {
  preset: option(preset, 'quick', 'what is trained, and by which recipe'),
  mode: option(mode, 'outer', 'how the answer of the block is joined to the tokens'),
  core: option(core, 'block', 'what stands between the two matrices: the frozen block, or a control in its place'),
  taps: option(taps, [4, 6, 8, 10, 12], '"last", or layers of the encoder that are read side by side, such as 4,6,8'),
  block: option(blockChoice.nullable(), null, 'the frozen block; the bundled one of SmolLM2-135M unless said'),
  encoder: option(
    encoderChoice,
    'vit',
    'what reads the samples: DINOv2-small (of volumes on slices), a ViT from a file, or a network for volumes',
  ),
  encoderSize: option(encoderSize, 'compact', 'of a network for volumes: how wide and deep it is', 'trained'),
  sliceAxes: option(
    z.enum(['three', 'one']),
    'three',
    'slices of volumes that a 2D encoder reads: along all axes, or one',
  ),
  classWeights: option(
    z.enum(['none', 'balanced']),
    'none',
    'whether rare classes weigh as much as common ones; never in folds',
    'training',
  ),
  focal: option(
    z.number().min(0).max(10),
    0,
    'how much less what is easy counts (focal loss); 0 is cross-entropy; never in folds',
    'training',
  ),
  trainBlocks: option(
    z.number().int().min(1).max(64).nullable(),
    null,
    'so many of the last blocks of the encoder are trained, on tokens kept from before them; none: all are trained',
    'trained',
  ),
  views: option(
    z.number().int().min(1).max(64),
    4,
    'changed views of each picture whose tokens are kept; epochs take them in turn',
    'trained',
  ),
  epochs: option(z.number().int().min(1).max(1000), 15, 'how often every sample is seen, at most'),
  batch: option(z.number().int().min(1).max(4096), 32, 'samples that are computed at a time'),
  learningRate: option(
    z.number().positive().max(10),
    1e-4,
    'how large steps are; in quick those of heads with a block, plain takes 30 times as much',
  ),
  weightDecay: option(z.number().min(0).max(10), 0.05, 'how strongly AdamW draws matrices to zero; 0 is Adam'),
  warmUpSteps: option(z.number().int().min(0), 20, 'steps over which the learning rate rises at the start'),
  seed: option(z.number().int().min(0), 1, 'everything random follows from it'),
  folds: option(
    z.number().int().min(2).max(20),
    5,
    'parts of train and validation, each predicted by what did not see it',
  ),
  engine: option(engineChoice, 'auto', 'what computes'),
  device: option(device, 'auto', 'where it computes; what is named is never replaced'),
  layerDecay: option(
    z.number().positive().max(1),
    1,
    'what each layer of the encoder learns at, as a share of the layer above it',
    'trained',
  ),
  labelSmoothing: option(
    z.number().min(0).max(0.9),
    0,
    'share of a label that is spread evenly over all classes',
    'trained',
  ),
  augment: option(
    z.enum(['none', 'mild', 'rand']),
    'none',
    'how pictures are changed anew in every epoch: mild shifts, sizes and brightness, or RandAugment',
    'trained',
  ),
  patience: option(
    z.number().int().min(1).max(1000).nullable(),
    null,
    'epochs without a better validation AUC after which training ends; none: never',
    'trained',
  ),
  scaleRate: option(
    z.boolean(),
    false,
    'the learning rate is that of 512 samples a step, and falls with fewer',
    'trained',
  ),
  schedule: option(
    z.enum(['cosine', 'constant']),
    'cosine',
    'how the learning rate goes on after the start: falling as a cosine, or as it is',
    'trained',
  ),
  leastRate: option(z.number().min(0).max(10), 0, 'learning rate that the cosine ends at', 'trained'),
  warmUpEpochs: option(z.number().int().min(0).max(1000), 0, 'epochs of warm-up, beside the steps of it', 'trained'),
  accumulate: option(
    z.number().int().min(1).max(256),
    1,
    'batches whose gradients are added up before a step: more samples a step without more memory',
    'trained',
  ),
  clip: option(
    z.number().positive().max(1e6).nullable(),
    null,
    'greatest length of the gradient; longer ones are shortened to it; none: never',
    'trained',
  ),
  average: option(
    z.number().min(0).max(0.999999),
    0,
    'how long a moving average of the weights (EMA) remembers; it is what predicts then; 0: the weights as they are',
    'trained',
  ),
  dropPath: option(share.max(0.9), 0, 'how often the last layer is skipped in training, earlier ones less', 'trained'),
  mixup: option(
    z.number().min(0).max(10),
    0,
    'pairs of pictures are blended, labels too; the greater, the more evenly; 0: never',
    'trained',
  ),
  cutmix: option(
    z.number().min(0).max(10),
    0,
    'a box of one picture is put into another, labels by area; 0: never',
    'trained',
  ),
  erase: option(share, 0, 'how often a box of a picture is filled with noise', 'trained'),
  crop: option(
    z.number().min(0.01).max(1),
    1,
    'least share of a picture that a random crop shows; 1: no crops',
    'trained',
  ),
  outOfFold: option(
    z.boolean(),
    false,
    'train once more for each fold, so that train and validation get predictions by weights that have not seen them',
    'trained',
  ),
  seeds: option(
    z.number().int().min(1).max(100),
    5,
    'repetitions: folds, batches and start weights are drawn anew in each',
    'booster',
  ),
  delta: option(z.number().positive().max(0.5), 0.01, 'a difference of AUC that would not matter', 'booster'),
} as const;

type Options = typeof OPTIONS;
export type RecipeKey = keyof Options;
export const RECIPE_KEYS = Object.keys(OPTIONS) as RecipeKey[];
type Schemas = { [K in RecipeKey]: Options[K]['schema'] };
const schemas = Object.fromEntries(RECIPE_KEYS.map((key) => [key, OPTIONS[key].schema])) as Schemas;
type Defaults = { [K in RecipeKey]: z.ZodDefault<Schemas[K]> };
const defaults = Object.fromEntries(
  RECIPE_KEYS.map((key) => [key, (schemas[key] as z.ZodType).default(OPTIONS[key].initial)]),
) as Defaults;

/** Everything that a run does, by the person's choice; unknown keys are refused, absent ones are those of `quick`. */
export const recipe = z.strictObject(defaults);
export type Recipe = z.infer<typeof recipe>;
/** What a person may set; nothing is filled in, because defaults differ from preset to preset. */
export const recipeOptions = z.strictObject(schemas).partial();
export type RecipeOptions = z.infer<typeof recipeOptions>;

/** The options that change pictures. */
export const augmentation = z.strictObject(schemas).pick({
  seed: true,
  augment: true,
  mixup: true,
  cutmix: true,
  erase: true,
  crop: true,
});
export type Augmentation = z.infer<typeof augmentation>;
export const augmentationOf = ({ seed, augment, mixup, cutmix, erase, crop }: Augmentation): Augmentation => ({
  seed,
  augment,
  mixup,
  cutmix,
  erase,
  crop,
});
/** Whether they change any. */
export const changesPictures = ({ augment, mixup, cutmix, erase, crop }: Augmentation): boolean =>
  augment !== 'none' || mixup > 0 || cutmix > 0 || erase > 0 || crop < 1;

/** What an option takes, for the command line and the pages. */
export type OptionKind =
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'yes-no' }
  /** `none`: it may be absent. An `open` lower bound is not among the values. */
  | {
      readonly kind: 'number';
      readonly low: number;
      readonly high: number;
      readonly open: boolean;
      readonly whole: boolean;
      readonly none: boolean;
    }
  /** It has a form of its own. */
  | { readonly kind: 'other' };

export function optionKind(key: RecipeKey): OptionKind {
  const given: z.ZodType = schemas[key];
  const none = given instanceof z.ZodNullable;
  const schema = none ? given.unwrap() : given;
  if (schema instanceof z.ZodEnum) return { kind: 'choice', choices: schema.options.map(String) };
  if (schema instanceof z.ZodBoolean) return { kind: 'yes-no' };
  if (!(schema instanceof z.ZodNumber)) return { kind: 'other' };
  const low = schema.minValue ?? -Infinity;
  return {
    kind: 'number',
    low,
    high: schema.maxValue ?? Infinity,
    open: !schema.safeParse(low).success,
    whole: !schema.safeParse(low + 0.5).success && schema.safeParse(low + 1).success,
    none,
  };
}
export const optionHelp = (key: RecipeKey): string => OPTIONS[key].help;

/** The encoder is trained too, one network whole; there is neither probe nor plain control beside it. */
export const trainsEncoder = (of: Preset): boolean => of !== 'quick' && of !== 'booster';

/** Whether an option means something to a preset. */
export function isUsed(key: RecipeKey, by: Preset): boolean {
  const { use } = OPTIONS[key];
  if (use === 'every') return true;
  if (use === 'training') return by !== 'booster';
  return use === 'booster' ? by === 'booster' : trainsEncoder(by);
}

/** What a preset does otherwise than `quick`. */
const PRESETS: Record<Preset, RecipeOptions> = {
  quick: {},
  booster: {},
  full: { epochs: 30, warmUpSteps: 40, layerDecay: 0.75, labelSmoothing: 0.1, augment: 'mild', patience: 8 },
  // DeiT's recipe (Touvron et al. 2021), as the paper's code for two dimensions has it; docs/method.md says each departure.
  'paper-2d': {
    mode: 'inner',
    taps: 'last',
    epochs: 300,
    batch: 128,
    learningRate: 5e-4,
    scaleRate: true,
    leastRate: 1e-5,
    weightDecay: 0.05,
    warmUpSteps: 0,
    warmUpEpochs: 5,
    labelSmoothing: 0.1,
    augment: 'rand',
    mixup: 0.8,
    cutmix: 1,
    erase: 0.25,
    crop: 0.08,
    dropPath: 0.1,
    average: 0.99996,
  },
  // The paper's code for volumes: Adam, nothing changed, nothing smoothed, no schedule.
  'paper-3d': {
    encoder: 'vit3d',
    encoderSize: 'paper',
    mode: 'inner',
    taps: 'last',
    epochs: 100,
    batch: 32,
    learningRate: 1e-5,
    schedule: 'constant',
    weightDecay: 0,
    warmUpSteps: 0,
  },
};

/** What a network for volumes does otherwise than an encoder that is trained already: it starts from nothing. */
const FROM_SCRATCH: RecipeOptions = { taps: 'last', layerDecay: 1, learningRate: 3e-4 };

/** What a trained 2D encoder on the slices of volumes does otherwise: a volume is dozens of pictures, so few fit into memory at a time. */
const ON_SLICES: RecipeOptions = { batch: 2, accumulate: 16 };

/** Whether a 2D encoder is trained on slices. @param volumes the project's samples are volumes */
export const trainsOnSlices = (
  { preset, encoder }: Pick<RecipeOptions, 'preset' | 'encoder'>,
  volumes: boolean,
): boolean => volumes && preset === 'full' && !isVolumeEncoder(encoder ?? OPTIONS.encoder.initial);

/** Options that differ from the default and that the recipe's preset does not use. */
export const unusedOptions = (of: Recipe): RecipeKey[] =>
  RECIPE_KEYS.filter((key) => !isUsed(key, of.preset) && of[key] !== OPTIONS[key].initial);

/** The same recipe without them. */
export const withoutUnused = (of: Recipe): Recipe => ({
  ...of,
  ...Object.fromEntries(unusedOptions(of).map((key) => [key, OPTIONS[key].initial])),
});

/** Options with the defaults of their preset. @param volumes of a project of volumes @throws ZodError where a value is out of bounds */
export function recipeOf(options: RecipeOptions, volumes = false): Recipe {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const preset = options.preset ?? 'quick';
  const scratch = preset !== 'paper-3d' && options.encoder !== undefined && isVolumeEncoder(options.encoder);
  const own = scratch ? FROM_SCRATCH : trainsOnSlices(options, volumes) ? ON_SLICES : {};
  return recipe.parse({ ...PRESETS[preset], ...own, ...given });
}

/** What a fold trains by: the plain loss, so that its probabilities mean something, and all epochs (docs/science.md, section 3). */
export const foldRecipe = (of: Recipe): Recipe => ({
  ...of,
  labelSmoothing: 0,
  mixup: 0,
  cutmix: 0,
  classWeights: 'none',
  focal: 0,
  patience: null,
});
