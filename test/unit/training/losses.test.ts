import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createOnnxEngine } from '@main/engine';
import { objectiveOf } from '@main/training/objective';
import type { RowLabels } from '@main/training/objective';
import { NO, YES } from '@main/training/targets';
import { smooth } from '@main/training/full/softTargets';
import { greatestError } from '../reference/arrays';

interface Case {
  readonly name: 'weights' | 'focal' | 'questions';
  readonly logits: number[][];
  readonly loss: number;
  readonly gradient: number[][];
  readonly smoothing?: number;
  readonly gamma?: number;
  readonly answers?: number[][];
  readonly balanced?: boolean;
}
const file = join(import.meta.dirname, '../../fixtures/training/losses.json');
const fixture = JSON.parse(readFileSync(file, 'utf8')) as { labels: number[]; balance: number[]; cases: Case[] };
const [count, classes] = [fixture.labels.length, 3];
const rows = [...fixture.labels.keys()];

describe('class weights and focal loss, against PyTorch', () => {
  it.each(fixture.cases.map((one, i) => ({ ...one, i })))('$i: $name, smoothing $smoothing, γ $gamma', async (item) => {
    const questions = item.answers !== undefined;
    const from: RowLabels = {
      labels: Int16Array.from(fixture.labels),
      answers: item.answers ? Uint8Array.from(item.answers.flat(), (v) => (v === 1 ? YES : NO)) : null,
    };
    const objective = objectiveOf(questions ? 'answers' : 'single', classes, item.gamma ?? 0);
    const targets = new Float32Array(count * classes);
    const weights = new Float32Array([count, ...objective.weightShape].reduce((a, b) => a * b));
    rows.forEach((row) => objective.put(from, row, targets, weights, row));
    smooth(targets, item.smoothing ?? 0, classes);
    const weighted = item.name === 'weights' || item.balanced === true;
    const balance = objective.balanceOf(from, rows);
    if (item.name === 'weights') expect(greatestError(balance, fixture.balance)).toBeLessThanOrEqual(1e-6);
    objective.weigh(targets, weights, count, weighted ? balance : null);

    const shape = [count, classes];
    const engine = await createOnnxEngine({ threads: 1 });
    const weightShape = [count, ...objective.weightShape];
    const program = await engine.gradients({
      params: { logits: { dtype: 'float32', shape, data: Float32Array.from(item.logits.flat()) } },
      frozen: {},
      inputs: { targets: { dtype: 'float32', shape }, weights: { dtype: 'float32', shape: weightShape } },
      loss: (p, _, inputs) => ({ loss: objective.loss(p.logits!, inputs.targets!, inputs.weights!) }),
    });
    const answer = await program.run({
      targets: { dtype: 'float32', shape, data: targets },
      weights: { dtype: 'float32', shape: weightShape, data: weights },
    });
    await program.dispose();
    expect(answer.loss!.data[0]).toBeCloseTo(item.loss, 5);
    expect(greatestError(answer['grad.logits']!.data as Float32Array, item.gradient.flat())).toBeLessThanOrEqual(1e-5);
  });

  it('stays finite where a class is certain', async () => {
    const objective = objectiveOf('single', 2, 2);
    const engine = await createOnnxEngine({ threads: 1 });
    const program = await engine.gradients({
      params: { logits: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(90, -90, 90, -90) } },
      frozen: {},
      inputs: { targets: { dtype: 'float32', shape: [2, 2] }, weights: { dtype: 'float32', shape: [2] } },
      loss: (p, _, inputs) => ({ loss: objective.loss(p.logits!, inputs.targets!, inputs.weights!) }),
    });
    const answer = await program.run({
      targets: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
      weights: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 1) },
    });
    await program.dispose();
    expect(answer.loss!.data[0]).toBeCloseTo(90, 3);
    expect([...answer['grad.logits']!.data].every((v) => Number.isFinite(Number(v)))).toBe(true);
  });
});
