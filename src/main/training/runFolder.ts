import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import type {
  BoosterResult,
  Head,
  InputRecipe,
  MetricsLine,
  Recipe,
  RecipeOptions,
  RunState,
  Scope,
  Where,
} from '@shared/domain';
import { answerTo, fits, isAnywhere, recipeOf, trainsEncoder, unusedOptions } from '@shared/domain';
import { UserError } from '@shared/errors';
import { hashOfBlock } from '@main/engine/blocks';
import { readManifest } from '@main/engine/tensorflow/manifest';
import { readSafetensors } from '@main/formats';
import { resourcePath } from '@main/project';
import { tensorflowDir } from '@main/project/enginesDir';
import { hashOfEncoder, openEncoder } from '@main/engine/encoders';
import { encoderPath, SHIPPED_ENCODER, volumeConfigOf } from './encoderChoice';
import { hashOfFile } from './fileHash';
import { refuseInput } from './refusals';
import { MOST_SAMPLES_FOR_TAPS } from './taps';
import {
  leftOutOf,
  QUEUED,
  readLines,
  readLog,
  readRunRecipe,
  readBooster,
  readScores,
  readStatus,
  RUN_FILES,
  RUN_FORMAT,
  writeJson,
  writeSamples,
} from './runFiles';
import type { RunRecipe } from './runFiles';
import type { Predictions, RunScores, RunSetup, TrainingSample } from './types';

/** What a run's folder says about itself. */
export interface RunInfo {
  /** The folder's name. */
  readonly id: string;
  readonly folder: string;
  readonly number: number;
  readonly name: string;
  readonly note: string;
  readonly recipe: Recipe;
  /** e.g. `onnx · CPU, 2 threads`; `onnx` before it ran. */
  readonly engine: string;
  readonly state: RunState;
  readonly error: string | null;
  readonly startedAt: string;
  readonly seconds: number | null;
  readonly epochsDone: number;
  readonly journal: number;
  readonly splitVersion: number;
  /** The head that predicts by the default rule (docs/science.md, section 6); null before the run is done. */
  readonly predictor: Head | null;
  readonly scores: RunScores;
  readonly lines: MetricsLine[];
  /** The last 200 lines. */
  readonly log: string[];
  readonly samples: { train: number; val: number; test: number; leftOut: number };
  /** What a finished booster check found; null of other runs. */
  readonly booster: BoosterResult | null;
}

const LOG_LINES = 200;
const SHIPPED_BLOCK = 'smollm2-135m-blocks-0-15-29.Q4_1.gguf';
export const shippedBlockPath = (): string => resourcePath('weights', SHIPPED_BLOCK);
/** The cores that read a block's file. */
export const needsBlock = ({ mode, core }: Pick<Recipe, 'mode' | 'core'>): boolean =>
  mode !== 'plain' && core !== 'mlp' && core !== 'linear';

/**
 * Options with their defaults.
 * @param input of the project, where it matters
 * @throws UserError `run-refused` for combinations that teach nothing and engines that are not there
 */
export function resolveRecipe(options: RecipeOptions, input?: Pick<InputRecipe, 'axes'>): Recipe {
  const recipe = recipeOf(options, input !== undefined && input.axes !== 'image');
  const { mode, core } = recipe;
  if (core === 'linear' && (mode === 'none' || mode === 'outer' || mode === 'outer-nn'))
    throw new UserError(
      'run-refused',
      `mode ${mode} with core linear teaches M1 and M2 nothing: their product would be multiplied by 0; use inner or hybrid with it, or another core`,
    );
  if (recipe.preset === 'booster' && (mode === 'plain' || core !== 'block'))
    throw new UserError(
      'run-refused',
      'a booster check compares the block with other cores in one mode: it needs a mode with a block',
    );
  const unused = unusedOptions(recipe);
  if (unused.length > 0)
    throw new UserError(
      'run-refused',
      `the preset ${recipe.preset} does not use ${unused.join(', ')}: leave them out, or choose a preset that does`,
    );
  refuseEngine(recipe);
  return recipe;
}

/** @throws UserError engine-missing where a named engine is not installed, or has no way to the device */
function refuseEngine({ engine, device }: Recipe): void {
  if (engine === 'tensorflow' && readManifest(tensorflowDir()) === null)
    throw new UserError('engine-missing', 'the tensorflow engine is not installed here: use onnx, or install it');
  if (!fits(engine, device))
    throw new UserError('engine-missing', `the ${engine} engine has no way to ${device}: choose another device`);
}

