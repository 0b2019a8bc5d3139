import {
  classify,
  crossEntropy,
  decays,
  encode,
  filled,
  normalNumbers,
  prefixBlock,
  randomNumbers,
  residual,
  truncatedNormal,
} from '@main/model';
import type { BlockForm, EncoderConfig, HostFloats, HostParams, ResidualConfig } from '@main/model';
import type { Engine, HostTensors, Trainer, TrainerOptions } from './types';
import type { LoadedBlock } from './blocks';

/** ViT 192 × 6 on 28 × 28 pixels: 49 patches and CLS (the table of docs/figures.md). */
const ENCODER: EncoderConfig = { names: 'timm', width: 192, heads: 3, layers: 6, patch: 4, epsilon: 1e-6 };
const SIDE = 28;
const CLASSES = 2;

export type StepForm = BlockForm | 'none';
export interface StepTiming {
  /** Which way the tokens go through the language block; `none`: the same ViT without it. */
  readonly form: StepForm;
  /** Median and fastest of the rounds. */
  readonly milliseconds: number;
  readonly fastest: number;
  /** Tracing and making the session. */
  readonly setUpMilliseconds: number;
  /** Of the steps in order: `full` and `absorbed` must agree. */
  readonly losses: readonly number[];
}
export interface StepBench {
  readonly engine: string;
  readonly batch: number;
  readonly tokens: number;
  readonly rounds: number;
  readonly timings: readonly StepTiming[];
}

/**
 * Times one whole training step (forward, backward, AdamW) with the absorbed block, the full one and none, from the same
 * weights on the same batch, the three taking turns so that a busy machine slows all alike.
 */
export async function benchStep(
  engine: Engine,
  block: LoadedBlock,
  { rounds = 10, batch = 32 }: { rounds?: number; batch?: number } = {},
): Promise<StepBench> {
  const arms: Arm[] = [];
  for (const form of ['full', 'absorbed', 'none'] as const) {
    const start = performance.now();
    const { task, feeds } = benchTask(form, block, batch);
    const trainer = await engine.trainer(task);
    arms.push({ form, trainer, feeds, setUp: performance.now() - start, times: [], losses: [] });
  }
  try {
    const warmUp = 2;
    for (let round = 0; round < rounds + warmUp; round++)
      for (const arm of arms) {
        const start = performance.now();
        const { loss } = await arm.trainer.step(arm.feeds, 1e-4);
        if (round >= warmUp) arm.times.push(performance.now() - start);
        arm.losses.push(loss!.data[0]!);
      }
  } finally {
    for (const { trainer } of arms) await trainer.dispose();
  }
  return {
    engine: engine.description,
    batch,
    tokens: (SIDE / ENCODER.patch) ** 2 + 1,
    rounds,
    timings: arms.map(({ form, times, losses, setUp }) => {
      times.sort((a, b) => a - b);
      const middle = times[Math.floor(times.length / 2)]!;
      return { form, milliseconds: middle, fastest: times[0]!, setUpMilliseconds: setUp, losses };
    }),
  };
}

interface Arm {
  readonly form: StepForm;
  readonly trainer: Trainer;
  readonly feeds: HostTensors;
  readonly setUp: number;
  readonly times: number[];
  readonly losses: number[];
}

/** The step that is timed and one batch of noise for it. */
export function benchTask(
  form: StepForm,
  block: LoadedBlock,
  batch: number,
): { task: TrainerOptions; feeds: HostTensors } {
  const normal = normalNumbers(randomNumbers(1));
  const shape = [batch, SIDE, SIDE, 1];
  const images: HostFloats = {
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: batch * SIDE * SIDE }, normal),
  };
  const targets = filled([batch, CLASSES], 0);
  for (let i = 0; i < batch; i++) targets.data[i * CLASSES + (i % CLASSES)] = 1;
  const config: ResidualConfig =
    form === 'none'
      ? { mode: 'plain', core: 'linear', rows: 'cls', form: 'full' }
      : { mode: 'outer', core: 'block', block: block.config, rows: 'cls', form };
  const task: TrainerOptions = {
    params: startValues(form === 'none' ? null : block.config.width),
    frozen: form === 'none' ? {} : prefixBlock(block.params),
    inputs: { images: { dtype: 'float32', shape }, targets: { dtype: 'float32', shape: targets.shape } },
    loss: (params, frozen, inputs) => {
      const z = encode(params, inputs.images!, ENCODER).at(-1)!; // [B, N, e]
      const { y } = residual({ ...params, ...frozen }, z, config); // [B, 1, e]
      return { loss: crossEntropy(classify(params, y, 'cls'), inputs.targets!) };
    },
    optimiser: {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      decay: (name, shape) => (decays(name, shape) ? 0.05 : 0),
    },
  };
  return { task, feeds: { images, targets } };
}

/** The ViT's start values under timm's names, and M1, M2 where a block of width `blockWidth` is there. */
function startValues(blockWidth: number | null): HostParams {
  const e = ENCODER.width;
  const params: HostParams = {};
  const draw = (name: string, ...shape: number[]): void => {
    params[name] = truncatedNormal(1, name, shape);
  };
  const norm = (name: string): void => {
    params[`${name}.weight`] = filled([e], 1);
    params[`${name}.bias`] = filled([e], 0);
  };
  const dense = (name: string, inSize: number, outSize: number): void => {
    draw(`${name}.weight`, outSize, inSize);
    params[`${name}.bias`] = filled([outSize], 0);
  };
  draw('cls_token', 1, 1, e);
  draw('pos_embed', 1, (SIDE / ENCODER.patch) ** 2 + 1, e);
  draw('patch_embed.proj.weight', e, 1, ENCODER.patch, ENCODER.patch);
  params['patch_embed.proj.bias'] = filled([e], 0);
  for (let i = 0; i < ENCODER.layers; i++) {
    norm(`blocks.${i}.norm1`);
    dense(`blocks.${i}.attn.qkv`, e, 3 * e);
    dense(`blocks.${i}.attn.proj`, e, e);
    norm(`blocks.${i}.norm2`);
    dense(`blocks.${i}.mlp.fc1`, e, 4 * e);
    dense(`blocks.${i}.mlp.fc2`, 4 * e, e);
  }
  norm('norm');
  dense('head', e, CLASSES);
  if (blockWidth !== null) {
    draw('llm_in.weight', blockWidth, e);
    draw('llm_out.weight', e, blockWidth);
  }
  return params;
}
