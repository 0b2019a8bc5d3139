import { describe, expect, it } from 'vitest';
import { suggestedLabel } from '@renderer/features/label/suggestion';
import { row } from '../memoryServices';

describe('a suggestion', () => {
  it.each([
    ['out-of-fold', 'train', { class: 1 }],
    ['out-of-fold', 'val', { class: 1 }],
    ['unseen', null, { class: 1 }],
    ['unseen', 'test', null],
    ['unseen', 'val', null],
    ['seen-in-training', 'train', null],
  ] as const)('of a prediction %s on %s is %o', (kind, split, expected) => {
    const prediction = { kind, class: 1, answers: null, probabilities: [0.1, 0.9], agrees: null };
    expect(suggestedLabel(row(0, { class: 0, split, prediction }), false)).toEqual(expected);
    const answers = { ...prediction, class: null, answers: { 0: 'yes' } as const };
    const asked = row(0, { class: null, answers: null, split, prediction: answers });
    expect(suggestedLabel(asked, false)).toEqual(expected && { answers: { 0: 'yes' } });
    expect(suggestedLabel(asked, true)).toBeNull();
  });
});
