/**
 * Label smoothing, in place: 1 - ε of each target, and ε spread over all that it could be, as PyTorch's `label_smoothing`.
 * @param targets probabilities @param ways classes, or 2 for a yes or no
 */
export function smooth(targets: Float32Array, epsilon: number, ways: number): void {
  for (let i = 0; i < targets.length; i++) targets[i] = (1 - epsilon) * targets[i]! + epsilon / ways;
}

/**
 * Targets of mixed pictures (Zhang et al. 2018; Yun et al. 2019), in place: of each `own` its own and the rest its partner's, the
 * first with the last as the pictures are. The loss is that of both, as each weighs: what was not assessed of one still does not count.
 * @param targets [batch, C] @param weights [batch] or [batch, C] @param rows that are no filling
 */
export function mixTargets(
  targets: Float32Array,
  weights: Float32Array,
  rows: number,
  batch: number,
  own: number,
): void {
  const classes = targets.length / batch;
  const perRow = weights.length / batch;
  const [before, weighed] = [targets.slice(), weights.slice()];
  for (let i = 0; i < rows; i++) {
    const partner = rows - 1 - i;
    for (let c = 0; c < classes; c++) {
      const at = perRow === 1 ? 0 : c;
      const mine = own * weighed[i * perRow + at]!;
      const theirs = (1 - own) * weighed[partner * perRow + at]!;
      weights[i * perRow + at] = mine + theirs;
      if (mine + theirs > 0)
        targets[i * classes + c] =
          (mine * before[i * classes + c]! + theirs * before[partner * classes + c]!) / (mine + theirs);
    }
  }
}
