import { describe, expect, it } from 'vitest';
import { normalNumbers, randomNumbers } from '@main/model';
import { fitLogistic, type LogisticProblem, type LogisticState } from '@main/training/logistic';
import { hostProducts } from '@main/training/products';
import { symmetricEigen, spectrumOf } from '@main/training/spectrum';
import { applyLinear, Probe } from '@main/training/probe';
import { probabilitiesAt } from '@main/training/likelihood';

const N = 80;
const D = 20;

/** Three overlapping clouds, and a feature that is constant. */
function data(classes: number, seed = 3) {
  const normal = normalNumbers(randomNumbers(seed));
  const labels = Int16Array.from({ length: N }, (_, i) => i % classes);
  const x = Float32Array.from({ length: N * D }, (_, i) => {
    const [row, column] = [Math.floor(i / D), i % D];
    if (column === D - 1) return 0;
    return normal() + (column < classes && labels[row] === column ? 1.2 : 0);
  });
  return { x, labels };
}

function problem(rows: Uint8Array, strength: number): LogisticProblem {
  return { rows, strength, mean: new Float64Array(D), deviation: new Float64Array(D).fill(1) };
}

/** The gradient of C Σ losses + ½‖w‖² by its definition, at a solution. */
function gradientOf(x: Float32Array, labels: Int16Array, p: LogisticProblem, s: LogisticState, at: number, m: number) {
  const k = s.columns;
  const out = new Float64Array((D + 1) * k);
  const probabilities = new Float64Array(k);
  for (let i = 0; i < N; i++) {
    if (!p.rows[i]) continue;
    const scores = Float64Array.from({ length: k }, (_, c) => {
      let sum = s.intercepts[at * k + c]!;
      for (let j = 0; j < D; j++) sum += s.weights[j * m + at * k + c]! * x[i * D + j]!;
      return sum;
    });
    probabilitiesAt(scores, 0, k, probabilities, 0);
    for (let c = 0; c < k; c++) {
      const target = k === 1 ? labels[i]! : Number(labels[i] === c);
      const residual = p.strength * (probabilities[c]! - target);
      for (let j = 0; j < D; j++) out[j * k + c]! += residual * x[i * D + j]!;
      out[D * k + c]! += residual;
    }
  }
  for (let j = 0; j < D; j++) for (let c = 0; c < k; c++) out[j * k + c]! += s.weights[j * m + at * k + c]!;
  return Math.max(...out.map(Math.abs));
}

describe('logistic regression', () => {
  it.each([2, 3])(
    'finds the one point where the gradient vanishes, for every fit of a batch (%i classes)',
    async (classes) => {
      const { x, labels } = data(classes);
      const problems = [
        problem(new Uint8Array(N).fill(1), 1),
        problem(
          Uint8Array.from({ length: N }, (_, i) => (i % 4 ? 1 : 0)),
          0.01,
        ),
        problem(
          Uint8Array.from({ length: N }, (_, i) => (i % 7 ? 1 : 0)),
          30,
        ),
      ];
      const state = await fitLogistic(hostProducts(x, N, D), problems, labels, classes, { tolerance: 1e-6 });
      const m = problems.length * state.columns;
      problems.forEach((p, at) => {
        expect(gradientOf(x, labels, p, state, at, m)).toBeLessThan(1e-4 * Math.max(1, p.strength));
      });
    },
  );

  it('comes to the same answer cold, warm and preconditioned', async () => {
    const { x, labels } = data(2);
    const products = hostProducts(x, N, D);
    const problems = [problem(new Uint8Array(N).fill(1), 0.3)];
    const cold = await fitLogistic(products, problems, labels, 2, { tolerance: 1e-6 });
    const corrected = labels.slice();
    corrected[5] = 1 - corrected[5]!;
    const spectrum = await spectrumOf(products, 4, hostProducts);
    const warm = await fitLogistic(products, problems, corrected, 2, { tolerance: 1e-6, start: cold, spectrum });
    const fresh = await fitLogistic(products, problems, corrected, 2, { tolerance: 1e-6 });
    const worst = warm.scores.reduce((w, s, i) => Math.max(w, Math.abs(s - fresh.scores[i]!)), 0);
    expect(worst).toBeLessThan(1e-4);
    expect(cold.scores.some((s, i) => Math.abs(s - fresh.scores[i]!) > 1e-2)).toBe(true);
  });

  it('survives a class that no training row has', async () => {
    const { x, labels } = data(3);
    const rows = Uint8Array.from(labels, (label) => (label === 2 ? 0 : 1));
    const state = await fitLogistic(hostProducts(x, N, D), [problem(rows, 1)], labels, 3);
    const p = new Float64Array(3);
    probabilitiesAt(state.scores, 0, 3, p, 0);
    expect(p[2]).toBeLessThan(0.05);
    expect(p[0]! + p[1]! + p[2]!).toBeCloseTo(1, 10);
  });
});

