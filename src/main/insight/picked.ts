import type { Figures } from '@shared/domain';
import type { FiguresInput, Grouped } from './types';

/** The rows that have a label and a prediction, share no group with another split, and fit. */
export function pick(input: FiguresInput, fits: (row: number) => boolean): Grouped {
  const classes = input.classIds.length;
  const rows: number[] = [];
  for (let row = 0; row < input.labels.length; row++)
    if (input.labels[row]! >= 0 && !input.leaks[row] && !Number.isNaN(input.probabilities[row * classes]) && fits(row))
      rows.push(row);
  return {
    labels: Int32Array.from(rows, (row) => input.labels[row]!),
    groups: Float64Array.from(rows, (row) => input.groups[row]!),
    probabilities: Float64Array.from({ length: rows.length * classes }, (_, k) => {
      const row = rows[Math.floor(k / classes)]!;
      return input.probabilities[row * classes + (k % classes)]!;
    }),
    answers: input.answers
      ? Uint8Array.from({ length: rows.length * classes }, (_, k) => {
          return input.answers![rows[Math.floor(k / classes)]! * classes + (k % classes)]!;
        })
      : null,
    classes,
  };
}

/** Each sample is counted once: as a leak first, then by its state. */
export function leftOut(input: FiguresInput): Figures['leftOut'] {
  const counts = { unsure: 0, excluded: 0, unlabelled: 0, leak: 0 };
  for (let row = 0; row < input.labels.length; row++) {
    const state = input.states[row]!;
    if (input.leaks[row]) counts.leak++;
    else if (state === 'unsure' || state === 'excluded') counts[state]++;
    else if (state === 'unlabelled' || input.labels[row]! < 0) counts.unlabelled++;
  }
  return counts;
}
