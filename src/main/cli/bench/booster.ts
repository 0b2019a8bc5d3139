import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { createOnnxEngine } from '@main/engine';
import type { Engine, LoadedBlock } from '@main/engine';
import { boosterResultOf } from '@main/insight';
import { ARMS, boosterFolds, boosterUnits, runUnit } from '@main/training/booster/experiment';
import type { BoosterTask } from '@main/training/booster/experiment';
import { sideBySide } from '@main/training/foldWaves';
import { boosterArm, boosterVerdict } from '@shared/domain';
import type { BoosterArm, BoosterResult, BoosterVerdict } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { constructedTask, KINDS, untrainedBlock } from '@main/training/booster/constructed/tasks';
import type { Kind } from '@main/training/booster/constructed/tasks';
import { pretrainedBlock } from '@main/training/booster/constructed/pretrain';
import { Lines } from './lines';
import { machineName } from './machine';

const SAMPLES = 300;
const SEEDS = 5;
const FOLDS = 5;
const DELTA = 0.01;
/** What the check ought to say of each kind; of shuffled labels nothing that claims help. */
const EXPECTED: Record<Kind, readonly BoosterVerdict[]> = {
  'pre-trained': ['helps'],
  structure: ['structure'],
  parameters: ['more-parameters'],
  shuffled: ['hurts', 'smaller-than-delta', 'cannot-tell'],
};

/** What one check said. */
const told = z.object({
  kind: z.enum(KINDS),
  repeat: z.number().int(),
  verdict: boosterVerdict,
  auc: z.record(boosterArm, z.number().nullable()),
  seconds: z.number(),
});
type Told = z.infer<typeof told>;

/**
 * Whether the booster check can tell: on tasks whose answer is known, how often it says it.
 * @param o.out file that keeps each answer, so that it can be ended and gone on with
 */
export async function benchBooster(o: { repeats: number; out?: string }, context: Context): Promise<Answer> {
  const { repeats } = o;
  const lines = new Lines(told, o.out ?? null);
  const engine = await createOnnxEngine({ threads: 1 });
  const seeds = Array.from({ length: SEEDS }, (_, i) => i + 1);
  context.output.note('training a block that carries the answer');
  const trained = await pretrainedBlock(engine, seeds);
  for (const kind of KINDS)
    for (let repeat = 1; repeat <= repeats; repeat++) {
      if (lines.all.some((line) => line.kind === kind && line.repeat === repeat)) continue;
      const start = performance.now();
      const block: LoadedBlock = kind === 'pre-trained' ? trained : untrainedBlock(1000 + repeat);
      const result = await check(constructedTask(kind, block, SAMPLES, 100 * repeat), engine, context.signal);
      const auc = Object.fromEntries(result.arms.map((arm) => [arm.arm, arm.auc])) as Told['auc'];
      lines.add({ kind, repeat, verdict: result.verdict, auc, seconds: (performance.now() - start) / 1000 });
      context.output.note(`${kind} ${repeat}: ${result.verdict}`);
    }
  return answer(
    lines.all.filter(({ repeat }) => repeat <= repeats),
    repeats,
  );
}

function answer(all: readonly Told[], repeats: number): Answer {
  const kinds = KINDS.map((kind) => {
    const of = all.filter((line) => line.kind === kind);
    return {
      kind,
      right: of.filter(({ verdict }) => EXPECTED[kind].includes(verdict)).length,
      verdicts: countsOf(of.map(({ verdict }) => verdict)),
      auc: Object.fromEntries(ARMS.map((arm) => [arm, meanAuc(of, arm)])) as Record<BoosterArm, number>,
    };
  });
  const seconds = Math.round(all.reduce((sum, line) => sum + line.seconds, 0));
  const json = { machine: machineName(), samples: SAMPLES, repeats, seconds, kinds };
  const rows = kinds.map(({ kind, right, verdicts, auc }) => [
    kind,
    `${right} of ${repeats}`,
    Object.entries(verdicts)
      .map(([verdict, count]) => `${verdict} ${count}`)
      .join(', '),
    ...ARMS.map((arm) => auc[arm].toFixed(3)),
  ]);
  const text = `${json.machine}, ${SAMPLES} samples, ${seconds} s\n${table(['answer made by', 'said so', 'verdicts', ...ARMS], rows)}`;
  return { json, text };
}

async function check(task: BoosterTask, engine: Engine, signal: AbortSignal): Promise<BoosterResult> {
  const { groups, labels } = task;
  const probabilities = Object.fromEntries(
    ARMS.map((arm) => [arm, Array.from({ length: SEEDS }, () => new Float32Array(2 * groups.length))]),
  ) as Record<BoosterArm, Float32Array[]>;
  const waiting = boosterUnits(SEEDS, FOLDS);
  const lanes = [...Array(availableParallelism()).keys()];
  const finished = await sideBySide(lanes, signal, async (_, stop) => {
    for (let unit = waiting.shift(); unit; unit = waiting.shift()) {
      const answer = await runUnit(task, unit, engine, { signal: stop });
      if (!answer) return false;
      const into = probabilities[unit.arm][unit.seed - 1]!;
      answer.rows.forEach((row, i) => into.set(answer.probabilities.subarray(2 * i, 2 * i + 2), 2 * row));
    }
    return true;
  });
  if (!finished) throw new UserError('cancelled', 'the bench was stopped');
  return boosterResultOf({
    samples: { labels, classes: 2, groups },
    foldCount: FOLDS,
    folds: Array.from({ length: SEEDS }, (_, i) => boosterFolds(task, i + 1)),
    probabilities,
    delta: DELTA,
  });
}

const countsOf = (verdicts: readonly BoosterVerdict[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
};

const meanAuc = (results: readonly Told[], arm: BoosterArm): number =>
  results.reduce((sum, { auc }) => sum + (auc[arm] ?? NaN), 0) / results.length;
