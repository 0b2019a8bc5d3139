import { join } from 'node:path';
import { div, matMul, reshape, sub, tensor1d, tensor3d } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { trainsEncoder } from '@shared/domain';
import { exportOnnx } from '@main/engine';
import type { ExportOptions } from '@main/engine';
import { openPixels } from '@main/project';
import { clsAndMeanPatch, clsRow, encode, HEAD_EPSILON, normalise } from '@main/model';
import type { EncoderConfig, Tensors, VolumeEncoderConfig } from '@main/model';
import { writeWhole } from './atomic';
import { readParams } from './checkpoints';
import { headLogits, readsOf, sequenceReads, startOf } from './headNetwork';
import type { HeadSpec } from './headNetwork';
import { blockOf, headSpec } from './headSpec';
import { DEVIATION, MEAN } from './input';
import { objectiveOf } from './objective';
import type { RunData } from './runData';
import { encoderOf, volumeConfigOf } from './encoderChoice';
import { VOLUME_SIDE } from './full/volumes';
import { networkLogits } from './full/network';
import { volumeTrunk } from './full/trunk';
import { RUN_FILES } from './runFiles';
import type { RunLog } from './runLog';
import { spreadOver } from './slices';
import { PLACES } from './taps';
import type { Taps } from './taps';
import { tapped, tapsWidth } from './encoderProgram';

/** Writes `model.onnx` into the run's folder. Volumes of several shapes would each need a file of their own: none is written then, and the log says so. */
export async function exportWhole(data: RunData, log: RunLog): Promise<void> {
  log.progress('export', 0, 1);
  const slices = await slicesOf(data);
  if (slices === 'several') await log.say('no model.onnx: the volumes have several shapes');
  else await writeWhole(join(data.folder, RUN_FILES.model), exportOnnx(await networkOf(data, slices)));
}

/**
 * The run's whole network: normalising, encoder, block and head, which needs nothing else. From RGB in [0, 1] at the run's
 * input size to probabilities [B, C]: `image` [B, S, S, 3], or `slices` [B, n, S, S, 3], all slices of a volume along z, then y,
 * then x.
 * @param slices of volumes: how many along each axis; a file serves volumes of one shape
 */
export async function networkOf(data: RunData, slices: readonly number[] | null): Promise<ExportOptions> {
  const volume = volumeConfigOf(data.content.recipe);
  if (volume) return volumeNetworkOf(data, volume);
  const { recipe, input } = data.content;
  const encoder = await encoderOf(recipe);
  const { config } = encoder;
  const side = input.imageSize;
  const tokens = slices ? 3 * PLACES : 1 + (side / config.patch) ** 2;
  const spec = await headSpec(data, 'chosen', [tokens, tapsWidth(recipe.taps, config)], await blockOf(data));
  const head = await readParams(join(data.folder, 'best.safetensors'));
  const network: ExportedNetwork = {
    config,
    taps: recipe.taps,
    spec,
    spreads: trainsEncoder(recipe.preset) ? 'slices' : 'tokens',
  };
  const shape = slices ? [2, slices.reduce((a, b) => a + b), side, side, 3] : [2, side, side, 3];
  return {
    // A `full` run's checkpoint holds its own encoder, in place of the published one.
    constants: { ...encoder.params, ...startOf(spec).frozen, ...head },
    inputs: { [slices ? 'slices' : 'image']: { dtype: 'float32', shape } },
    apply: (constants, inputs) => {
      const x = slices
        ? sequenceInput(constants, inputs.slices!, slices, network)
        : imageInput(constants, inputs.image!, network);
      return {
        probabilities: objectiveOf(spec.kind, spec.classes).probabilities(headLogits(constants, x, spec).logits),
      };
    },
    metadata: {
      ...about(data),
      inputMeaning: slices
        ? `slices [batch, n, size, size, 3]: RGB in [0, 1], every slice along ${slices.length === 1 ? 'z' : 'z, then y, then x'}; the network normalises them itself`
        : 'image [batch, size, size, 3]: RGB in [0, 1], stored values divided by fullScale; the network normalises it itself',
      ...(slices ? { slices: JSON.stringify(slices) } : {}),
    },
  };
}

