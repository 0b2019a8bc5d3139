import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Client } from '@shared/contract';
import { head, type RecipeOptions, type RunSummary, type Score, type Where } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { whereOf } from '../options';
import type { BlockPlace } from '../options';
import { fixed, scoredWords, seconds, table } from '../output';
import type { Answer } from '../output';
import { openProject, withProject } from '../session';

export interface TrainOptions extends Omit<RecipeOptions, 'block'> {
  project: string;
  json?: boolean;
  block?: BlockPlace;
  causal?: boolean;
  rotary?: boolean;
  scoreTest?: boolean;
  dryRun?: boolean;
}

/** Trains on the labels of now: one run folder, first of all. */
export function trainCommand(options: TrainOptions, context: Context): Promise<Answer> {
  const { project, scoreTest, dryRun, block: place, causal = false, rotary = false, json: _json, ...recipe } = options;
  const block = place && { ...place, path: resolve(place.path), causal, rotary };
  return withProject(project, async ({ client }) => {
    if (dryRun || recipe.outOfFold) {
      const cost = await costOf(client, context, { ...recipe, block }, Boolean(dryRun));
      if (dryRun) return cost;
      context.output.note(cost.text);
    }
    const finished = await follow(client, context, () => client.training.start({ ...recipe, block }));
    return answer(scoreTest ? await client.training.scoreTest({ run: finished.id }) : finished, client);
  });
}

/** Milliseconds between two looks at a measurement. */
const MEASURE_WAIT = 500;

/** What a run would take; a few real steps are measured where `measure` says so and nothing is known. */
async function costOf(client: Client, context: Context, options: RecipeOptions, measure: boolean): Promise<Answer> {
  let found = await client.training.estimate({ ...options, known: !measure });
  while (found.measuring && measure && !context.signal.aborted) {
    context.output.progress('measuring a few real steps');
    await new Promise((resolve) => setTimeout(resolve, MEASURE_WAIT));
    found = await client.training.estimate(options);
  }
  if (found.refused !== null) throw new UserError('run-refused', found.refused);
  const { seconds: time, foldsSeconds, memoryBytes, engine, samples, leftOut, recipe } = found;
  const text = [
    time === null ? 'how long it takes is not known yet' : `about ${seconds(time)}`,
    ...(foldsSeconds === null ? [] : [`${seconds(foldsSeconds)} of it for ${recipe.folds} folds`]),
    ...(memoryBytes === null ? [] : [`${(memoryBytes / 1e9).toFixed(1)} GB of memory`]),
    `on ${engine}`,
    `${samples.train} training and ${samples.val} validation samples`,
  ].join(', ');
  return { json: { seconds: time, foldsSeconds, memoryBytes, engine, samples, leftOut, recipe }, text };
}

/** Executes a run folder that waits, or goes on where it ended; one that is finished only tells its scores. */
export async function runCommand(folder: string, on: Partial<Where>, context: Context): Promise<Answer> {
  const path = resolve(folder);
  if (!existsSync(join(path, 'recipe.json')))
    throw new UserError('run-missing', 'there is no run here (no recipe.json)', { file: folder });
  const session = await openProject(dirname(dirname(path)));
  try {
    const run = basename(path);
    const known = (await session.client.training.runs({})).find(({ id }) => id === run);
    if (known?.state === 'done') return await answer(known, session.client);
    return await answer(
      await follow(session.client, context, () => session.client.training.resume({ run, on: whereOf(on) })),
      session.client,
    );
  } finally {
    await session.close();
  }
}

/** Waits for a run and shows how far it is. Ctrl+C stops it and keeps the best so far. */
export async function follow(
  client: Client,
  context: Context,
  start: () => Promise<RunSummary>,
  onStage: (stage: string) => void = () => {},
): Promise<RunSummary> {
  const listening = new AbortController();
  const events = await client.events({}, { signal: listening.signal });
  try {
    let run = await start();
    context.signal.addEventListener('abort', () => void client.training.stop({ run: run.id }));
    context.output.note(`run ${run.id}`);
    let stage = '';
    for await (const event of events) {
      if (event.type === 'run' && event.progress.run === run.id) {
        const p = event.progress;
        if (p.stage !== stage) {
          context.output.note((stage = p.stage));
          onStage(stage);
        }
        const left = p.secondsLeft === null ? '' : `, ${Math.ceil(p.secondsLeft)} s left`;
        context.output.progress(`${p.stage} ${p.done}/${p.total}${left}`);
      }
      if (event.type === 'runs') run = event.runs.find(({ id }) => id === run.id) ?? run;
      if (run.state === 'done' || run.state === 'stopped') return run;
      if (run.state === 'failed') throw failure(run);
    }
    throw new UserError('connection-lost', `the connection was lost while ${run.id} ran`);
  } finally {
    listening.abort();
  }
}

const failure = (run: RunSummary): UserError => {
  const reason = run.error ?? 'the run failed';
  return new UserError(/memory/.test(reason) ? 'out-of-memory' : 'run-failed', reason, { file: run.id });
};

/** The keys that scripts read. */
export function runAnswer(run: RunSummary): object {
  const { id, preset, mode, core, engine, epochs, seconds, predictor, timesScored } = run;
  const scores = Object.fromEntries(
    HEADS.map((head) => {
      const of = run.scores[head];
      return [head, of && { oof: figuresOf(of.oof), val: figuresOf(of.val), test: figuresOf(of.test) }];
    }),
  );
  return { run: id, preset, mode, core, engine, epochs, seconds, predictor, scores, timesScored };
}

const HEADS = head.options;
/** AUC and ACC alone: `evaluate` has their intervals. */
const figuresOf = (of: Score | null): Pick<Score, 'auc' | 'acc'> | null => of && { auc: of.auc, acc: of.acc };

async function answer(run: RunSummary, client: Client): Promise<Answer> {
  const { testScored = { times: 0, runs: 0 } } = (await client.project.info({})) ?? {};
  const rows = HEADS.flatMap((head) => {
    const scores = run.scores[head];
    if (!scores) return [];
    const cells = [scores.oof, scores.val, scores.test].flatMap((s) => [fixed(s?.auc), fixed(s?.acc)]);
    return [[head === run.predictor ? `${head} *` : head, ...cells]];
  });
  const text = [
    `${run.id}: ${run.preset}, ${run.mode} + ${run.core}, ${run.epochs} epochs, ${run.engine}, ${seconds(run.seconds)}, ${run.state}`,
    table(['head', 'oof AUC', 'ACC', 'val AUC', 'ACC', 'test AUC', 'ACC'], rows),
    `* predicts by default. ${scoredWords(run.timesScored, testScored)}`,
    ...(run.testVoided ? ['Its earlier test scores are voided: the splits were drawn anew.'] : []),
  ].join('\n');
  return { json: runAnswer(run), text };
}
