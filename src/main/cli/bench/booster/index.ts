import { availableParallelism } from 'node:os';
import { sideBySide } from '@main/training/foldWaves';
import { ARMS } from '@main/training/booster/experiment';
import { KINDS } from '@main/training/booster/constructed/tasks';
import type { Kind } from '@main/training/booster/constructed/tasks';
import type { BoosterArm, BoosterVerdict } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Context } from '../../context';
import { table } from '../../output';
import type { Answer } from '../../output';
import { Lines } from '../lines';
import { ownProgram, startLineProcess } from '../lineProcess';
import { machineName } from '../machine';
import { SAMPLES, told } from './check';
import type { Question, Told } from './check';

/** What the check ought to say of each kind; of shuffled labels nothing that claims help. */
const EXPECTED: Record<Kind, readonly BoosterVerdict[]> = {
  'pre-trained': ['helps'],
  structure: ['structure'],
  parameters: ['more-parameters'],
  shuffled: ['hurts', 'smaller-than-delta', 'cannot-tell'],
};

/**
 * Whether the booster check can tell: on tasks whose answer is known, how often it says it. A network this small keeps one thread busy,
 * so checks go side by side, a process for each core.
 * @param o.out file that keeps each answer, so that it can be ended and gone on with
 */
export async function benchBooster(o: { repeats: number; out?: string }, context: Context): Promise<Answer> {
  const { repeats } = o;
  const lines = new Lines(told, o.out ?? null);
  const waiting: Question[] = Array.from({ length: repeats }, (_, i) => i + 1)
    .flatMap((repeat) => KINDS.map((kind) => ({ kind, repeat })))
    .filter((asked) => !lines.all.some((line) => line.kind === asked.kind && line.repeat === asked.repeat));
  const start = performance.now();
  const processes = Math.min(availableParallelism(), waiting.length);
  if (processes > 0) context.output.note('training a block that carries the answer');
  const finished = await sideBySide([...Array(processes).keys()], context.signal, async (i, stop) => {
    const check = await startLineProcess(ownProgram(`check ${i + 1}`, 'benchBooster'), stop);
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const answer = told.parse(await check.ask(next));
      lines.add(answer);
      context.output.note(`${answer.kind} ${answer.repeat}: ${answer.verdict}`);
    }
    await check.end();
    return true;
  });
  if (!finished) throw new UserError('cancelled', 'the bench was stopped');
  const seconds = Math.round((performance.now() - start) / 1000);
  return answerOf(
    lines.all.filter(({ repeat }) => repeat <= repeats),
    repeats,
    seconds,
  );
}

/** @param seconds that this call took; answers that were kept from earlier ones cost it none */
function answerOf(all: readonly Told[], repeats: number, seconds: number): Answer {
  const kinds = KINDS.map((kind) => {
    const of = all.filter((line) => line.kind === kind);
    return {
      kind,
      right: of.filter(({ verdict }) => EXPECTED[kind].includes(verdict)).length,
      verdicts: countsOf(of.map(({ verdict }) => verdict)),
      auc: Object.fromEntries(ARMS.map((arm) => [arm, meanAuc(of, arm)])) as Record<BoosterArm, number>,
    };
  });
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

const countsOf = (verdicts: readonly BoosterVerdict[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
};

const meanAuc = (results: readonly Told[], arm: BoosterArm): number =>
  results.reduce((sum, { auc }) => sum + (auc[arm] ?? NaN), 0) / results.length;
