import type { Engine, LoadedBlock } from '@main/engine';
import { boosterResultOf } from '@main/insight';
import { constructedTask, KINDS, untrainedBlock } from '@main/training/booster/constructed/tasks';
import { ARMS, boosterFolds, boosterUnits, runUnit } from '@main/training/booster/experiment';
import { boosterArm, boosterVerdict } from '@shared/domain';
import type { BoosterArm } from '@shared/domain';
import { z } from 'zod';

export const SAMPLES = 300;
/** Repetitions within a check, and the seeds for which the pre-trained block is trained. */
export const SEEDS = [1, 2, 3, 4, 5];
const FOLDS = 5;
const DELTA = 0.01;

/** One check: which kind of task, and which of them. */
export const question = z.object({ kind: z.enum(KINDS), repeat: z.number().int() });
export type Question = z.infer<typeof question>;

/** What one check said. */
export const told = question.extend({
  verdict: boosterVerdict,
  auc: z.record(boosterArm, z.number().nullable()),
  seconds: z.number(),
});
export type Told = z.infer<typeof told>;

/** Asks the booster check about fresh samples of a task whose answer is known. @param trained the block that carries the answer of `pre-trained` */
export async function ask({ kind, repeat }: Question, trained: LoadedBlock, engine: Engine): Promise<Told> {
  const start = performance.now();
  const block = kind === 'pre-trained' ? trained : untrainedBlock(1000 + repeat);
  const task = constructedTask(kind, block, SAMPLES, 100 * repeat);
  const { groups, labels } = task;
  const probabilities = Object.fromEntries(
    ARMS.map((arm) => [arm, SEEDS.map(() => new Float32Array(2 * groups.length))]),
  ) as Record<BoosterArm, Float32Array[]>;
  for (const unit of boosterUnits(SEEDS.length, FOLDS)) {
    // Nothing stops it but the end of the process.
    const answer = (await runUnit(task, unit, engine))!;
    const into = probabilities[unit.arm][unit.seed - 1]!;
    answer.rows.forEach((row, i) => into.set(answer.probabilities.subarray(2 * i, 2 * i + 2), 2 * row));
  }
  const { verdict, arms } = boosterResultOf({
    samples: { labels, classes: 2, groups },
    foldCount: FOLDS,
    folds: SEEDS.map((seed) => boosterFolds(task, seed)),
    probabilities,
    delta: DELTA,
  });
  const auc = Object.fromEntries(arms.map((arm) => [arm.arm, arm.auc])) as Told['auc'];
  return { kind, repeat, verdict, auc, seconds: (performance.now() - start) / 1000 };
}
