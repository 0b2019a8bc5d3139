import { KIND_CODES, SPLIT_CODES } from '@main/project';
import { isAnywhere } from '@shared/domain';
import type { Head, PredictionList, Split, Where } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Session } from './session';

export interface PredictionsAsked {
  /** null: whatever predicts now. */
  readonly run: string | null;
  readonly head: Head | null;
  readonly files?: readonly string[];
  /** What files are computed on; `auto`: as the run itself. */
  readonly on: Where;
}

/** Predictions of the whole project, or of files outside of it. */
export async function predictionList(session: Session, asked: PredictionsAsked): Promise<PredictionList> {
  const { run, head } = which(session, asked);
  if (run === null) await session.probeReady();
  const { ids, names } = session.classes();
  const named = (row: ArrayLike<number>): Record<string, number> =>
    Object.fromEntries(names.map((name, column) => [name, row[column]!]));

  if (asked.files && asked.files.length > 0) {
    if (run === null && !isAnywhere(asked.on))
      throw new UserError('run-refused', 'the live probe computes on the CPU: name a run to predict on a device');
    const from = run === null ? null : { folder: session.runs.info(run).folder, head, on: asked.on };
    const answers = await session.compute.predictFiles(from, asked.files);
    const learnt = contentsOf(session, ['train', 'val']);
    const test = contentsOf(session, ['test']);
    // Pixels of a test sample are that sample, by whatever name (docs/science.md, sections 1 and 3).
    const scored = run !== null && session.project.scorings.count(run).times > 0;
    const shown = scored ? answers : answers.filter(({ contentHash }) => !test.has(contentHash));
    return {
      run,
      predictions: shown.map(({ file, contentHash, probabilities }) => ({
        sample: file,
        split: test.has(contentHash) ? ('test' as const) : null,
        probabilities: named(probabilities),
        kind: learnt.has(contentHash) ? ('seen-in-training' as const) : ('unseen' as const),
      })),
      withheld: answers.length - shown.length,
    };
  }

  const predictions = await session.predictions.ofRun(run, head);
  if (!predictions)
    throw new UserError('run-refused', 'this run predicts other classes or samples than the project has now');
  const { index } = session.project;
  const list: PredictionList = { run, predictions: [], withheld: 0 };
  for (let key = 0; key < index.size; key++) {
    const split = SPLIT_CODES[index.splits[key]!] ?? null;
    const kind = KIND_CODES[predictions.kind[key]!];
    if (kind)
      list.predictions.push({
        sample: index.id(key),
        split,
        probabilities: named(predictions.probabilities.subarray(key * ids.length, (key + 1) * ids.length)),
        kind,
      });
    else if (split === 'test') list.withheld += 1;
  }
  return list;
}

/** Contents of splits: a file with equal pixels is none that is new to them. */
function contentsOf(session: Session, splits: readonly Split[]): Set<string> {
  const { index } = session.project;
  const contents = new Set<string>();
  for (let key = 0; key < index.size; key++) {
    const split = SPLIT_CODES[index.splits[key]!];
    if (split && splits.includes(split)) contents.add(index.contentHash(key));
  }
  return contents;
}

function which(session: Session, { run, head }: PredictionsAsked): { run: string | null; head: Head } {
  if (run !== null) {
    const info = session.runs.info(run);
    const predictor = head ?? info.predictor;
    if (!predictor) throw new UserError('run-refused', 'this run is not finished');
    return { run, head: predictor };
  }
  const now = session.predictions.chosen();
  return head === null ? now : { run: now.run, head };
}
