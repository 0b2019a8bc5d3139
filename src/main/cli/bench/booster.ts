import { availableParallelism } from 'node:os';
import { createOnnxEngine } from '@main/engine';
import type { Engine, LoadedBlock } from '@main/engine';
import { boosterResultOf } from '@main/insight';
import { ARMS, boosterFolds, boosterUnits, runUnit } from '@main/training/booster/experiment';
import type { BoosterTask } from '@main/training/booster/experiment';
import { sideBySide } from '@main/training/foldWaves';
import type { BoosterArm, BoosterResult, BoosterVerdict } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { constructedTask, KINDS, untrainedBlock } from '@main/training/booster/constructed/tasks';
import type { Kind } from '@main/training/booster/constructed/tasks';
import { pretrainedBlock } from '@main/training/booster/constructed/pretrain';
import { since } from './figures';
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

/** Whether the booster check can tell: on tasks whose answer is known, how often it says it. */
export async function benchBooster({ repeats }: { repeats: number }, context: Context): Promise<Answer> {
  const start = performance.now();
  const engine = await createOnnxEngine({ threads: 1 });
  const seeds = Array.from({ length: SEEDS }, (_, i) => i + 1);
  context.output.note('training a block that carries the answer');
  const trained = await pretrainedBlock(engine, seeds);
  const rows: { kind: Kind; right: number; verdicts: Record<string, number>; auc: Record<BoosterArm, number> }[] = [];
  for (const kind of KINDS) {
    const results: BoosterResult[] = [];
    for (let repeat = 1; repeat <= repeats; repeat++) {
      const block: LoadedBlock = kind === 'pre-trained' ? trained : untrainedBlock(1000 + repeat);
      const result = await check(constructedTask(kind, block, SAMPLES, 100 * repeat), engine, context.signal);
      results.push(result);
      context.output.note(`${kind} ${repeat}: ${result.verdict}`);
    }
    rows.push({
      kind,
      right: results.filter(({ verdict }) => EXPECTED[kind].includes(verdict)).length,
      verdicts: countsOf(results.map(({ verdict }) => verdict)),
      auc: Object.fromEntries(ARMS.map((arm) => [arm, meanAuc(results, arm)])) as Record<BoosterArm, number>,
    });
  }
  const json = { machine: machineName(), samples: SAMPLES, repeats, seconds: since(start), kinds: rows };
  const lines = rows.map(({ kind, right, verdicts, auc }) => [
    kind,
    `${right} of ${repeats}`,
    Object.entries(verdicts)
      .map(([verdict, count]) => `${verdict} ${count}`)
      .join(', '),
    ...ARMS.map((arm) => auc[arm].toFixed(3)),
  ]);
  const text = `${json.machine}, ${SAMPLES} samples, ${json.seconds} s\n${table(['answer made by', 'said so', 'verdicts', ...ARMS], lines)}`;
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

const meanAuc = (results: readonly BoosterResult[], arm: BoosterArm): number =>
  results.reduce((sum, { arms }) => sum + (arms.find((a) => a.arm === arm)?.auc ?? NaN), 0) / results.length;
