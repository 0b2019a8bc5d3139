/** Scores in order, with their ties; made once and walked under many weightings. */
export interface Ranking {
  /** Sample numbers, lowest score first. */
  readonly order: Uint32Array;
  /** 1 where the place in `order` ends a run of equal scores. */
  readonly ends: Uint8Array;
}

/** @param scores [n] */
export function rank(scores: ArrayLike<number>): Ranking {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  const ends = Uint8Array.from(order, (sample, place) =>
    place + 1 === order.length || scores[order[place + 1]!] !== scores[sample] ? 1 : 0,
  );
  return { order, ends };
}

/**
 * Area under the ROC curve: the chance that a positive's score is above a negative's, ties counting half.
 * @param positive [n] 1 for positives
 * @param weights [n]; null: all one
 * @returns NaN where positives or negatives are absent
 */
export function rankedAuc({ order, ends }: Ranking, positive: Uint8Array, weights: Float64Array | null): number {
  let [below, positives, area, tiedPositive, tiedNegative] = [0, 0, 0, 0, 0];
  for (let place = 0; place < order.length; place++) {
    const sample = order[place]!;
    const weight = weights ? weights[sample]! : 1;
    if (positive[sample]) tiedPositive += weight;
    else tiedNegative += weight;
    if (!ends[place]) continue;
    area += tiedPositive * (below + tiedNegative / 2);
    below += tiedNegative;
    positives += tiedPositive;
    tiedPositive = 0;
    tiedNegative = 0;
  }
  return area / (below * positives);
}

/** Whether each sample has this class, and column `at` of the probabilities. */
export function oneAgainstRest(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  at: number,
): { positive: Uint8Array; scores: Float64Array } {
  return {
    positive: Uint8Array.from(labels, (label) => (label === at ? 1 : 0)),
    scores: Float64Array.from(labels, (_, i) => probabilities[i * classes + at]!),
  };
}