/** Makes the run's folder with everything that repeats it; nothing runs yet. The folder appears whole. */
export async function createRun(setup: RunSetup): Promise<{ id: string; folder: string }> {
  const { runsDir, samples, classes } = setup;
  let recipe = resolveRecipe(setup.recipe, setup.input);
  if (!trainsEncoder(recipe.preset) && recipe.taps !== 'last' && samples.length > MOST_SAMPLES_FOR_TAPS)
    recipe = { ...recipe, taps: 'last' };
  refuseInput(recipe, setup.input);
  const encoder = await encoderIdentity(recipe, setup.encoder);
  checkLayers(recipe, encoder.layers);
  const ids = new Set(classes.ids);
  const taking = samples.filter((s) => leftOutOf(s) === '' && s.split !== 'test');
  const lost = classes.kind === 'answers' ? undefined : taking.find((s) => !ids.has(s.class!));
  if (lost) throw new UserError('run-refused', `sample ${lost.id} has a class that the scheme does not list`);
  if (classes.kind === 'answers')
    refuseOneSided(
      taking.filter((s) => s.split === 'train'),
      classes.ids,
    );
  else
    for (const split of ['train', 'val'] as const) {
      const present = new Set(taking.filter((s) => split === 'val' || s.split === split).map((s) => s.class));
      if (split === 'train' && present.size < 2)
        throw new UserError('too-few-samples', 'the training split needs labelled samples of at least two classes');
    }
  const block = needsBlock(recipe) ? await blockIdentity(recipe, setup.blockHash) : null;
  await mkdir(runsDir, { recursive: true });
  for (let number = nextNumber(runsDir); ; number++) {
    const id = `${String(number).padStart(4, '0')}-${kindOf(recipe)}`;
    const folder = join(runsDir, id);
    const making = join(runsDir, `.making-${id}-${process.pid}`);
    const content: RunRecipe = {
      format: RUN_FORMAT,
      number,
      name: setup.name || `Run ${number}`,
      note: setup.note,
      createdAt: new Date().toISOString(),
      versions: versions(),
      project: relative(folder, resolve(setup.projectDir)),
      recipe,
      input: inputFor(setup.input, encoder.patch),
      flips: setup.flips,
      classes: { ...classes, ids: [...classes.ids], names: [...classes.names] },
      journal: { ...setup.journal },
      splitVersion: setup.splitVersion,
      schemeVersion: setup.schemeVersion,
      encoder: encoder.weights,
      block,
    };
    await mkdir(making);
    try {
      await writeJson(making, RUN_FILES.recipe, content);
      await writeSamples(making, samples);
      await writeJson(making, RUN_FILES.state, QUEUED);
      if (existsSync(folder)) continue;
      await rename(making, folder);
      return { id, folder };
    } finally {
      await rm(making, { recursive: true, force: true });
    }
  }
}

/** Which block a run is made with: of the bundled one its file, of any other what is read of its file. */
async function blockIdentity({ block }: Recipe, known?: string): Promise<RunRecipe['block']> {
  if (!block) return { file: SHIPPED_BLOCK, sha256: await hashOfFile(shippedBlockPath()), layer: null, of: 'file' };
  const { path, layer } = block;
  return { file: path, sha256: known ?? (await hashOfBlock(path, layer)), layer, of: 'block' };
}

/** @throws UserError `too-few-samples` where no question was answered with both yes and no */
function refuseOneSided(train: readonly TrainingSample[], ids: readonly number[]): void {
  const both = ids.some((id) => {
    const said = new Set(train.map((s) => answerTo(s.answers, id)));
    return said.has('yes') && said.has('no');
  });
  if (!both)
    throw new UserError(
      'too-few-samples',
      'the training split needs samples answered with yes and others answered with no to at least one question',
    );
}

/** Layers of the bundled encoder, and the side of its patches in pixels. */
const SHIPPED = { layers: 12, patch: 14 };

