import { mayBeCompared, type LabelClass, type LabelValue, type SamplePrediction, type SampleRow } from '@shared/domain';
import { suggestedAnswers } from '@shared/scheme';

/**
 * The label that the model would give in place of the present label; null where it agrees, is hidden, may not be compared with this
 * label (seen in training, test), or the sample is excluded. What this says is what the screen shows and what Enter accepts.
 */
export function suggestedLabel(row: SampleRow | undefined, modelHidden: boolean): Exclude<LabelValue, null> | null {
  const id = suggestedClass(row, modelHidden);
  if (id !== null) return { class: id };
  const prediction = comparedPrediction(row, modelHidden);
  const answers = prediction?.answers ? suggestedAnswers(row!.answers, prediction.answers) : null;
  return answers && { answers };
}

/** The same where labels are one class a sample; null of several answers. */
export function suggestedClass(row: SampleRow | undefined, modelHidden: boolean): number | null {
  const prediction = comparedPrediction(row, modelHidden);
  return !prediction || prediction.class === row!.class ? null : prediction.class;
}

function comparedPrediction(row: SampleRow | undefined, modelHidden: boolean): SamplePrediction | null {
  if (!row?.prediction || modelHidden || row.state === 'excluded') return null;
  return mayBeCompared(row.prediction.kind, row.split) ? row.prediction : null;
}

/** The prediction's probability of a class. @param classes in their order on screen, as probabilities are */
export function probabilityOf(row: SampleRow | undefined, id: number, classes: readonly LabelClass[]): number | null {
  const at = classes.findIndex((c) => c.id === id);
  return row?.prediction?.probabilities[at] ?? null;
}
