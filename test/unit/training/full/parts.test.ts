import { add, sum } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createOnnxEngine } from '@main/engine';
import type { TrainerOptions } from '@main/engine';
import { crossEntropy, linear } from '@main/model';
import { applyChange, changeOf } from '@main/training/full/augment';
import type { Change } from '@main/training/full/augment';
import { smooth } from '@main/training/full/softTargets';
import { layerScale } from '@main/training/full/layerDecay';
import { WorkClock, StepTimes } from '@main/training/workClock';

const NOTHING: Change = { flip: false, turn: 0, scale: 1, right: 0, down: 0, gamma: 1, gain: 1 };

describe('layer-wise learning rates', () => {
  it('fall from the head to the embeddings', () => {
    // decay^(L - i) for layer i, decay^(L + 1) for the embeddings: BEiT's rule with L = 12.
    expect(layerScale('head.weight', 12, 0.5)).toBe(1);
    expect(layerScale('llm_in.weight', 12, 0.5)).toBe(1);
    expect(layerScale('encoder.layer.11.mlp.fc1.weight', 12, 0.5)).toBe(0.5);
    expect(layerScale('encoder.layer.0.norm1.bias', 12, 0.5)).toBe(0.5 ** 12);
    expect(layerScale('embeddings.patch_embeddings.projection.weight', 12, 0.5)).toBe(0.5 ** 13);
  });

  it('step and decay each tensor at its own rate, as AdamW with parameter groups does', async () => {
    // One step of AdamW from zero moments moves each weight by lr · g / (|g| + ε'), after w · (1 - lr · decay).
    const engine = await createOnnxEngine({ threads: 1 });
    const w = (data: number[]): TrainerOptions['params'][string] => ({
      dtype: 'float32',
      shape: [1, data.length],
      data: Float32Array.from(data),
    });
    const rate = 0.01;
    const decay = 0.1;
    const scales: Record<string, number> = { top: 1, 'encoder.layer.0.w': 0.25 };
    const trainer = await engine.trainer({
      params: { top: w([0.5, -0.25]), 'encoder.layer.0.w': w([0.5, -0.25]) },
      frozen: {},
      inputs: { x: { dtype: 'float32', shape: [1, 2] } },
      loss: (p, _, { x }) => ({ loss: sum(add(linear(x!, p.top!), linear(x!, p['encoder.layer.0.w']!))) }),
      optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: () => decay, scale: (name) => scales[name]! },
    });
    await trainer.step({ x: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(2, -3) } }, rate);
    const after = await trainer.params();
    await trainer.dispose();
    for (const [name, scale] of Object.entries(scales)) {
      const expected = [0.5, -0.25].map((v, i) => v * (1 - rate * scale * decay) - rate * scale * [1, -1][i]!);
      expected.forEach((value, i) => expect(after[name]!.data[i]).toBeCloseTo(value, 6));
    }
  });
});

describe('label smoothing', () => {
  it("gives PyTorch's targets and loss", async () => {
    const four = Float32Array.of(0, 0, 1, 0);
    smooth(four, 0.1, 4);
    expect([...four].map((v) => Number(v.toFixed(4)))).toEqual([0.025, 0.025, 0.925, 0.025]);
    const answers = Float32Array.of(1, 0);
    smooth(answers, 0.1, 2);
    expect([...answers].map((v) => Number(v.toFixed(4)))).toEqual([0.95, 0.05]);
    // torch.nn.functional.cross_entropy([[1, 2, 3], [-1, 0.5, 0.25]], [2, 1], label_smoothing=0.1), by its formula in double precision.
    const logits = [
      [1, 2, 3],
      [-1, 0.5, 0.25],
    ];
    const byHand = [2, 1].map((label, i) => {
      const sum = Math.log(logits[i]!.reduce((total, v) => total + Math.exp(v), 0));
      const negative = logits[i]!.map((v) => sum - v);
      return 0.9 * negative[label]! + (0.1 / 3) * negative.reduce((a, b) => a + b, 0);
    });
    const targets = Float32Array.of(0, 0, 1, 0, 1, 0);
    smooth(targets, 0.1, 3);
    const engine = await createOnnxEngine({ threads: 1 });
    const program = await engine.compile({
      constants: {},
      inputs: { logits: { dtype: 'float32', shape: [2, 3] }, targets: { dtype: 'float32', shape: [2, 3] } },
      apply: (_, inputs) => ({ loss: crossEntropy(inputs.logits!, inputs.targets!) }),
    });
    const { loss } = await program.run({
      logits: { dtype: 'float32', shape: [2, 3], data: Float32Array.from(logits.flat()) },
      targets: { dtype: 'float32', shape: [2, 3], data: targets },
    });
    await program.dispose();
    expect(loss!.data[0]).toBeCloseTo((byHand[0]! + byHand[1]!) / 2, 6);
  });
});

