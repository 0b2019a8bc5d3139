const NEGATIVE = /^(normal|benign|negative|neg|healthy|control|none|no|false|absent)\b/i;

/**
 * Of two classes the one that figures might refer to: the one that is not called normal; else class 1 of numbers, the rarer one of names.
 * The person is asked anyway.
 * @param counts samples of each class @returns its place; null where there are not two
 */
export function suggestPositive(names: readonly string[], counts: readonly number[]): number | null {
  if (names.length !== 2) return null;
  const negative = names.map((name) => NEGATIVE.test(name));
  if (negative[0] !== negative[1]) return negative[0] ? 1 : 0;
  const numbered = names.every((name) => /^\d+$/.test(name));
  return numbered || counts[1]! <= counts[0]! ? 1 : 0;
}
