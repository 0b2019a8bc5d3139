import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Head } from '@shared/domain';
import { writeSafetensors } from '@main/formats';
import type { RunData } from './runData';
import { predictionFile, testPredictionFile } from './runFolder';

/** Probabilities of some rows. [rows, C] */
export interface RowProbabilities {
  readonly rows: readonly number[];
  readonly probabilities: Float32Array;
}

/** Writes a head's predictions by key; rows without one are NaN. */
export async function writePredictions(
  data: RunData,
  head: Head,
  o: { outOfFold: RowProbabilities | null; byTrain: RowProbabilities },
): Promise<void> {
  const n = data.samples.length;
  const c = data.classes;
  const spread = (from: RowProbabilities | null): Float32Array => {
    const out = new Float32Array(n * c).fill(NaN);
    from?.rows.forEach((row, i) => out.set(from.probabilities.subarray(i * c, (i + 1) * c), row * c));
    return out;
  };
  await mkdir(join(data.folder, 'predictions'), { recursive: true });
  await writeSafetensors(predictionFile(data.folder, head), {
    outOfFold: { dtype: 'float32', shape: [n, c], data: spread(o.outOfFold) },
    byTrain: { dtype: 'float32', shape: [n, c], data: spread(o.byTrain) },
    split: { dtype: 'uint8', shape: [n], data: data.split },
  });
}

/** Writes a head's probabilities of the test split, by key. */
export async function writeTestPredictions(data: RunData, head: Head, from: RowProbabilities): Promise<void> {
  const n = data.samples.length;
  const c = data.classes;
  const out = new Float32Array(n * c).fill(NaN);
  from.rows.forEach((row, i) => out.set(from.probabilities.subarray(i * c, (i + 1) * c), row * c));
  await writeSafetensors(testPredictionFile(data.folder, head), {
    probabilities: { dtype: 'float32', shape: [n, c], data: out },
  });
}

export const hasPredictions = (folder: string, head: Head): boolean => existsSync(predictionFile(folder, head));
