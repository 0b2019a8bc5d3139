import { resolve } from 'node:path';
import { UserError } from '@shared/errors';
import { hashOfBlock } from '@main/engine';
import { hashOfFile } from './fileHash';
import { assignFolds } from './folds';
import { leftOutOf, readRunRecipe, readSamples } from './runFiles';
import type { RunRecipe } from './runFiles';
import { encoderPathOf } from './encoderChoice';
import { hashOfEncoder } from '@main/engine/encoders';
import { shippedBlockPath, SPLIT_CODE } from './runFolder';
import { targetsOf } from './targets';
import type { TrainingSample } from './types';

/** What a run is made of, read from its folder. Rows are keys. */
export interface RunData {
  readonly folder: string;
  readonly content: RunRecipe;
  readonly projectDir: string;
  readonly samples: readonly TrainingSample[];
  readonly hashes: readonly string[];
  readonly classes: number;
  /** [n] column of the class; -1 without one, or where the sample takes no part. Of answers see `Targets`. */
  readonly labels: Int16Array;
  /** [n, classes] `ANSWER_CODES` of several answers; null for one class a sample. */
  readonly answers: Uint8Array | null;
  /** [n] SPLIT_CODE */
  readonly split: Uint8Array;
  /** [n] fold of every sample of train and validation by group, of those without a split too. */
  readonly folds: Uint8Array;
  /** Rows that take part. */
  readonly train: readonly number[];
  readonly val: readonly number[];
}

/** @throws UserError where files are damaged, or the weights are others than those of the recipe */
export async function readRunData(folder: string): Promise<RunData> {
  const content = readRunRecipe(folder);
  await sameEncoder(content);
  await sameBlock(content);
  const samples = await readSamples(folder);
  const split = Uint8Array.from(samples, (s) => SPLIT_CODE[s.split ?? 'none']);
  const { labels, answers } = targetsOf(samples, content.classes, (s) => leftOutOf(s) === '');
  const rows = (code: number): number[] => [...samples.keys()].filter((i) => split[i] === code && labels[i]! >= 0);
  return {
    folder,
    content,
    projectDir: resolve(folder, content.project),
    samples,
    hashes: samples.map((s) => s.contentHash),
    classes: content.classes.ids.length,
    labels,
    answers,
    split,
    folds: foldsOf(samples, labels, split, content.recipe.folds, content.recipe.seed),
    train: rows(SPLIT_CODE.train),
    val: rows(SPLIT_CODE.val),
  };
}

/** Folds of train and validation; test samples, which no fold may touch, get 0 and are never asked. */
export function foldsOf(
  samples: readonly TrainingSample[],
  labels: Int16Array,
  split: Uint8Array,
  folds: number,
  seed: number,
): Uint8Array {
  const inside = [...samples.keys()].filter((i) => split[i] !== SPLIT_CODE.test);
  const found = assignFolds(
    inside.map((i) => samples[i]!.group),
    inside.map((i) => labels[i]!),
    folds,
    seed,
  );
  const out = new Uint8Array(samples.length);
  inside.forEach((i, at) => (out[i] = found[at]!));
  return out;
}

async function sameEncoder({ encoder, recipe }: RunRecipe): Promise<void> {
  const path = encoderPathOf(recipe);
  if (encoder.of === 'file') return sameWeights(path, encoder.sha256);
  if ((await hashOfEncoder(path)) !== encoder.sha256)
    throw new UserError('run-refused', 'its encoder is not the one that the run was made with', { file: path });
}

async function sameBlock({ block, recipe }: RunRecipe): Promise<void> {
  if (!block) return;
  const path = recipe.block?.path ?? shippedBlockPath();
  if (block.of === 'file') return sameWeights(path, block.sha256);
  if ((await hashOfBlock(path, block.layer)) !== block.sha256)
    throw new UserError('run-refused', 'its block is not the one that the run was made with', { file: path });
}

async function sameWeights(file: string, hash: string): Promise<void> {
  if ((await hashOfFile(file)) !== hash)
    throw new UserError('run-refused', 'these weights are not those that the run was made with', { file });
}
