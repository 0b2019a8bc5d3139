import type { MetricsLine } from '../domain';
import type { Curve } from './curves';

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
