import { add, mul } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { Engine, HostTensors, LoadedBlock } from '@main/engine';
import { BLOCK_PREFIX, crossEntropy } from '@main/model';
import { headLogits, startOf } from '../../headNetwork';
import { sampler, specOf, TOKENS, untrainedBlock, WIDTH } from './tasks';

const STEPS = 4000;
const BATCH = 128;
const RATE = 2e-3;

/**
 * A block that carries the answer: trained alone on as many samples as it takes, between the very matrices and heads that the
 * check's repetitions start with, so that these need not find their way to it first.
 * @param seeds of the repetitions
 */
export async function pretrainedBlock(engine: Engine, seeds: readonly number[]): Promise<LoadedBlock> {
  const block = untrainedBlock(1);
  const spec = { ...specOf(block), mode: 'outer', core: 'unfrozen' } as const;
  const starts = seeds.map((seed) => startOf({ ...spec, seed }).params);
  const params = ofBlock(starts[0]!, true);
  const frozen = Object.assign(
    {},
    ...starts.map((start, i) =>
      Object.fromEntries(Object.entries(ofBlock(start, false)).map(([name, value]) => [`${i}.${name}`, value])),
    ),
  ) as HostTensors;
  const trainer = await engine.trainer({
    params,
    frozen,
    inputs: {
      x: { dtype: 'float32', shape: [BATCH, TOKENS, WIDTH] },
      targets: { dtype: 'float32', shape: [BATCH, 2] },
      weights: { dtype: 'float32', shape: [BATCH] },
    },
    loss: (trained, constants, { x, targets, weights }) => ({
      loss: mul(
        starts
          .map((_, i) => {
            const own: Record<string, Tensor> = {};
            for (const [name, value] of Object.entries(constants))
              if (name.startsWith(`${i}.`)) own[name.slice(`${i}.`.length)] = value;
            return crossEntropy(
              headLogits({ ...own, ...trained }, x!, { ...spec, seed: 1 }).logits,
              targets!,
              weights!,
            );
          })
          .reduce((a, b) => add(a, b)),
        1 / starts.length,
      ) as Scalar,
    }),
    optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: () => 0 },
  });
  try {
    const draw = sampler('pre-trained', 77);
    const weights = new Float32Array(BATCH).fill(1);
    for (let step = 0; step < STEPS; step++) {
      const x = new Float32Array(BATCH * TOKENS * WIDTH);
      const targets = new Float32Array(BATCH * 2);
      for (let i = 0; i < BATCH; i++) {
        const { tokens, label } = draw();
        x.set(tokens, i * TOKENS * WIDTH);
        targets[2 * i + label] = 1;
      }
      const rate = RATE * 0.5 * (1 + Math.cos((Math.PI * step) / STEPS));
      await trainer.step(
        {
          x: { dtype: 'float32', shape: [BATCH, TOKENS, WIDTH], data: x },
          targets: { dtype: 'float32', shape: [BATCH, 2], data: targets },
          weights: { dtype: 'float32', shape: [BATCH], data: weights },
        },
        rate,
      );
    }
    const trained = await trainer.params();
    return {
      ...block,
      params: Object.fromEntries(
        Object.entries(trained).map(([name, value]) => [name.slice(BLOCK_PREFIX.length), value]),
      ) as LoadedBlock['params'],
    };
  } finally {
    await trainer.dispose();
  }
}

/** The block's tensors of a network's, or all others. */
function ofBlock(params: HostTensors, block: boolean): HostTensors {
  return Object.fromEntries(Object.entries(params).filter(([name]) => name.startsWith(BLOCK_PREFIX) === block));
}
