import type { MetricsLine, RunProgress } from '@shared/domain';
import type { Curve } from '@renderer/charts';

export interface CurveWords {
  readonly train: string;
  readonly validation: string;
  readonly chosen: string;
  readonly control: string;
}

type Value = 'trainLoss' | 'valLoss' | 'valAuc';

/** Last value of each epoch of a part, in order; a resumed run repeats epochs, and the later line holds. */
export function byEpoch(lines: readonly MetricsLine[], part: string, value: Value): [number, number][] {
  const found = new Map<number, number>();
  for (const line of lines) {
    const v = line[value];
    if (line.part === part && v !== null) found.set(line.epoch, v);
  }
  return [...found].sort(([a], [b]) => a - b);
}

const withPoints = (curves: Curve[]): Curve[] => curves.filter((curve) => curve.points.length > 0);

/** Loss of the chosen head, on train and validation; of the control where the run is the control. */
export function lossCurves(lines: readonly MetricsLine[], words: CurveWords): Curve[] {
  const part = lines.some((line) => line.part === 'chosen') ? 'chosen' : 'plain';
  return withPoints([
    { name: words.train, tone: 'accent', dashed: false, points: byEpoch(lines, part, 'trainLoss') },
    { name: words.validation, tone: 'warn', dashed: false, points: byEpoch(lines, part, 'valLoss') },
  ]);
}

/** Validation AUC of the chosen head with the plain control beside it. */
export function aucCurves(lines: readonly MetricsLine[], words: CurveWords): Curve[] {
  return withPoints([
    { name: words.chosen, tone: 'accent', dashed: false, points: byEpoch(lines, 'chosen', 'valAuc') },
    { name: words.control, tone: 'muted', dashed: true, points: byEpoch(lines, 'plain', 'valAuc') },
  ]);
}

/** Adds the news of a running run to what its folder said; the log keeps its last 200 lines. */
export function withProgress(
  detail: { readonly lines: readonly MetricsLine[]; readonly log: readonly string[] },
  progress: RunProgress,
): { lines: MetricsLine[]; log: string[] } {
  return {
    lines: progress.line ? [...detail.lines, progress.line] : [...detail.lines],
    log: progress.log === null ? [...detail.log] : [...detail.log, progress.log].slice(-200),
  };
}

/** `fold-3` → 3; null for all other stages. */
export const foldOf = (stage: string): number | null => {
  const found = /^fold-(\d+)/.exec(stage);
  return found ? Number(found[1]) : null;
};
