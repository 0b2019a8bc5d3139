import type { LabelScheme } from '@shared/domain';
import { mergedInto } from '@shared/scheme';
import type { Predictions } from '../types';

/**
 * Predictions in the classes of a scheme that may be newer than the one they were made for, columns in its order. Names and
 * colours do not matter; of merged classes the probabilities add up (they exclude each other). Null where they do not speak
 * of just these classes: of a class that was added or split they know nothing, and whether one of two merged questions is
 * yes does not follow from each one's probability.
 */
export function predictionsUnder(predictions: Predictions, scheme: LabelScheme): Predictions | null {
  const { classes, probabilities } = predictions;
  const now = scheme.classes.map((c) => c.id);
  const columns = classes.map((id) => now.indexOf(mergedInto(scheme, id)));
  if (columns.includes(-1) || new Set(columns).size !== now.length) return null;
  if (scheme.kind === 'answers' && classes.some((id, c) => now[columns[c]!] !== id)) return null;
  if (now.length === classes.length && now.every((id, c) => id === classes[c])) return predictions;
  const size = probabilities.length / classes.length;
  const moved = new Float32Array(size * now.length);
  for (let key = 0; key < size; key++)
    columns.forEach((column, c) => {
      moved[key * now.length + column]! += probabilities[key * classes.length + c]!;
    });
  return { ...predictions, classes: now, probabilities: moved };
}
