/** Fold of every sample. */
export function assignFolds(
  groups: ArrayLike<number>,
  classes: ArrayLike<number>,
  folds: number,
  seed: number,
): Uint8Array {
  throw new Error(`${groups.length} ${classes.length} ${folds} ${seed}`);
}
