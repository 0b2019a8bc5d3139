import { join } from 'node:path';
import type { Engine } from '@main/engine';
import { openPixels } from '@main/project';
import type { Frame } from '@shared/pixels';
import { readParams } from '../checkpoints';
import type { RunData } from '../runData';
import { SPLIT_CODE } from '../runFolder';
import { hasPredictions, writeTestPredictions } from '../runPredictions';
import { fullTrainer } from './setup';
import type { SampleSource } from './setup';

/** Predicts the test split by the best epoch; the caller has asked, and logs it. */
export async function scoreFull(data: RunData, engine: Engine): Promise<void> {
  if (!hasPredictions(data.folder, 'chosen')) return;
  const rows = [...data.samples.keys()].filter((row) => data.split[row] === SPLIT_CODE.test);
  const pixels = await openPixels(data.projectDir, data.content.input);
  try {
    const probabilities = await byBest(data, engine, { frame: (row) => pixels.frame(data.samples[row]!.key) }, rows);
    await writeTestPredictions(data, 'chosen', { rows, probabilities });
  } finally {
    await pixels.close();
  }
}

/** Pictures that belong to no project. @returns [frames, C] */
export function predictFull(data: RunData, engine: Engine, frames: readonly Frame[]): Promise<Float32Array> {
  return byBest(data, engine, { frame: (row) => Promise.resolve(frames[row]!) }, [...frames.keys()]);
}

async function byBest(
  data: RunData,
  engine: Engine,
  source: SampleSource,
  rows: readonly number[],
): Promise<Float32Array> {
  const trainer = await fullTrainer(data, engine, source);
  try {
    return await trainer.predict(await readParams(join(data.folder, 'best.safetensors')), rows);
  } finally {
    await trainer.dispose();
  }
}
