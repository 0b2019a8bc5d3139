import { existsSync } from 'node:fs';
import { trainsEncoder } from '@shared/domain';
import type { Head, Score, Scope } from '@shared/domain';
import { acc, accEstimate, auc, aucEstimate, pairedAuc } from '@main/insight';
import type { Scored } from '@main/insight';
import type { RunData } from './runData';
import { RUN_FILES, writeJson } from './runFiles';
import type { RunScoresFile } from './runFiles';
import { predictionFile, readPredictions, SPLIT_CODE, testPredictionFile } from './runFolder';
import { pickTargets } from './targets';
import type { Predictions, RunScores } from './types';

const HEADS = ['probe', 'plain', 'chosen'] as const;

/** Scores every head that has predictions, names the default predictor, and writes `scores.json`. */
export async function writeScores(data: RunData): Promise<void> {
  const scores: Record<Head, RunScores[Head]> = { probe: null, plain: null, chosen: null };
  for (const head of HEADS) {
    if (!existsSync(predictionFile(data.folder, head))) continue;
    const inside = [...data.train, ...data.val].sort((a, b) => a - b);
    const tested = existsSync(testPredictionFile(data.folder, head));
    const test = [...data.samples.keys()].filter((i) => data.split[i] === SPLIT_CODE.test && data.labels[i]! >= 0);
    const of = async (scope: Scope, rows: readonly number[], kind: number): Promise<Score | null> =>
      scoreOf(data, rows, await readPredictions(data.folder, head, scope), kind);
    scores[head] = {
      oof: await of('oof', inside, 1),
      val: await of('val', data.val, 2),
      test: tested ? await of('test', test, 2) : null,
    };
  }
  await writeJson(data.folder, RUN_FILES.scores, {
    scores,
    predictor: await defaultPredictor(data, scores),
  } satisfies RunScoresFile);
}

/** null where a row lacks a prediction of that kind. */
function scoreOf(data: RunData, rows: readonly number[], p: Predictions, kind: number): Score | null {
  if (rows.length === 0 || rows.some((row) => p.kind[row] !== kind)) return null;
  const scored = scoredRows(data, rows, probabilitiesOf(rows, p));
  const grouped = { ...scored, groups: groupsOf(data, rows) };
  const [ofAuc, ofAcc] = [aucEstimate(grouped), accEstimate(grouped)];
  return {
    auc: auc(scored),
    acc: acc(scored),
    intervals: { auc: { low: ofAuc.low, high: ofAuc.high }, acc: { low: ofAcc.low, high: ofAcc.high } },
  };
}

const groupsOf = ({ samples }: RunData, rows: readonly number[]): number[] => rows.map((row) => samples[row]!.group);

/** Rows as figures read them. @param probabilities [rows, C] */
export function scoredRows(data: RunData, rows: readonly number[], probabilities: Float32Array): Scored {
  const { labels, answers } = pickTargets(data, rows);
  return { labels, answers, probabilities, classes: data.classes };
}

function probabilitiesOf(rows: readonly number[], p: Predictions): Float32Array {
  const out = new Float32Array(rows.length * p.classes);
  rows.forEach((row, i) => out.set(p.probabilities.subarray(row * p.classes, (row + 1) * p.classes), i * p.classes));
  return out;
}

/**
 * docs/science.md, section 6: the better of probe and `plain` by out-of-fold AUC; the chosen head only where its AUC is higher than
 * that one's with an interval above zero. The one head of a `full` run predicts where the person chooses that run. null while there is no out-of-fold figure but the probe's.
 */
async function defaultPredictor(data: RunData, scores: RunScores): Promise<Head | null> {
  if (trainsEncoder(data.content.recipe.preset)) return scores.chosen ? 'chosen' : null;
  const aucOf = (head: Head): number => scores[head]?.oof?.auc ?? -Infinity;
  if (!scores.plain?.oof && !scores.chosen?.oof) return scores.probe?.oof ? 'probe' : null;
  const simple: Head = aucOf('plain') > aucOf('probe') ? 'plain' : 'probe';
  if (data.content.recipe.mode === 'plain' || !(aucOf('chosen') > aucOf(simple))) return simple;
  const rows = [...data.train, ...data.val].sort((a, b) => a - b);
  const of = async (head: Head): Promise<Float32Array> =>
    probabilitiesOf(rows, await readPredictions(data.folder, head));
  const samples = {
    ...pickTargets(data, rows),
    groups: groupsOf(data, rows),
    classes: data.classes,
  };
  const { low } = pairedAuc(samples, await of('chosen'), await of(simple));
  return low !== null && low > 0 ? 'chosen' : simple;
}
