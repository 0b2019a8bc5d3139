import { changeOf } from './augment';
import type { Change } from './augment';

/** What decides how a sample is changed in an epoch. */
export interface ChangeRule {
  readonly augment: 'none' | 'mild';
  readonly seed: number;
  /** Left and right do not matter. */
  readonly flips: boolean;
  /** What tells a row apart in every run: its key. */
  readonly keyOf: (row: number) => number;
}

/** @param epoch from 0; null: as it is */
export function changeIn(rule: ChangeRule, row: number, epoch: number | null): Change | null {
  if (epoch === null || rule.augment === 'none') return null;
  return changeOf(rule.seed, epoch, rule.keyOf(row), rule.flips);
}
