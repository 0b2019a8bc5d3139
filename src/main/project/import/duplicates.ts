export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly exact: boolean;
  readonly likeness: number;
}
export interface Duplicates {
  readonly pairs: readonly Pair[];
  readonly nearLookedFor: boolean;
}
export function findDuplicates(): Promise<Duplicates> {
  return Promise.reject(new Error('under construction'));
}
