import type { LabelClass, SampleRow } from '@shared/domain';

/**
 * The class that the model would give in place of the present label; null where it agrees, is hidden, saw this label in training,
 * or the sample is excluded. What this says is what the screen shows and what Enter accepts.
 */
export function suggestedClass(row: SampleRow | undefined, modelHidden: boolean): number | null {
  const prediction = row?.prediction;
  if (!row || !prediction || modelHidden || row.state === 'excluded') return null;
  if (prediction.kind === 'seen-in-training' || prediction.class === row.class) return null;
  return prediction.class;
}

/** The prediction's probability of a class. @param classes in their order on screen, as probabilities are */
export function probabilityOf(row: SampleRow | undefined, id: number, classes: readonly LabelClass[]): number | null {
  const at = classes.findIndex((c) => c.id === id);
  return row?.prediction?.probabilities[at] ?? null;
}
