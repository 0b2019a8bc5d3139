import type { Augmentation } from '@shared/domain';
import { planOf } from './feed/plan';
import type { PicturePlan } from './feed/plan';

/** What decides how a sample is changed in an epoch. */
export interface ChangeRule extends Augmentation {
  /** Left and right do not matter. */
  readonly flips: boolean;
  /** What tells a row apart in every run: its key. */
  readonly keyOf: (row: number) => number;
}

/** @param epoch from 0; null: as it is */
export const planIn = (rule: ChangeRule, row: number, epoch: number | null): PicturePlan | null =>
  epoch === null ? null : planOf(rule, epoch, rule.keyOf(row), rule.flips);