describe('augmentation', () => {
  const side = 8;
  const picture = Float32Array.from({ length: side * side }, (_, i) => ((i * 37) % 64) / 64);
  const seen = (change: Partial<Change>): Float32Array => {
    const out = new Float32Array(side * side * 3);
    applyChange(picture, side, { ...NOTHING, ...change }, out);
    return out.filter((_, i) => i % 3 === 0);
  };
  const close = (a: ArrayLike<number>, b: ArrayLike<number>): void =>
    Array.from(a).forEach((v, i) => expect(v).toBeCloseTo(b[i]!, 5));

  it('without a change is the picture itself', () => close(seen({}), picture));

  it('flips left and right, and moves by whole pixels with its border repeated', () => {
    close(
      seen({ flip: true }),
      picture.map((_, i) => picture[i - (i % side) + side - 1 - (i % side)]!),
    );
    const right = seen({ right: 2 / side });
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        expect(right[y * side + x]).toBeCloseTo(picture[y * side + Math.max(0, x - 2)]!, 5);
    const down = seen({ down: 1 / side });
    for (let y = 1; y < side; y++) expect(down[y * side + 3]).toBeCloseTo(picture[(y - 1) * side + 3]!, 5);
  });

  it('turns a quarter clockwise on the screen', () => {
    const turned = seen({ turn: Math.PI / 2 });
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) expect(turned[y * side + x]).toBeCloseTo(picture[(side - 1 - x) * side + y]!, 4);
  });

  it('leaves black black, and stays within the scale', () => {
    const out = new Float32Array(3 * side * side);
    applyChange(new Float32Array(side * side), side, { ...NOTHING, gamma: 0.9, gain: 1.08 }, out);
    expect(Math.max(...out)).toBe(0);
    applyChange(new Float32Array(side * side).fill(1), side, { ...NOTHING, gain: 1.08 }, out);
    expect(Math.max(...out)).toBe(1);
  });

  it('is drawn from seed, epoch and sample alone; flips and turns only where sides do not matter', () => {
    expect(changeOf(1, 3, 7, true)).toEqual(changeOf(1, 3, 7, true));
    const many = Array.from({ length: 400 }, (_, row) => changeOf(1, 0, row, true));
    expect(new Set(many.map((c) => c.right)).size).toBe(400);
    expect(many.filter((c) => c.flip).length).toBeGreaterThan(150);
    expect(many.filter((c) => c.flip).length).toBeLessThan(250);
    for (const c of many) {
      expect(Math.abs(c.right)).toBeLessThanOrEqual(0.04);
      expect(Math.abs(Math.log(c.scale))).toBeLessThanOrEqual(Math.log(1.08) + 1e-9);
    }
    for (const [row, allowed] of many.entries()) {
      const kept = changeOf(1, 0, row, false);
      expect(kept).toEqual({ ...allowed, flip: false, turn: 0 });
    }
    expect(changeOf(1, 1, 7, true)).not.toEqual(changeOf(1, 0, 7, true));
    expect(changeOf(2, 0, 7, true)).not.toEqual(changeOf(1, 0, 7, true));
  });
});

describe('time at work', () => {
  it('leaves out pauses, and a night that the laptop slept', () => {
    const time = { ms: 0, cpu: 0 };
    const clock = new WorkClock({ now: () => time.ms, cpu: () => time.cpu });
    const pass = (ms: number, cpu: number): void => {
      time.ms += ms;
      time.cpu += cpu;
    };
    pass(2000, 1900);
    expect(clock.seconds).toBe(2);
    pass(8 * 3600_000, 500); // asleep
    expect(clock.seconds).toBe(2.5);
    pass(90_000, 85_000); // one long step, at work
    expect(clock.seconds).toBe(92.5);
    clock.rest();
    pass(600_000, 20);
    clock.work();
    expect(clock.seconds).toBe(92.5);
    pass(1000, 10);
    expect(clock.seconds).toBe(93.5);
  });

  it('tells what a step takes by the middle of the last ones', () => {
    const times = new StepTimes();
    expect(times.seconds).toBeNull();
    for (const seconds of [1, 1.1, 3600, 0.9, 1]) times.add(seconds);
    expect(times.seconds).toBe(1);
  });
});
