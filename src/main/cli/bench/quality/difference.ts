import { pairedAuc } from '@main/insight';
import { readPredictions } from '@main/training';
import { readRunData } from '@main/training/runData';
import { SPLIT_CODE } from '@main/training/runFolder';
import { pickTargets } from '@main/training/targets';
import type { Head } from '@shared/domain';
import type { Difference } from './found';

/** AUC of a run's chosen head less that of its `plain` one on the test split that it has scored, paired, with a 95 % interval by group. */
export async function overPlain(folder: string): Promise<Difference> {
  const data = await readRunData(folder);
  const rows = [...data.samples.keys()].filter((i) => data.split[i] === SPLIT_CODE.test && data.labels[i]! >= 0);
  const of = async (head: Head): Promise<Float32Array> => {
    const { probabilities, classes } = await readPredictions(folder, head, 'test');
    return Float32Array.from(rows.flatMap((row) => [...probabilities.subarray(row * classes, (row + 1) * classes)]));
  };
  const groups = rows.map((row) => data.samples[row]!.group);
  const samples = { ...pickTargets(data, rows), groups, classes: data.classes };
  const { value, low, high } = pairedAuc(samples, await of('chosen'), await of('plain'));
  return { value, low, high };
}
