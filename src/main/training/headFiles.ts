import { join } from 'node:path';
import type { TrainedHead } from './headSpec';
import type { RunData } from './runData';
import { SPLIT_CODE } from './runFolder';
import { writePredictions } from './runPredictions';
import type { RowProbabilities } from './runPredictions';

/** Where a head's checkpoints lie: the chosen one's at the run's root. */
export const headFolder = (folder: string, head: TrainedHead): string =>
  head === 'chosen' ? folder : join(folder, head);
export const foldFolder = (folder: string, head: TrainedHead, fold: number): string =>
  join(folder, 'folds', String(fold + 1), head);
/** What a fold says of the samples that it held out; there once the fold is done. */
export const answerFile = (folder: string, head: TrainedHead, fold: number): string =>
  join(foldFolder(folder, head, fold), 'out-of-fold.safetensors');

export const outsideTest = (data: RunData): number[] =>
  [...data.samples.keys()].filter((row) => data.split[row] !== SPLIT_CODE.test);

/** Writes a head's predictions. A run of mode `plain` is its own control: both heads are one. */
export async function writeHead(
  data: RunData,
  head: TrainedHead,
  o: { outOfFold: RowProbabilities | null; byTrain: RowProbabilities },
): Promise<void> {
  await writePredictions(data, head, o);
  if (data.content.recipe.mode === 'plain') await writePredictions(data, 'plain', o);
}
