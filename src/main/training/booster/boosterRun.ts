import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BoosterArm, BoosterResult } from '@shared/domain';
import { boosterResultOf } from '@main/insight';
import { readSafetensors, writeSafetensors } from '@main/formats';
import type { Features } from '../features';
import type { HeadEngines } from '../headWork';
import { blockOf, headSpec } from '../headSpec';
import type { HeadInputs } from '../headTrainer';
import { lanesOf, sideBySide } from '../foldWaves';
import { waitWhilePaused } from '../pause';
import type { Pause } from '../pause';
import type { RunData } from '../runData';
import { RUN_FILES, writeJson } from '../runFiles';
import type { RunLog } from '../runLog';
import { stepper } from '../stepper';
import { pickTargets } from '../targets';
import { rowReader } from '../tokenInputs';
import type { RowReader } from '../tokenInputs';
import { ARMS, boosterFolds, boosterUnits, runUnit, stepsOfUnit } from './experiment';
import type { BoosterTask, BoosterUnit, UnitAnswer } from './experiment';

interface WorkOptions {
  readonly signal?: AbortSignal;
  readonly pause?: Pause;
}

/**
 * Runs a booster check over cached features: unit after unit, several at once where there are threads for it. Units that an earlier
 * execution finished are there; one that was cut off begins anew.
 */
export async function trainBooster(
  data: RunData,
  features: Features,
  engines: HeadEngines,
  log: RunLog,
  { signal, pause }: WorkOptions,
): Promise<'done' | 'stopped'> {
  const { recipe } = data.content;
  const rows = [...data.train, ...data.val].sort((a, b) => a - b);
  const task = await taskOf(data, features, rows);
  const units = boosterUnits(recipe.seeds, recipe.folds);
  const waiting = units.filter((unit) => !existsSync(unitFile(data.folder, unit)));
  const steps = stepsOfUnit(task);
  for (const arm of ARMS) log.plan(arm, steps * waiting.filter((unit) => unit.arm === arm).length);
  let done = units.length - waiting.length;
  log.progress('units', done, units.length);

  const { atOnce, threads } = lanesOf(engines.threads);
  const engine = await engines.part(threads);
  const lanes = [...Array(Math.min(atOnce, waiting.length)).keys()];
  const finished = await sideBySide(lanes, signal, async (_lane, stop) => {
    for (let unit = waiting.shift(); unit; unit = waiting.shift()) {
      const answer = await runUnit(task, unit, engine, {
        signal: stop,
        beforeStep: () => waitWhilePaused(log, pause, stop),
        onStep: stepper(log, unit.arm, () => log.progress('units', done, units.length), lanes.length),
      });
      if (!answer) return false;
      await writeUnit(data.folder, unit, answer);
      done++;
      log.progress('units', done, units.length);
      const { seed, fold, arm, factor } = { ...unit, ...answer };
      await log.say(`repetition ${seed}, fold ${fold + 1}, ${arm}: learning rate × ${Number(factor.toPrecision(3))}`);
    }
    return true;
  });
  if (!finished) return 'stopped';
  const result = await concludeFrom(data, task, rows);
  await writeJson(data.folder, RUN_FILES.booster, result);
  await log.say(`concludes: ${result.verdict}`);
  return 'done';
}

/** The run's networks and inputs as the experiment asks for them. @param rows of the run, those that take part */
async function taskOf(data: RunData, features: Features, rows: readonly number[]): Promise<BoosterTask> {
  const { recipe } = data.content;
  const store = await features.tokens(recipe.taps);
  const block = await blockOf({ content: { ...data.content, recipe: { ...recipe, core: 'block' } } });
  const [plain, spec] = await Promise.all([
    headSpec(data, 'plain', store.shape!, null),
    headSpec(data, 'chosen', store.shape!, block),
  ]);
  const specOf = (arm: BoosterArm, seed: number) =>
    arm === 'plain' ? { ...plain, seed } : { ...spec, core: arm, seed };
  const { labels, answers } = pickTargets(data, rows);
  const hashes = rows.map((row) => data.hashes[row]!);
  // Arms that read the same share what is in memory.
  const readers = new Map<string, RowReader>();
  return {
    groups: rows.map((row) => data.samples[row]!.group),
    labels,
    foldCount: recipe.folds,
    schedule: recipe,
    spec: specOf,
    inputs: (arm): HeadInputs => {
      const reads = arm === 'random' ? 'block' : arm;
      if (!readers.has(reads)) readers.set(reads, rowReader(store, hashes, specOf(arm, 1)));
      const reader = readers.get(reads)!;
      return { read: (at, out) => reader.read(at, out), labels, answers };
    },
  };
}

async function concludeFrom(data: RunData, task: BoosterTask, rows: readonly number[]): Promise<BoosterResult> {
  const { seeds, delta, folds } = data.content.recipe;
  const probabilities = Object.fromEntries(
    ARMS.map((arm) => [arm, Array.from({ length: seeds }, () => new Float32Array(rows.length * data.classes))]),
  ) as Record<BoosterArm, Float32Array[]>;
  for (const unit of boosterUnits(seeds, folds)) {
    const answer = await readUnit(data.folder, unit);
    const into = probabilities[unit.arm][unit.seed - 1]!;
    const { classes } = data;
    answer.rows.forEach((row, i) =>
      into.set(answer.probabilities.subarray(i * classes, (i + 1) * classes), row * classes),
    );
  }
  return boosterResultOf({
    samples: {
      labels: task.labels,
      answers: pickTargets(data, rows).answers,
      classes: data.classes,
      groups: task.groups,
    },
    foldCount: folds,
    folds: Array.from({ length: seeds }, (_, seed) => boosterFolds(task, seed + 1)),
    probabilities,
    delta,
  });
}

const unitFile = (folder: string, { seed, fold, arm }: BoosterUnit): string =>
  join(folder, 'units', `repetition-${seed}`, `fold-${fold + 1}-${arm}.safetensors`);

async function writeUnit(folder: string, unit: BoosterUnit, answer: UnitAnswer): Promise<void> {
  const file = unitFile(folder, unit);
  const { rows, probabilities, factor } = answer;
  await mkdir(dirname(file), { recursive: true });
  await writeSafetensors(file, {
    rows: { dtype: 'int32', shape: [rows.length], data: Int32Array.from(rows) },
    probabilities: { dtype: 'float32', shape: [rows.length, probabilities.length / rows.length], data: probabilities },
    factor: { dtype: 'float64', shape: [1], data: Float64Array.of(factor) },
  });
}

async function readUnit(folder: string, unit: BoosterUnit): Promise<UnitAnswer> {
  const { rows, probabilities, factor } = await readSafetensors(unitFile(folder, unit));
  return {
    rows: [...(rows!.data as Int32Array)],
    probabilities: probabilities!.data as Float32Array,
    factor: (factor!.data as Float64Array)[0]!,
  };
}
