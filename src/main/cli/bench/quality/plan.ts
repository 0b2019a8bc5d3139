import { z } from 'zod';
import { core, mode, preset } from '@shared/domain';
import type { Mode, RecipeOptions, SplitPolicy } from '@shared/domain';

/** A data set of MedMNIST, how it is split, and what others reached on its official test split (AUC). */
export interface QualitySet {
  readonly file: string;
  readonly splits: SplitPolicy;
  /** The paper's model with the block: read off its chart, chosen on test. */
  readonly paper: number;
  /** The best in MedMNIST's own tables (Yang et al. 2023). */
  readonly medmnist: number;
  /** Networks for volumes read them; the paper's recipe differs. */
  readonly volumes?: boolean;
  /** Of runs that train the encoder. */
  readonly mostEpochs?: number;
}

const breast = { file: 'breastmnist.npz', paper: 0.882, medmnist: 0.919 };
export const SETS = {
  breast: { ...breast, splits: 'official' },
  'breast-leak-free': { ...breast, splits: 'leak-free' },
  retina: { file: 'retinamnist.npz', splits: 'official', paper: 0.7475, medmnist: 0.75 },
  pneumonia: { file: 'pneumoniamnist.npz', splits: 'official', paper: 0.98, medmnist: 0.991, mostEpochs: 4 },
  adrenal: { file: 'adrenalmnist3d.npz', splits: 'official', paper: 0.849, medmnist: 0.839, volumes: true },
} as const satisfies Record<string, QualitySet>;
export const setName = z.enum(Object.keys(SETS) as [keyof typeof SETS, ...(keyof typeof SETS)[]]);
export type SetName = z.infer<typeof setName>;
export const setOf = (name: SetName): QualitySet => SETS[name];

/**
 * `quick`: all modes (probe and `plain` come with each). `controls`: other cores in the mode that validation chose. `blocks`: the last blocks of the
 * encoder trained. `full`: all of it. `paper`: the paper's recipe. The last three: `plain` and the mode that validation chose.
 */
export const stage = z.enum(['quick', 'controls', 'blocks', 'full', 'paper']);
export type Stage = z.infer<typeof stage>;

/** Modes that have a block. */
export const MODES = mode.exclude(['plain']).options;

/** One run. */
export const unit = z.object({
  set: setName,
  stage,
  preset,
  mode,
  core,
  seed: z.number().int(),
  trainBlocks: z.number().int().nullable(),
});
export type Unit = z.infer<typeof unit>;

/** The run's name in its project, by which it is found again. */
export const nameOf = (u: Unit): string => [u.stage, u.mode, u.mode === 'plain' ? '' : u.core, u.seed].join(' ');

/** The units of a stage for one seed. @param chosen mode that validation chose in `quick` */
export function unitsOf(set: SetName, of: Stage, seed: number, chosen: Mode): Unit[] {
  const base = { set, stage: of, core: 'block', seed, trainBlocks: null } as const;
  if (of === 'quick') return MODES.map((m) => ({ ...base, preset: 'quick', mode: m }));
  if (of === 'controls')
    return (['random', 'mlp'] as const).map((c) => ({ ...base, preset: 'quick', mode: chosen, core: c }));
  const whole = of === 'paper' ? (setOf(set).volumes ? 'paper-3d' : 'paper-2d') : 'full';
  const trainBlocks = of === 'blocks' ? TRAIN_BLOCKS : null;
  return (['plain', chosen] as const).map((m) => ({ ...base, preset: whole, mode: m, trainBlocks }));
}

const TRAIN_BLOCKS = 4;

export function recipeOf({ set, preset: which, mode: m, core: c, seed, trainBlocks }: Unit): RecipeOptions {
  const { mostEpochs } = setOf(set);
  const shorter = which === 'full' && mostEpochs !== undefined ? { epochs: mostEpochs } : {};
  return { preset: which, mode: m, core: c, seed, ...(trainBlocks === null ? {} : { trainBlocks }), ...shorter };
}
