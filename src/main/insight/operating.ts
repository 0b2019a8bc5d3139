/**
 * The threshold at which sensitivity and specificity together are greatest (Youden 1950), midway between the two scores that it parts; of
 * several equally good ones the one nearest to a half.
 * @param scores [n] @param positive [n] 1 where the answer is yes
 * @returns null without both answers
 */
export function youdenThreshold(scores: ArrayLike<number>, positive: ArrayLike<number>): number | null {
  const rows = Array.from(scores, (score, i) => ({ score, yes: positive[i] === 1 })).sort((a, b) => b.score - a.score);
  const yes = rows.filter((row) => row.yes).length;
  const no = rows.length - yes;
  if (yes === 0 || no === 0) return null;
  let [above, falselyAbove] = [0, 0];
  let best = { gain: -Infinity, threshold: 0.5 };
  rows.forEach((row, i) => {
    if (row.yes) above++;
    else falselyAbove++;
    const next = rows[i + 1]?.score ?? 0;
    if (next === row.score) return;
    const threshold = (row.score + next) / 2;
    const gain = above / yes - falselyAbove / no;
    const tie = Math.abs(gain - best.gain) < 1e-12;
    if (tie ? Math.abs(threshold - 0.5) < Math.abs(best.threshold - 0.5) : gain > best.gain) best = { gain, threshold };
  });
  return best.threshold;
}
