import type { Recipe } from '@shared/domain';
import type { Rates } from '../headTrainer';

/** Steps of an epoch. */
export const stepsOf = (rows: number, { batch, accumulate }: Pick<Recipe, 'batch' | 'accumulate'>): number =>
  Math.max(1, Math.ceil(rows / (batch * accumulate)));

/** Samples a step whose learning rate `scaleRate` speaks of (Goyal et al. 2017; DeiT's is told for 512). */
const RATE_IS_OF = 512;

/** The learning rates of a training. @param perEpoch steps */
export function ratesOf(recipe: Recipe, perEpoch: number): Rates {
  const { learningRate, scaleRate, batch, accumulate, warmUpSteps, warmUpEpochs, leastRate, schedule } = recipe;
  return {
    learningRate: scaleRate ? (learningRate * batch * accumulate) / RATE_IS_OF : learningRate,
    warmUpSteps: warmUpSteps + warmUpEpochs * perEpoch,
    leastRate,
    schedule,
  };
}