describe('the spectrum', () => {
  it('diagonalises a symmetric matrix', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    expect([...values].sort()).toEqual([expect.closeTo(1, 10), expect.closeTo(3, 10)]);
    expect(vectors[0]! * vectors[1]! + vectors[2]! * vectors[3]!).toBeCloseTo(0, 10);
  });

  it('finds the strongest directions', async () => {
    const x = new Float32Array(30 * 10);
    const scales = [9, 5, 1, 0.1];
    for (let i = 0; i < 30; i++) scales.forEach((s, j) => (x[i * 10 + j] = s * Math.sin(1 + i * (j + 1) * 0.7)));
    const { values, rank } = await spectrumOf(hostProducts(x, 30, 10), 3, hostProducts);
    expect(rank).toBe(3);
    expect(values[0]!).toBeGreaterThan(values[1]! * 2);
    expect(values[1]!).toBeGreaterThan(values[2]! * 2);
  });
});

describe('the probe', () => {
  const folds = Uint8Array.from({ length: N }, (_, i) => Math.floor(i / 3) % 5);
  const isTrain = Uint8Array.from({ length: N }, (_, i) => (i % 8 ? 1 : 0));
  const request = (labels: Int16Array, classes: number, foldCount = 5) => ({
    labels,
    folds: folds.map((f) => f % foldCount),
    foldCount,
    isTrain,
    classes,
  });

  it('never lets a label speak in its own prediction', async () => {
    const { x, labels } = data(2);
    const strengths = { folds: Array<number>(5).fill(0.1), all: 0.1, train: 0.1 };
    const fitOf = async (own: Int16Array) => {
      const probe = Probe.create(x.slice(), N, D);
      return probe.fit(request(own, 2), { strengths });
    };
    const first = await fitOf(labels);
    const changed = labels.slice();
    changed[7] = 1 - changed[7]!;
    const hidden = labels.slice();
    hidden[7] = -1;
    for (const other of [await fitOf(changed), await fitOf(hidden)]) {
      expect(other.outOfFold[15]).toBeCloseTo(first.outOfFold[15]!, 4);
      expect(other.outOfFold.some((p, i) => Math.abs(p - first.outOfFold[i]!) > 1e-3)).toBe(true);
    }
  });

  it.each([2, 5])('chooses strengths by inner folds and gives heads for what is new (%i folds)', async (foldCount) => {
    const { x, labels } = data(3);
    const probe = Probe.create(x.slice(), N, D);
    const fit = await probe.fit(request(labels, 3, foldCount), { finals: true });
    expect(fit.strengths.folds).toHaveLength(foldCount);
    const right = applyLinear(fit.head!, x);
    const hits = labels.filter((label, i) => {
      const row = [...right.subarray(3 * i, 3 * i + 3)];
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      return row.indexOf(Math.max(...row)) === label;
    });
    expect(hits.length).toBeGreaterThan(0.6 * N);
    expect(fit.byTrain).toHaveLength(3 * N);
    const again = await probe.fit(request(labels, 3, foldCount));
    expect(again.strengths).toBe(fit.strengths);
    await probe.dispose();
  });
});
