import type { BoosterArm } from '@shared/domain';
import type { Engine } from '@main/engine';
import { assignFolds } from '../folds';
import { HeadTrainer } from '../headTrainer';
import type { HeadInputs, Schedule } from '../headTrainer';
import type { HeadSpec } from '../headNetwork';

export const ARMS: readonly BoosterArm[] = ['plain', 'block', 'random', 'mlp'];

/** Factors of an arm's learning rate that are tried; a best one at the edge widens the list by one more on that side. */
const GRID = [1 / 3, 1, 3];
const STEP = 3;
const WIDEST = STEP ** 4;
/** Share of the training rows on which learning rates are compared. */
const INNER_FOLDS = 4;

/** What is asked: networks that differ in one thing, on the same samples. */
export interface BoosterTask {
  /** [n] of the rows that take part. */
  readonly groups: ArrayLike<number>;
  /** [n] class columns, for folds of equal shares. */
  readonly labels: ArrayLike<number>;
  readonly foldCount: number;
  readonly schedule: Omit<Schedule, 'seed'>;
  spec(arm: BoosterArm, seed: number): HeadSpec;
  /** Rows as `groups` counts them. */
  inputs(arm: BoosterArm): HeadInputs;
}

/** One training of the experiment: an arm, in one fold of one repetition. */
export interface BoosterUnit {
  readonly seed: number;
  readonly fold: number;
  readonly arm: BoosterArm;
}

export interface UnitAnswer {
  /** Rows that the fold held out, and what the arm says of them. [rows, C] */
  readonly rows: readonly number[];
  readonly probabilities: Float32Array;
  /** Times the arm's usual learning rate. */
  readonly factor: number;
}

/** All units, in an order in which a repetition is whole as early as can be. */
export function boosterUnits(seeds: number, folds: number): BoosterUnit[] {
  const units: BoosterUnit[] = [];
  for (let seed = 1; seed <= seeds; seed++)
    for (let fold = 0; fold < folds; fold++) for (const arm of ARMS) units.push({ seed, fold, arm });
  return units;
}

/** [n] folds of one repetition: no group straddles two. */
export const boosterFolds = ({ groups, labels, foldCount }: BoosterTask, seed: number): Uint8Array =>
  assignFolds(groups, labels, foldCount, seed);

/** Steps of a unit where the grid is not widened. */
export function stepsOfUnit({ groups, foldCount, schedule }: BoosterTask): number {
  const rows = (groups.length * (foldCount - 1)) / foldCount;
  const of = (count: number): number => schedule.epochs * Math.max(1, Math.ceil(count / schedule.batch));
  return GRID.length * of((rows * (INNER_FOLDS - 1)) / INNER_FOLDS) + of(rows);
}

/**
 * Trains one unit: the learning rate is chosen on an inner validation within the training rows, by the loss there, then the arm
 * learns from all of them. Rows, folds, batches and their order, and the number of steps are the same for all arms.
 * @returns null where it was stopped
 */
export async function runUnit(
  task: BoosterTask,
  unit: BoosterUnit,
  engine: Engine,
  o: { signal?: AbortSignal; onStep?: (done: number, total: number) => void; beforeStep?: () => Promise<void> } = {},
): Promise<UnitAnswer | null> {
  const { seed, fold, arm } = unit;
  const folds = boosterFolds(task, seed);
  const all = [...folds.keys()];
  const rows = all.filter((row) => folds[row] !== fold);
  const held = all.filter((row) => folds[row] === fold);
  const trainer = new HeadTrainer(engine, task.spec(arm, seed), { ...task.schedule, seed }, task.inputs(arm));
  const fit = (on: readonly number[], factor: number) =>
    trainer.fit({
      rows: on,
      stream: fold,
      learningRate: task.schedule.learningRate * factor,
      signal: o.signal,
      beforeStep: o.beforeStep,
      onStep: o.onStep,
    });
  try {
    const factor = await chooseRate(task, rows, seed, async (learn, validate, f) => {
      const { params, stopped } = await fit(learn, f);
      return stopped ? null : trainer.lossOf(await trainer.predict(params, validate), validate);
    });
    if (factor === null) return null;
    const { params, stopped } = await fit(rows, factor);
    if (stopped) return null;
    return { rows: held, probabilities: await trainer.predict(params, held), factor };
  } finally {
    await trainer.dispose();
  }
}

/** The factor of least inner loss; null where it was stopped. */
async function chooseRate(
  { groups, labels }: BoosterTask,
  rows: readonly number[],
  seed: number,
  lossAt: (learn: readonly number[], validate: readonly number[], factor: number) => Promise<number | null>,
): Promise<number | null> {
  const inner = assignFolds(
    rows.map((row) => groups[row]!),
    rows.map((row) => labels[row]!),
    INNER_FOLDS,
    seed + 1000,
  );
  const learn = rows.filter((_, i) => inner[i] !== 0);
  const validate = rows.filter((_, i) => inner[i] === 0);
  const losses = new Map<number, number>();
  const best = (): number => [...losses].reduce((a, b) => (b[1] < a[1] ? b : a))[0];
  let waiting = [...GRID];
  while (waiting.length > 0) {
    for (const factor of waiting) {
      const loss = await lossAt(learn, validate, factor);
      if (loss === null) return null;
      // A rate at which training flew apart is no candidate.
      losses.set(factor, Number.isFinite(loss) ? loss : Infinity);
    }
    const [least, most] = [Math.min(...losses.keys()), Math.max(...losses.keys())];
    waiting = [];
    if (best() === least && least > 1 / WIDEST) waiting = [least / STEP];
    else if (best() === most && most < WIDEST) waiting = [most * STEP];
  }
  return best();
}
