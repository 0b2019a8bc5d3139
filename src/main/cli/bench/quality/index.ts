import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Client } from '@shared/contract';
import { ANYWHERE } from '@shared/domain';
import type { RunSummary } from '@shared/domain';
import { UserError } from '@shared/errors';
import { follow } from '../../commands/train';
import type { Context } from '../../context';
import type { Answer } from '../../output';
import { Lines } from '../lines';
import { machineName } from '../machine';
import { lastingWorkplace, makeProject, withQuietProject } from '../workplace';
import type { Workplace } from '../workplace';
import { overPlain } from './difference';
import { chosenMode, found, lineOf } from './found';
import { nameOf, recipeOf, setOf, unitsOf } from './plan';
import type { SetName, Stage, Unit } from './plan';
import { report } from './report';

export interface QualityOptions {
  /** Folder of MedMNIST's files. */
  data?: string;
  /** Folder of projects and of what was found. */
  out: string;
  set: SetName[];
  presets: Stage[];
  seeds: number;
  /** No run is begun after so many. */
  hours?: number;
  /** Score the test split of all that was trained. */
  score?: boolean;
  /** File for the tables. */
  report?: string;
}

/**
 * What the presets reach on MedMNIST. Every choice is made on validation; the test split is scored by a call of its own, `--score`, once a run.
 * What is finished is kept, so that it can be killed at any moment and called again.
 */
export async function benchQuality(options: QualityOptions, context: Context): Promise<Answer> {
  const out = resolve(options.out);
  mkdirSync(out, { recursive: true });
  const lines = new Lines(found, join(out, 'found.jsonl'));
  const bench = new QualityBench(lastingWorkplace(out), lines, context);
  if (options.score) for (const set of options.set) await bench.score(set);
  else if (options.data !== undefined) await bench.train({ ...options, data: resolve(options.data) });
  const text = report(lines.all);
  if (options.report !== undefined) writeFileSync(options.report, `${text}\n`);
  return { json: { machine: machineName(), found: lines.all }, text };
}

class QualityBench {
  constructor(
    private readonly place: Workplace,
    private readonly lines: Lines<typeof found>,
    private readonly context: Context,
  ) {}

  /** Seed by seed, so that what there was time for is spread over all sets. */
  async train({
    data,
    set: sets,
    presets: stages,
    seeds,
    hours = Infinity,
  }: QualityOptions & { data: string }): Promise<void> {
    const end = performance.now() + hours * 3_600_000;
    for (const stage of stages)
      for (let seed = 1; seed <= seeds; seed++)
        for (const set of sets) {
          const chosen = chosenMode(this.lines.all, set);
          if (stage !== 'quick' && chosen === null)
            throw new UserError(
              'run-refused',
              `which mode ${stage} is to train on ${set} is known once quick has trained all`,
            );
          const waiting = unitsOf(set, stage, seed, chosen ?? 'outer').filter(
            (u) => !lineOf(this.lines.all, 'trained', u),
          );
          if (waiting.length === 0) continue;
          if (performance.now() > end) return;
          await this.project(set, data);
          await withQuietProject(this.place, this.dirOf(set), async (client) => {
            for (const u of waiting) if (performance.now() < end) await this.trainUnit(client, u);
          });
        }
  }

  /** Scores every run of a set that was trained and has not been scored, as a person does: logged, all heads of a run at once. */
  async score(set: SetName): Promise<void> {
    const waiting = this.lines.all.filter(
      (line) => line.what === 'trained' && line.unit.set === set && !lineOf(this.lines.all, 'scored', line.unit),
    );
    if (waiting.length === 0) return;
    const dir = this.dirOf(set);
    await withQuietProject(this.place, dir, async (client) => {
      const known = await client.training.runs({});
      for (const { unit, run } of waiting) {
        // Cut off between its scoring and its line: what was scored is read, not scored again.
        const before = known.find(({ id }) => id === run);
        const scored = before?.scores.chosen?.test ? before : await client.training.scoreTest({ run });
        const difference = unit.stage === 'quick' ? await overPlain(join(dir, 'runs', run)) : null;
        this.lines.add({ what: 'scored', unit, run, scores: scored.scores, overPlain: difference });
        this.context.output.note(`${set}, ${nameOf(unit)}: scored`);
      }
    });
  }

  private dirOf(set: SetName): string {
    return join(this.place.dir, `${set}.residua`);
  }

  private async project(set: SetName, data: string): Promise<void> {
    if (existsSync(join(this.dirOf(set), 'project.db'))) return;
    const { file, splits } = setOf(set);
    await makeProject(this.place, set, [join(data, file)], this.context, { splits });
  }

  private async trainUnit(client: Client, unit: Unit): Promise<void> {
    this.context.output.note(`${unit.set}, ${nameOf(unit)}`);
    const name = nameOf(unit);
    const before = (await client.training.runs({})).find((run) => run.name === name);
    const run = before?.state === 'done' ? before : await this.finish(client, unit, before);
    const { id, scores, seconds, engine } = run;
    this.lines.add({ what: 'trained', unit, run: id, scores, seconds, engine });
    this.context.output.note(`validation AUC ${scores.chosen?.val?.auc?.toFixed(4) ?? 'not defined'}`);
  }

  /** Heads alone: folds predict train and validation, and say nothing of the test split. */
  private async finish(client: Client, unit: Unit, before: RunSummary | undefined): Promise<RunSummary> {
    const enough = new AbortController();
    const context = { ...this.context, signal: AbortSignal.any([this.context.signal, enough.signal]) };
    const run = await follow(
      client,
      context,
      () =>
        before
          ? client.training.resume({ run: before.id, on: ANYWHERE })
          : client.training.start({ ...recipeOf(unit), name: nameOf(unit) }),
      (stage) => {
        if (stage === 'folds') enough.abort();
      },
    );
    if (this.context.signal.aborted) throw new UserError('cancelled', 'the bench was stopped');
    return run;
  }
}
