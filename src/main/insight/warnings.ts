import type { AnswerFigures, Figures } from '@shared/domain';
import type { FiguresInput, Grouped } from './types';

/** Below this many samples a figure says little. */
const FEW = 50;

/**
 * Why figures should not be leaned on, as translation keys below `check.warnings.`:
 * `training-variance` — pooled out-of-fold figures leave the variance of training out of their intervals;
 * `validation-unreliable` — fewer than 20 groups of some class stand in validation;
 * `test-leaks`, `patient-leaks` {samples} — test samples with a twin, or of a patient, in train or validation;
 * `class-absent` {class: id} — AUC is not defined; `few-samples` {samples}.
 */
export function warningsOf(input: FiguresInput, scored: Grouped): Figures['warnings'] {
  const warnings: Figures['warnings'] = [];
  if (input.scope === 'oof') warnings.push({ key: 'training-variance', values: {} });
  if (input.scope === 'val' && input.validationUnreliable) warnings.push({ key: 'validation-unreliable', values: {} });
  warnings.push(...leaksOf(input));
  const seen = new Set(Array.from(scored.labels));
  input.classIds.forEach((id, column) => {
    if (!seen.has(column)) warnings.push({ key: 'class-absent', values: { class: id } });
  });
  if (scored.labels.length < FEW) warnings.push({ key: 'few-samples', values: { samples: scored.labels.length } });
  return warnings;
}

/** Of several answers: besides, `answer-one-sided` {class: id} — a question answered with only one of yes and no, which no mean counts. */
export function answerWarningsOf(
  input: FiguresInput,
  answers: readonly AnswerFigures[],
  samples: number,
): Figures['warnings'] {
  const warnings: Figures['warnings'] = [];
  if (input.scope === 'oof') warnings.push({ key: 'training-variance', values: {} });
  if (input.scope === 'val' && input.validationUnreliable) warnings.push({ key: 'validation-unreliable', values: {} });
  warnings.push(...leaksOf(input));
  for (const { class: id, yes, no } of answers)
    if (yes === 0 || no === 0) warnings.push({ key: 'answer-one-sided', values: { class: id } });
  if (samples < FEW) warnings.push({ key: 'few-samples', values: { samples } });
  return warnings;
}

/** What the import promised: every figure of test says how much of it leaks. */
function leaksOf({ scope, leaking }: FiguresInput): Figures['warnings'] {
  const said = (key: string, samples: number): Figures['warnings'] =>
    samples > 0 && scope === 'test' ? [{ key, values: { samples } }] : [];
  return leaking ? [...said('test-leaks', leaking.twins), ...said('patient-leaks', leaking.patients)] : [];
}
