import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createOnnxEngine, type Engine } from '@main/engine';
import { objectiveOf, type Objective, type RowLabels } from '@main/training/objective';

interface Case {
  readonly batch: number;
  readonly logits: number[];
  readonly loss: number;
  readonly gradient: number[];
  readonly probabilities: number[];
}
const reference = JSON.parse(
  readFileSync(new URL('../../fixtures/training/objectives.json', import.meta.url), 'utf8'),
) as {
  ordered: Case & { classes: number; labels: number[] };
  answers: Case & { questions: number; codes: number[] };
};
const { ordered, answers } = reference;

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxEngine({ threads: 1 });
});

const floats = (shape: readonly number[], data: ArrayLike<number>) =>
  ({ dtype: 'float32', shape, data: Float32Array.from(data) }) as const;

const spec = (shape: readonly number[]) => ({ dtype: 'float32', shape }) as const;

/** Loss, gradient and probabilities of given logits as the traced graph computes them. */
async function computed(objective: Objective, from: RowLabels, batch: number, classes: number, logits: number[]) {
  const shape = [batch, objective.outputs];
  const weightShape = [batch, ...objective.weightShape];
  const targets = new Float32Array(batch * classes);
  const weights = new Float32Array(weightShape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < batch; i++) objective.put(from, i, targets, weights, i);
  const program = await engine.gradients({
    params: { logits: floats(shape, logits) },
    frozen: {},
    inputs: { targets: spec([batch, classes]), weights: spec(weightShape) },
    loss: (params, _frozen, inputs) => ({
      loss: objective.loss(params.logits!, inputs.targets!, inputs.weights!),
      probabilities: objective.probabilities(params.logits!),
    }),
  });
  const found = await program.run({
    targets: floats([batch, classes], targets),
    weights: floats(weightShape, weights),
  });
  await program.dispose();
  return {
    loss: found.loss!.data[0]!,
    gradient: found['grad.logits']!.data as Float32Array,
    probabilities: found.probabilities!.data as Float32Array,
  };
}

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(Math.abs(found[i]! - value), `at ${i}`).toBeLessThan(2e-6));
}

describe('ordered classes', () => {
  const { batch, classes, labels, logits } = ordered;
  const from: RowLabels = { labels: Int16Array.from(labels), answers: null };
  const objective = objectiveOf('ordered', classes);

  it('have PyTorch’s loss, gradients and probabilities', async () => {
    const found = await computed(objective, from, batch, classes, logits);
    expect(found.loss).toBeCloseTo(ordered.loss, 5);
    expectClose(found.gradient, ordered.gradient);
    expectClose(found.probabilities, ordered.probabilities);
    expect(objective.lossOf(found.probabilities, from, [...labels.keys()])).toBeCloseTo(ordered.loss, 5);
  });

  it('are equally likely before anything was learnt', async () => {
    const program = await engine.compile({
      constants: {},
      inputs: { logits: spec([1, classes - 1]) },
      apply: (_, inputs) => ({ p: objective.probabilities(inputs.logits!) }),
    });
    const { p } = await program.run({ logits: floats([1, classes - 1], objective.bias) });
    expectClose(p!.data as Float32Array, new Array<number>(classes).fill(1 / classes));
    await program.dispose();
  });
});

describe('several answers', () => {
  const { batch, questions, codes, logits } = answers;
  const from: RowLabels = { labels: new Int16Array(batch), answers: Uint8Array.from(codes) };
  const objective = objectiveOf('answers', questions);
  const rows = Array.from({ length: batch }, (_, i) => i);

  it('have PyTorch’s loss and gradients, and what was not assessed has none', async () => {
    const found = await computed(objective, from, batch, questions, logits);
    expect(found.loss).toBeCloseTo(answers.loss, 5);
    expectClose(found.gradient, answers.gradient);
    expectClose(found.probabilities, answers.probabilities);
    codes.forEach((code, i) => {
      if (code === 0) expect(found.gradient[i]).toBe(0);
    });
    expect(objective.lossOf(found.probabilities, from, rows)).toBeCloseTo(answers.loss, 5);
    expect(objective.count(from, rows)).toBe(codes.filter((code) => code !== 0).length);
  });
});
