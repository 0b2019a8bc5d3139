import { rank } from './ranking';

/**
 * AUCs of several scores of the same samples, with their covariance: DeLong, DeLong & Clarke-Pearson (Biometrics 1988)
 * by mid-ranks (Sun & Xu 2014). It takes samples as independent: one a group.
 * @param scorings each [n]
 * @param positive [n] 1 for positives
 * @returns NaN in `aucs` where one side is absent, in `covariance` where one has a single sample
 */
export function delong(
  scorings: readonly ArrayLike<number>[],
  positive: Uint8Array,
): { aucs: number[]; covariance: number[][] } {
  const positives = positive.reduce((count, p) => count + p, 0);
  const negatives = positive.length - positives;
  const placements = scorings.map((scores) => placementValues(scores, positive, positives, negatives));
  const aucs = placements.map(({ ofPositives }) => mean(ofPositives));
  const covariance = placements.map((a) =>
    placements.map(
      (b) =>
        covarianceOf(a.ofPositives, b.ofPositives) / positives + covarianceOf(a.ofNegatives, b.ofNegatives) / negatives,
    ),
  );
  return { aucs, covariance };
}

/** For each positive the share of negatives below it, for each negative the share of positives above it; ties count half. */
function placementValues(scores: ArrayLike<number>, positive: Uint8Array, positives: number, negatives: number) {
  const { order, ends } = rank(scores);
  const ofPositives = new Float64Array(positives);
  const ofNegatives = new Float64Array(negatives);
  const slot = new Uint32Array(positive.length);
  let [p, n] = [0, 0];
  positive.forEach((is, i) => (slot[i] = is ? p++ : n++));
  let [start, positivesBelow, negativesBelow] = [0, 0, 0];
  for (let place = 0; place < order.length; place++) {
    if (!ends[place]) continue;
    let tiedPositives = 0;
    for (let k = start; k <= place; k++) tiedPositives += positive[order[k]!]!;
    const tiedNegatives = place + 1 - start - tiedPositives;
    for (let k = start; k <= place; k++) {
      const sample = order[k]!;
      if (positive[sample]) ofPositives[slot[sample]!] = (negativesBelow + tiedNegatives / 2) / negatives;
      else ofNegatives[slot[sample]!] = 1 - (positivesBelow + tiedPositives / 2) / positives;
    }
    positivesBelow += tiedPositives;
    negativesBelow += tiedNegatives;
    start = place + 1;
  }
  return { ofPositives, ofNegatives };
}

const mean = (values: Float64Array): number => values.reduce((total, value) => total + value, 0) / values.length;

function covarianceOf(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  return a.reduce((total, value, i) => total + (value - meanA) * (b[i]! - meanB), 0) / (a.length - 1);
}