/** A 3D ViT or ViViT with its block and head: `volume` [B, S, S, S] in [0, 1] to probabilities [B, C]. */
async function volumeNetworkOf(data: RunData, config: VolumeEncoderConfig): Promise<ExportOptions> {
  const { taps, seed } = data.content.recipe;
  const trunk = volumeTrunk(config, taps, seed);
  const head = await headSpec(data, 'chosen', trunk.tokenShape, await blockOf(data));
  const spec = { head, trunk };
  return {
    constants: { ...startOf(head).frozen, ...(await readParams(join(data.folder, 'best.safetensors'))) },
    inputs: { volume: { dtype: 'float32', shape: [2, ...trunk.inputShape] } },
    apply: (constants, inputs) => ({
      probabilities: objectiveOf(head.kind, head.classes).probabilities(networkLogits(constants, inputs.volume!, spec)),
    }),
    metadata: {
      ...about(data),
      inputMeaning: `volume [batch, ${VOLUME_SIDE}, ${VOLUME_SIDE}, ${VOLUME_SIDE}]: slices, rows, columns in [0, 1], stored values divided by fullScale`,
    },
  };
}

/** What every exported file says of its run. */
function about({ content: { recipe, input, classes, name, number } }: RunData): Record<string, string> {
  const positive = classes.positive === null ? null : classes.names[classes.ids.indexOf(classes.positive)];
  return {
    run: `${number} ${name}`.trim(),
    classes: JSON.stringify(classes.names),
    kind: classes.kind,
    ...(positive ? { positive } : {}),
    input: JSON.stringify(input),
    mode: recipe.mode,
    core: recipe.core,
    use: 'For research, not for diagnosis.',
  };
}

/** How many slices along each axis the run's volumes have; null of pictures, and where a network reads volumes whole; `several` where the volumes have several shapes. */
export async function slicesOf(data: RunData): Promise<readonly number[] | null | 'several'> {
  const { input, recipe } = data.content;
  if (input.axes === 'image' || volumeConfigOf(recipe)) return null;
  const pixels = await openPixels(data.projectDir, data.content.input);
  try {
    const shapes = data.samples.map(({ key }) => pixels.shape(key));
    const { depth, height, width } = shapes[0]!;
    const same = shapes.every((s) => s.depth === depth && s.height === height && s.width === width);
    return !same ? 'several' : recipe.sliceAxes === 'one' ? [depth] : [depth, height, width];
  } finally {
    await pixels.close();
  }
}

interface ExportedNetwork {
  readonly config: EncoderConfig;
  readonly taps: Taps;
  readonly spec: HeadSpec;
  /** What of a volume's slices is spread over the sequence's places: as the encoder was trained. */
  readonly spreads: 'slices' | 'tokens';
}

/** What the head reads of images. @param image [B, S, S, 3] @returns [B, …inputShape] */
function imageInput(params: Tensors, image: Tensor, { config, taps, spec }: ExportedNetwork): Tensor {
  const z = tapped(encode(params, standardised(image), config), taps, config); // [B, N, e]
  if (readsOf(spec) !== 'pooled') return z;
  return reshape(clsAndMeanPatch(normalise(z, HEAD_EPSILON)), [-1, 2, spec.width]); // [B, 2, e]
}

/** What the head reads of volumes. @param slices [B, n, S, S, 3] @returns [B, …inputShape] */
function sequenceInput(
  params: Tensors,
  slices: Tensor,
  counts: readonly number[],
  { config, taps, spec, spreads }: ExportedNetwork,
): Tensor {
  const [batch, , side] = slices.shape as [number, number, number];
  const spread = (rows: Tensor): Tensor => (counts.every((n) => n === PLACES) ? rows : matMul(inPlaces(counts), rows)); // [B, n, x] → [B, axes · PLACES, x]
  const pictures = reshape(slices, [batch, slices.shape[1]!, side * side * 3]); // [B, n, S·S·3]
  const read = spreads === 'slices' ? spread(pictures) : pictures; // [B, n or places, S·S·3]
  const images = standardised(reshape(read, [-1, side, side, 3])); // [B·n, S, S, 3]
  const cls = tapped(encode(params, images, config).map(clsRow), taps, config); // [B·n, e]
  const rows = reshape(cls, [batch, read.shape[1]!, spec.width]); // [B, n, e]
  return sequenceReads(spreads === 'slices' ? rows : spread(rows), spec);
}

/** The matrix that spreads each axis's slices over its places. @returns [1, axes · PLACES, n] */
function inPlaces(counts: readonly number[]): Tensor {
  const count = counts.reduce((a, b) => a + b);
  const matrix = new Float32Array(counts.length * PLACES * count);
  let from = 0;
  counts.forEach((n, axis) => {
    const units = Array.from({ length: n }, (_, i) => new Float32Array(count).fill(1, from + i, from + i + 1));
    spreadOver(units, matrix.subarray(axis * PLACES * count, (axis + 1) * PLACES * count));
    from += n;
  });
  return tensor3d(matrix, [1, counts.length * PLACES, count]);
}

/** @param rgb [..., 3] in [0, 1] */
const standardised = (rgb: Tensor): Tensor => div(sub(rgb, tensor1d([...MEAN])), tensor1d([...DEVIATION]));
