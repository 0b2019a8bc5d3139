import type { LabelClass, LabelValue, SampleRow } from '@shared/domain';
import { suggestedAnswers } from '@shared/scheme';

/**
 * The label that the model would give in place of the present label; null where it agrees, is hidden, saw this label in training,
 * or the sample is excluded. What this says is what the screen shows and what Enter accepts.
 */
export function suggestedLabel(row: SampleRow | undefined, modelHidden: boolean): Exclude<LabelValue, null> | null {
  const id = suggestedClass(row, modelHidden);
  if (id !== null) return { class: id };
  const prediction = row?.prediction;
  if (!prediction?.answers || modelHidden || row!.state === 'excluded' || prediction.kind === 'seen-in-training')
    return null;
  const answers = suggestedAnswers(row!.answers, prediction.answers);
  return answers && { answers };
}

/** The same where labels are one class a sample; null of several answers. */
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