/** Which encoder a run begins with, and what it asks of taps and pictures. */
async function encoderIdentity(
  recipe: Recipe,
  known?: RunSetup['encoder'],
): Promise<{ weights: RunRecipe['encoder']; layers: number; patch: number }> {
  const volume = volumeConfigOf(recipe);
  const shipped = { file: SHIPPED_ENCODER, sha256: await hashOfFile(encoderPath()), of: 'file' as const };
  if (volume) return { weights: shipped, layers: volume.layers, patch: SHIPPED.patch };
  if (typeof recipe.encoder !== 'object') return { weights: shipped, ...SHIPPED };
  const { path } = recipe.encoder;
  const { sha256, layers, patch } = known ?? (await encoderFacts(path));
  return { weights: { file: path, sha256, of: 'encoder' }, layers, patch };
}

/** What starting a run needs of an encoder's file. @throws UserError as reading it */
export async function encoderFacts(path: string): Promise<NonNullable<RunSetup['encoder']>> {
  const { layers, patch } = (await openEncoder(path)).config;
  return { sha256: await hashOfEncoder(path), layers, patch };
}

/** The project's input at the multiple of the encoder's patch that is nearest to it. */
export const inputFor = (input: InputRecipe, patch: number): InputRecipe => ({
  ...input,
  imageSize: Math.max(patch, Math.round(input.imageSize / patch) * patch),
});

function checkLayers({ taps, trainBlocks }: Recipe, layers: number): void {
  const outside = taps === 'last' ? undefined : taps.find((layer) => layer > layers);
  if (outside !== undefined)
    throw new UserError('run-refused', `the encoder has ${layers} layers: there is no layer ${outside} to tap`);
  const read = taps === 'last' ? layers : Math.max(...taps);
  if (trainBlocks !== null && trainBlocks >= read)
    throw new UserError('run-refused', `${read} blocks of the encoder are read: fewer than that can be the last ones`);
}

/** e.g. `quick-outer-block`, `full-plain`, `booster-outer` */
function kindOf({ preset, mode, core }: Recipe): string {
  return [preset, mode, ...(mode === 'plain' || preset === 'booster' ? [] : [core])].join('-');
}

function nextNumber(runsDir: string): number {
  const numbers = readdirSync(runsDir).map((name) => Number(/^(\d+)-/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers) + 1;
}

/** Of all that a run's numbers come from; packages are pinned exactly. */
function versions(): Record<string, string> {
  const text = readFileSync(join(dirname(resourcePath()), 'package.json'), 'utf8');
  const { version, dependencies } = packageFile.parse(JSON.parse(text));
  const { node, electron } = process.versions;
  const packages = Object.fromEntries(COMPUTING.map((name) => [name, dependencies[name] ?? 'unknown']));
  return { residua: version, node, ...(electron ? { electron } : {}), ...packages };
}
const packageFile = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) });
/** Packages that compute features, heads and predictions, and decode pixels. */
const COMPUTING = ['onnxruntime-node', '@tensorflow/tfjs-core', 'sharp'];

/** @throws UserError `run-missing` where the folder is no run */
export function readRun(folder: string): RunInfo {
  const content = readRunRecipe(folder);
  const status = readStatus(folder);
  const lines = readLines(folder);
  const { scores, predictor } = readScores(folder);
  return {
    id: basename(resolve(folder)),
    folder,
    number: content.number,
    name: content.name,
    note: content.note,
    recipe: content.recipe,
    engine: status.engine,
    state: status.state,
    error: status.error,
    startedAt: status.startedAt ?? content.createdAt,
    seconds: status.seconds,
    epochsDone: lines.reduce((most, line) => (line.part === 'chosen' ? Math.max(most, line.epoch) : most), 0),
    journal: content.journal.position,
    splitVersion: content.splitVersion,
    predictor,
    scores,
    lines,
    log: readLog(folder, LOG_LINES),
    samples: countSamples(folder),
    booster: readBooster(folder),
  };
}

const counted = new Map<string, RunInfo['samples']>();

/** `samples.csv` never changes; ids may hold anything, so that columns are read from the right of the class on. */
function countSamples(folder: string): RunInfo['samples'] {
  const known = counted.get(folder);
  if (known) return known;
  const counts = { train: 0, val: 0, test: 0, leftOut: 0 };
  const text = readFileSync(join(folder, RUN_FILES.samples), 'utf8');
  for (const match of text.matchAll(/,(train|val|test|),\d*,\w+,[^,\r\n]*,([01]),/g)) {
    const split = match[1] as '' | 'train' | 'val' | 'test';
    if (match[2] === '0' || split === '') counts.leftOut += 1;
    else counts[split] += 1;
  }
  counted.set(folder, counts);
  return counts;
}

