import { resolve } from 'node:path';
import type { Client } from '@shared/contract';
import type { BoosterVerdict, Mode, RecipeOptions, RunDetail } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { BlockPlace } from '../options';
import type { Context } from '../context';
import { fixed, seconds, table } from '../output';
import type { Answer } from '../output';
import { withProject } from '../session';
import { follow } from './train';

export interface BoosterOptions extends Pick<
  RecipeOptions,
  'seeds' | 'folds' | 'epochs' | 'delta' | 'taps' | 'engine' | 'device'
> {
  project: string;
  modes: Exclude<Mode, 'plain'>[];
  block?: BlockPlace;
  dryRun?: boolean;
}

/** The one sentence that a check ends with. */
const SENTENCES: Record<BoosterVerdict, string> = {
  'too-little-data': 'Too little data to tell: at least 5 repetitions and 50 groups are needed.',
  helps: 'The pre-trained block helps: it is above no block, a random block and two plain layers.',
  'more-parameters': 'More parameters help: two plain layers of the same size do as well as the block or better.',
  structure: "The block's structure helps; its pre-training adds nothing seen here.",
  hurts: 'The block hurts: it is below no block.',
  'smaller-than-delta': 'The difference is smaller than what would matter.',
  'cannot-tell': 'Cannot tell at this size.',
};

/** Does the block help here? One check a mode, one after the other. */
export function boosterCommand(options: BoosterOptions, context: Context): Promise<Answer> {
  return withProject(options.project, async ({ client }) => {
    if (options.dryRun) return costOf(client, options);
    const checks: RunDetail[] = [];
    for (const mode of options.modes) {
      const run = await follow(client, context, () => client.training.start(recipeFor(options, mode)));
      checks.push(await client.training.run({ run: run.id }));
      if (run.state === 'stopped') break;
    }
    return { json: { checks: checks.map(boosterAnswer) }, text: checks.map(report).join('\n\n') };
  });
}

function recipeFor(options: BoosterOptions, mode: Mode): RecipeOptions {
  const { seeds, folds, epochs, delta, taps, engine, device, block } = options;
  return {
    preset: 'booster',
    mode,
    seeds,
    folds,
    epochs,
    delta,
    taps,
    engine,
    device,
    block: block && { ...block, path: resolve(block.path), causal: false, rotary: false },
  };
}

/** What the checks would take; nothing is started. */
async function costOf(client: Client, options: BoosterOptions): Promise<Answer> {
  const estimates = await Promise.all(
    options.modes.map(async (mode) => ({ mode, ...(await client.training.estimate(recipeFor(options, mode))) })),
  );
  const refused = estimates.find((estimate) => estimate.refused !== null);
  if (refused) throw new UserError('run-refused', refused.refused!);
  const checks = estimates.map(({ mode, seconds: time, samples, recipe }) => ({
    mode,
    trainings: 4 * recipe.seeds * recipe.folds,
    seconds: time,
    samples,
  }));
  const rows = checks.map(({ mode, trainings, seconds: time }) => [
    mode,
    String(trainings),
    time === null ? 'not known before a quick run' : seconds(time),
  ]);
  return { json: { checks }, text: table(['mode', 'trainings, each with its rates', 'about'], rows) };
}

/** The keys that scripts read. */
export function boosterAnswer({ summary, booster }: RunDetail): object {
  return { run: summary.id, mode: summary.mode, state: summary.state, seconds: summary.seconds, ...booster };
}

function report({ summary, booster }: RunDetail): string {
  if (!booster) return `${summary.id}: ${summary.state}; "residua run" goes on`;
  const arms = booster.arms.map(({ arm, auc, perSeed }) => [arm, fixed(auc), perSeed.map((a) => fixed(a)).join(' ')]);
  const differences = booster.comparisons.map((c) => [
    `${c.first} - ${c.second}`,
    signed(c.mean),
    `${signed(c.low)} to ${signed(c.high)}`,
    c.bootstrap ? `${signed(c.bootstrap.low)} to ${signed(c.bootstrap.high)}` : '',
    c.pHolm.toPrecision(2),
  ]);
  return [
    `${summary.id}: ${summary.mode}, ${booster.seeds} repetitions of ${booster.folds} folds, ${booster.samples} samples in ${booster.groups} groups, ${seconds(summary.seconds)}`,
    table(['arm', 'out-of-fold AUC', 'of each repetition'], arms),
    table(['difference', 'mean', '95 %, corrected', '95 %, bootstrap', 'p (Holm)'], differences),
    SENTENCES[booster.verdict],
  ].join('\n');
}

const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(4)}`;
