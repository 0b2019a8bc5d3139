import { randomNumbers } from '@main/model';

/**
 * Folds that no group straddles and whose class counts are as equal as can be: the greedy rule of scikit-learn's
 * `StratifiedGroupKFold`. Groups go in a seeded order, the most uneven first, each into the fold where the spread of the
 * class shares stays smallest.
 * @param groups [n] group of each sample @param classes [n] class index, -1 for samples that do not take part: they get the
 * fold of their group, or one by size @returns [n] fold, 0 … folds-1; the same for the same arguments everywhere
 */
export function assignFolds(
  groups: ArrayLike<number>,
  classes: ArrayLike<number>,
  folds: number,
  seed: number,
): Uint8Array {
  const members = new Map<number, number[]>();
  for (let i = 0; i < groups.length; i++) {
    const list = members.get(groups[i]!);
    if (list) list.push(i);
    else members.set(groups[i]!, [i]);
  }
  let classCount = 0;
  for (let i = 0; i < classes.length; i++) classCount = Math.max(classCount, classes[i]! + 1);
  // One more "class" for samples without one, so that they spread over the folds too.
  const columns = classCount + 1;
  const column = (i: number): number => (classes[i]! < 0 ? classCount : classes[i]!);
  const totals = new Float64Array(columns);
  for (let i = 0; i < classes.length; i++) totals[column(i)]! += 1;

  const uniform = randomNumbers(seed);
  const entries = [...members.entries()].map(([group, samples]) => {
    const counts = new Float64Array(columns);
    for (const i of samples) counts[column(i)]! += 1;
    return { group, samples, counts, uneven: deviation(counts) };
  });
  entries.sort((a, b) => a.group - b.group);
  shuffle(entries, uniform);
  entries.sort((a, b) => b.uneven - a.uneven); // stable: the seeded order decides among equals

  const filled = Array.from({ length: folds }, () => new Float64Array(columns));
  const sizes = new Float64Array(folds);
  const out = new Uint8Array(groups.length);
  for (const entry of entries) {
    let best = 0;
    let bestSpread = Infinity;
    for (let f = 0; f < folds; f++) {
      const spread = spreadWith(filled, totals, entry.counts, f);
      if (spread < bestSpread - 1e-12 || (spread < bestSpread + 1e-12 && sizes[f]! < sizes[best]!)) {
        best = f;
        bestSpread = Math.min(spread, bestSpread);
      }
    }
    for (let c = 0; c < columns; c++) filled[best]![c]! += entry.counts[c]!;
    sizes[best]! += entry.samples.length;
    for (const i of entry.samples) out[i] = best;
  }
  return out;
}

/** Fisher and Yates, in place. */
export function shuffle<T>(items: T[], uniform: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
}

/** Mean over classes of the deviation over folds of each fold's share of the class, had fold `f` these counts too. */
function spreadWith(filled: Float64Array[], totals: Float64Array, counts: Float64Array, f: number): number {
  let spread = 0;
  for (let c = 0; c < totals.length; c++) {
    if (totals[c] === 0) continue;
    let sum = 0;
    let squares = 0;
    for (let k = 0; k < filled.length; k++) {
      const share = (filled[k]![c]! + (k === f ? counts[c]! : 0)) / totals[c]!;
      sum += share;
      squares += share * share;
    }
    spread += Math.sqrt(Math.max(0, squares / filled.length - (sum / filled.length) ** 2));
  }
  return spread;
}
