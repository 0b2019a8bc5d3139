import { describe, expect, it } from 'vitest';
import { normalNumbers, randomNumbers } from '@main/model';
import { binaryAuc } from '@main/insight';
import { applyLinear, Probe } from '@main/training/probe';
import { fitTargets } from '@main/training/targetProbe';
import { pickTargets, targetsOf } from '@main/training/targets';
import type { TrainingSample } from '@main/training';

const [N, D, FOLDS] = [90, 6, 3];
const normal = normalNumbers(randomNumbers(5));
const features = Float32Array.from({ length: N * D }, () => normal());
/** Question 0 asks for feature 0, question 1 for feature 3; the third is hardly ever yes. */
const samples = Array.from({ length: N }, (_, i): TrainingSample => {
  const yes = (value: number): 'yes' | 'no' => (value > 0 ? 'yes' : 'no');
  return {
    key: i,
    id: String(i),
    contentHash: String(i),
    group: i,
    split: i % 5 === 0 ? 'val' : 'train',
    leak: false,
    class: null,
    answers: {
      10: yes(features[i * D]! + 0.3 * normal()),
      ...(i % 4 === 1 ? {} : { 11: yes(features[i * D + 3]!) }),
      12: i === 7 ? 'yes' : 'no',
    },
    state: 'labelled',
    event: null,
  };
});
const targets = targetsOf(samples, { ids: [10, 11, 12], kind: 'answers' }, () => true);
const place = {
  folds: Uint8Array.from(samples, (_, i) => i % FOLDS),
  foldCount: FOLDS,
  isTrain: Uint8Array.from(samples, (s) => (s.split === 'train' ? 1 : 0)),
};

describe('targets of several answers', () => {
  it('are spread over folds by the rarest question that is yes', () => {
    expect(targets.labels[7]).toBe(2);
    expect(targets.labels.every((l) => l >= 0)).toBe(true);
    const none = targetsOf([{ ...samples[0]!, answers: null }], { ids: [10], kind: 'answers' }, () => true);
    expect(Array.from(none.labels)).toEqual([-1]);
    expect(Array.from(pickTargets(targets, [7]).answers!)).toEqual(Array.from(targets.answers!.subarray(21, 24)));
  });

  it('have one logistic regression each, on the samples where it was assessed', async () => {
    const probe = Probe.create(features.slice(), N, D);
    const fit = await fitTargets(probe, targets, place, 3, { finals: true });
    const column = (q: number): Float32Array => fit.outOfFold.filter((_, k) => k % 3 === q);
    // The same as a probe of that question alone.
    const alone = Probe.create(features.slice(), N, D);
    const labels = Int16Array.from(samples, (s) =>
      s.answers![11] === undefined ? -1 : s.answers![11] === 'yes' ? 1 : 0,
    );
    const single = await alone.fit({ ...place, labels, classes: 2 });
    column(1).forEach((p, i) => expect(p).toBeCloseTo(single.outOfFold[2 * i + 1]!, 3));
    const assessed = [...labels.keys()].filter((i) => labels[i]! >= 0);
    expect(
      binaryAuc(
        assessed.map((i) => column(1)[i]!),
        assessed.map((i) => labels[i]!),
      ),
    ).toBeGreaterThan(0.9);
    // A question with a single yes is not fitted: the share of yes among the others stands there.
    expect(fit.strengths[2]).toBeNull();
    expect(new Set(column(2)).size).toBe(2);
    expect(Math.max(...column(2))).toBeLessThan(0.05);

    const raw = applyLinear(fit.head!, features);
    expect(raw).toHaveLength(3 * N);
    const yes = samples.map((s) => (s.answers![10] === 'yes' ? 1 : 0));
    expect(
      binaryAuc(
        samples.map((_, i) => raw[3 * i]!),
        yes,
      ),
    ).toBeGreaterThan(0.9);
    expect(raw[2]).toBeCloseTo(1.5 / 91, 4);
    await probe.dispose();
    await alone.dispose();
  });
});
