import { join } from 'node:path';
import { concat, div, reshape, sub, tensor1d } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { exportOnnx, loadEncoder } from '@main/engine';
import { clsAndMeanPatch, encode, HEAD_EPSILON, normalise } from '@main/model';
import type { EncoderConfig, Tensors } from '@main/model';
import { writeWhole } from './atomic';
import { readParams } from './checkpoints';
import { headLogits, readsOf, startOf } from './headNetwork';
import type { HeadSpec } from './headNetwork';
import { blockOf, headSpec } from './headSpec';
import { DEVIATION, MEAN } from './input';
import { objectiveOf } from './objective';
import type { RunData } from './runData';
import { encoderPath } from './runFolder';
import { RUN_FILES } from './runFiles';
import type { Taps } from './taps';
import { tapsWidth } from './encoderProgram';

/**
 * Writes `model.onnx`: from RGB in [0, 1] at the run's input size, [B, S, S, 3], to probabilities [B, C]: normalising,
 * encoder, block and head in one file that needs nothing else.
 */
export async function exportModel(data: RunData): Promise<void> {
  const { recipe, input, classes } = data.content;
  const encoder = await loadEncoder(encoderPath());
  const tokens = 1 + (input.imageSize / encoder.config.patch) ** 2;
  const shape = [tokens, tapsWidth(recipe.taps, encoder.config)];
  const spec = await headSpec(data, 'chosen', shape, await blockOf(data));
  const head = await readParams(join(data.folder, 'best.safetensors'));
  const bytes = exportOnnx({
    constants: { ...encoder.params, ...startOf(spec).frozen, ...head },
    inputs: { image: { dtype: 'float32', shape: [2, input.imageSize, input.imageSize, 3] } },
    apply: (constants, inputs) => ({
      probabilities: objectiveOf(spec.kind, spec.classes).probabilities(
        logitsOf(constants, inputs.image!, encoder.config, recipe.taps, spec),
      ),
    }),
    metadata: {
      classes: JSON.stringify(classes.names),
      kind: classes.kind,
      input: JSON.stringify(input),
      mode: recipe.mode,
      core: recipe.core,
    },
  });
  await writeWhole(join(data.folder, RUN_FILES.model), bytes);
}

/** @param image [B, S, S, 3] @returns [B, outputs] */
function logitsOf(params: Tensors, image: Tensor, config: EncoderConfig, taps: Taps, spec: HeadSpec): Tensor {
  const pixels = div(sub(image, tensor1d([...MEAN])), tensor1d([...DEVIATION])); // [B, S, S, 3]
  const after = encode(params, pixels, config);
  const z =
    taps === 'last'
      ? after[config.layers]!
      : concat(
          taps.map((layer) => normalise(after[layer]!, HEAD_EPSILON)),
          2,
        ); // [B, N, e]
  if (readsOf(spec) !== 'pooled') return headLogits(params, z, spec).logits;
  const pooled = clsAndMeanPatch(normalise(z, HEAD_EPSILON)); // [B, 2e]
  return headLogits(params, reshape(pooled, [-1, 2, spec.width]), spec).logits;
}
