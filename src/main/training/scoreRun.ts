import { join } from 'node:path';
import { UserError } from '@shared/errors';
import type { Engine } from '@main/engine';
import { trainsEncoder } from '@shared/domain';
import type { Head } from '@shared/domain';
import { readParams } from './checkpoints';
import { openFeatures } from './execute';
import type { ExecuteOptions } from './execute';
import { scoreFull } from './full/scoreFull';
import { headFolder } from './headFiles';
import { trainerOf } from './headWork';
import { trainedHeads } from './headSpec';
import { applyLinear } from './probe';
import type { LinearHead } from './probe';
import { readRunData } from './runData';
import { engineOf } from './runEngine';
import type { RunData } from './runData';
import { readScores, readStatus } from './runFiles';
import { SPLIT_CODE } from './runFolder';
import { PROBE_FILE } from './runProbe';
import { hasPredictions, writeTestPredictions } from './runPredictions';
import { writeScores } from './runScores';
import type { RunScores } from './types';

/** The logged scoring of the test split: all heads at once (docs/science.md, section 4). The caller has asked the person and logs it. */
export async function scoreRun(folder: string, options: ExecuteOptions = {}): Promise<RunScores> {
  const { state } = readStatus(folder);
  if (state !== 'done' && state !== 'stopped')
    throw new UserError('run-refused', 'only a finished run can score the test split');
  const data = await readRunData(folder);
  const engine = await engineOf(data.content.recipe, { threads: options.threads });
  if (trainsEncoder(data.content.recipe.preset)) await scoreFull(data, engine);
  else await scoreHeads(data, engine);
  await writeScores(data);
  return readScores(folder).scores;
}

async function scoreHeads(data: RunData, engine: Engine): Promise<void> {
  const { folder } = data;
  const features = await openFeatures(data, engine);
  const rows = testRows(data);
  if (hasPredictions(folder, 'probe')) {
    const head = await readProbe(folder, data);
    const x = new Float32Array(rows.length * (head.weights.length / head.intercepts.length));
    features.probe.read(
      rows.map((row) => data.hashes[row]!),
      x,
    );
    await writeTestPredictions(data, 'probe', { rows, probabilities: applyLinear(head, x) });
  }
  for (const head of trainedHeads(data)) {
    if (!hasPredictions(folder, head)) continue;
    const trainer = await trainerOf(data, head, features, engine);
    try {
      const params = await readParams(join(headFolder(folder, head), 'best.safetensors'));
      const probabilities = await trainer.predict(params, rows);
      const names: Head[] = data.content.recipe.mode === 'plain' ? ['plain', 'chosen'] : [head];
      for (const name of names) await writeTestPredictions(data, name, { rows, probabilities });
    } finally {
      await trainer.dispose();
    }
  }
}

const testRows = (data: RunData): number[] =>
  [...data.samples.keys()].filter((row) => data.split[row] === SPLIT_CODE.test);

/** The probe's head on train and validation. */
export async function readProbe(folder: string, { classes, answers }: RunData): Promise<LinearHead> {
  const stored = await readParams(join(folder, PROBE_FILE));
  return {
    classes,
    independent: answers !== null,
    weights: stored.weight!.data as Float32Array,
    intercepts: stored.bias!.data as Float32Array,
  };
}
