import { mul, ones, sum, zeros } from '@tensorflow/tfjs-core';
import { createOnnxEngine } from '@main/engine';
import { filled, gelu, layerNorm } from '@main/model';

/** Run by bundle.test.ts as a bundle: one compiled program and one training step, whose gradients tfjs must know. */
const engine = await createOnnxEngine({ threads: 1 });
const spec = { dtype: 'float32', shape: [2] } as const;
const program = await engine.compile({ constants: {}, inputs: { x: spec }, apply: (_, { x }) => ({ y: mul(x!, 2) }) });
const { y } = await program.run({ x: { ...spec, data: Float32Array.of(1, 2) } });
const trainer = await engine.trainer({
  params: { w: filled([1, 4], 0.5) },
  frozen: {},
  inputs: { t: { dtype: 'float32', shape: [1, 4] } },
  loss: ({ w }, _, { t }) => {
    const normed = layerNorm(gelu(mul(w!, t!)), ones([4]), zeros([4]), 1e-6);
    return { loss: sum(mul(normed, t!)) };
  },
  optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: () => 0 },
});
const { loss } = await trainer.step({ t: { dtype: 'float32', shape: [1, 4], data: Float32Array.of(1, 2, 3, 4) } }, 0.1);
process.stdout.write(
  JSON.stringify({ y: [...y!.data], loss: loss!.data[0], w: [...(await trainer.params()).w!.data] }),
);
