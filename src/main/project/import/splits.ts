import type { Split, SplitCounts, SplitPolicy } from '@shared/domain';

export interface SplitAssignment {
  /** null: in no split, only where `leak` says why. */
  readonly splits: readonly (Split | null)[];
  /** 1 where a sample was taken out because it shares a group with a split that goes before. */
  readonly leak: Uint8Array;
  readonly counts: SplitCounts;
  readonly leftOutAsLeak: number;
}
export interface SplitInput {
  readonly policy: SplitPolicy;
  /** Splits that the data brought, null where it brought none (only with policy `new`). */
  readonly official: readonly (Split | null)[] | null;
  readonly group: Int32Array;
  /** Class by sample, null without label. */
  readonly classes: readonly (number | null)[];
  readonly seed: number;
}
export function assignSplits(input: SplitInput): SplitAssignment {
  throw new Error(`under construction: ${input.policy}`);
}
