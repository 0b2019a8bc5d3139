import { readSafetensors } from '@main/formats';
import { answerFile, outsideTest, writeHead } from './headFiles';
import type { TrainedHead } from './headSpec';
import type { RunData } from './runData';
import { predictionFile, SPLIT_CODE } from './runFolder';

/** A fold's name in `metrics.jsonl`. */
export const foldPart = (fold: number, head: TrainedHead): string => `fold-${fold + 1}/${head}`;
export const foldNumbers = (data: RunData): number[] => [...Array(data.content.recipe.folds).keys()];

/** Rows that a fold trains on. */
export const foldRows = ({ train, val, folds }: RunData, fold: number): number[] =>
  [...train, ...val].filter((row) => folds[row] !== fold).sort((a, b) => a - b);

/** All of train and validation that a fold holds out, those that take no part too. */
export const heldOut = (data: RunData, fold: number): number[] =>
  outsideTest(data).filter((row) => data.split[row] !== SPLIT_CODE.none && data.folds[row] === fold);

/** Puts the folds' answers side by side. */
export async function joinFolds(data: RunData, head: TrainedHead): Promise<void> {
  const rows: number[] = [];
  const parts: Float32Array[] = [];
  for (const fold of foldNumbers(data)) {
    const { probabilities } = await readSafetensors(answerFile(data.folder, head, fold));
    parts.push(probabilities!.data as Float32Array);
    rows.push(...heldOut(data, fold));
  }
  const probabilities = new Float32Array(rows.length * data.classes);
  let at = 0;
  for (const part of parts) {
    probabilities.set(part, at);
    at += part.length;
  }
  const before = await readSafetensors(predictionFile(data.folder, head), ['byTrain']);
  const byTrain = { rows: [...data.samples.keys()], probabilities: before.byTrain!.data as Float32Array };
  await writeHead(data, head, { outOfFold: { rows, probabilities }, byTrain });
}
