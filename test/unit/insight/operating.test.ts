import { describe, expect, it } from 'vitest';
import { decideAnswer } from '@shared/decision';
import { youdenThreshold } from '@main/insight';

describe('a threshold chosen out of fold', () => {
  it('parts the answers where sensitivity and specificity together are greatest', () => {
    const scores = [0.05, 0.1, 0.12, 0.2, 0.3, 0.6];
    const threshold = youdenThreshold(scores, [0, 0, 0, 1, 1, 1])!;
    expect(threshold).toBeCloseTo(0.16, 12);
    // One of each lies on the wrong side: 2/3 + 2/3 below .1, as good as any; ties go towards one half.
    expect(youdenThreshold([0.2, 0.4, 0.6, 0.8], [0, 1, 0, 1])).toBeCloseTo(0.7, 12);
    const rule = { kind: 'threshold', value: 0.5, questions: { 3: threshold } } as const;
    expect(scores.map((p) => decideAnswer(p, rule, 3))).toEqual([false, false, false, true, true, true]);
    expect(scores.map((p) => decideAnswer(p, rule, 4))).toEqual([false, false, false, false, false, true]);
  });

  it('never parts equal scores, and is none without both answers', () => {
    expect(youdenThreshold([0.4, 0.4, 0.4], [0, 1, 1])).toBeCloseTo(0.2, 12);
    expect(youdenThreshold([0.4, 0.6], [1, 1])).toBeNull();
    expect(youdenThreshold([], [])).toBeNull();
  });
});
