import type { Estimate } from '@shared/domain';
import { confusionOf, kappa, meanAbsoluteError } from './agreement';
import { bootstrap } from './bootstrap';

export interface TwoReadings {
  /** [n] columns of the classes, in their order. */
  readonly first: ArrayLike<number>;
  readonly second: ArrayLike<number>;
  /** [n] group numbers. */
  readonly groups: ArrayLike<number>;
  readonly classes: number;
  readonly ordered: boolean;
}

/** Agreement of two readings of the same samples, with intervals over groups; of ordered classes by their ranks too. */
export function readingAgreement({ first, second, groups, classes, ordered }: TwoReadings): {
  kappa: Estimate;
  quadraticKappa: Estimate | null;
  meanAbsoluteError: Estimate | null;
} {
  const none: Estimate = { value: null, low: null, high: null, method: 'none' };
  const statistics = (weights: Float64Array | null): number[] => {
    const table = confusionOf(first, second, classes, weights);
    return ordered ? [kappa(table), kappa(table, 'quadratic'), meanAbsoluteError(table)] : [kappa(table)];
  };
  const [plain, quadratic, absolute] = first.length === 0 ? [none, none, none] : bootstrap(groups, statistics);
  return {
    kappa: plain!,
    quadraticKappa: ordered ? quadratic! : null,
    meanAbsoluteError: ordered ? absolute! : null,
  };
}