/** Runs of a project by number; folders that are no whole runs are left out. */
export function listRuns(runsDir: string): RunInfo[] {
  if (!existsSync(runsDir)) return [];
  return readdirSync(runsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(runsDir, entry.name, RUN_FILES.recipe)))
    .filter((entry) => !entry.name.startsWith('.'))
    .flatMap((entry) => {
      try {
        return [readRun(join(runsDir, entry.name))];
      } catch (error) {
        console.error(`${entry.name} is left out of the list of runs`, error);
        return [];
      }
    })
    .sort((a, b) => a.number - b.number);
}

/** Where a head's predictions lie; the second file only once the test split was scored. */
export const predictionFile = (folder: string, head: Head): string =>
  join(folder, 'predictions', `${head}.safetensors`);
export const testPredictionFile = (folder: string, head: Head): string =>
  join(folder, 'predictions', `${head}.test.safetensors`);

/** Codes of splits in prediction files. */
export const SPLIT_CODE = { train: 0, val: 1, test: 2, none: 3 } as const;

/**
 * A head's predictions by key.
 * @param scope `oof` (and test, where the run has scored it): by the fold that held the sample's group out, by the finished
 * head for samples outside of all splits; `val`: of validation alone, by the head that learnt on the training split;
 * `test`: of the test split alone
 * @throws UserError `run-failed` where the run has none (yet)
 */
export async function readPredictions(folder: string, head: Head, scope: Scope = 'oof'): Promise<Predictions> {
  const file = predictionFile(folder, head);
  if (!existsSync(file)) throw new UserError('run-failed', `the run has no predictions of its ${head} head`);
  const stored = await readSafetensors(file);
  const [n, classes] = stored.outOfFold!.shape as [number, number];
  const outOfFold = stored.outOfFold!.data as Float32Array;
  const byTrain = stored.byTrain!.data as Float32Array;
  const split = stored.split!.data as Uint8Array;
  const testFile = testPredictionFile(folder, head);
  const test = existsSync(testFile)
    ? ((await readSafetensors(testFile)).probabilities!.data as Float32Array)
    : new Float32Array(n * classes).fill(NaN);

  const probabilities = new Float32Array(n * classes).fill(NaN);
  const kind = new Uint8Array(n);
  const take = (key: number, from: Float32Array, what: number): void => {
    const at = key * classes;
    if (Number.isNaN(from[at])) return;
    probabilities.set(from.subarray(at, at + classes), at);
    kind[key] = what;
  };
  for (let key = 0; key < n; key++) {
    const where = split[key];
    if (where === SPLIT_CODE.test) {
      if (scope !== 'val') take(key, test, 2);
    } else if (scope === 'val') {
      if (where === SPLIT_CODE.val) take(key, byTrain, 2);
    } else if (scope === 'oof') {
      // Validation chose the epoch of the head that learnt on train: its own labels are not new to it.
      take(key, byTrain, where === SPLIT_CODE.none ? 2 : 3);
      if (where !== SPLIT_CODE.none) take(key, outOfFold, 1);
    }
  }
  return { probabilities, kind, classes };
}

/**
 * Sets what a run that has not begun computes on. One that has begun stays where it is: another engine's optimiser counts otherwise.
 * @throws UserError run-refused where it has begun elsewhere
 */
export async function moveRun(folder: string, on: Where): Promise<void> {
  if (isAnywhere(on)) return;
  const content = readRunRecipe(folder);
  const { engine, on: begun } = readStatus(folder);
  if (!begun) {
    const { engine: nextEngine, device } = on;
    const named = {
      ...(nextEngine === 'auto' ? {} : { engine: nextEngine }),
      ...(device === 'auto' ? {} : { device }),
    };
    await writeJson(folder, RUN_FILES.recipe, { ...content, recipe: { ...content.recipe, ...named } });
    return;
  }
  const same = [begun.engine, 'auto'].includes(on.engine) && [begun.place, 'auto'].includes(on.device);
  if (!same) throw new UserError('run-refused', `this run began on ${engine} and goes on there`, { file: folder });
}
