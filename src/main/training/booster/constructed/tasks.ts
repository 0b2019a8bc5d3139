import { blockTensors, llamaBlock, normalNumbers, randomNumbers } from '@main/model';
import type { HostParams } from '@main/model';
import type { LoadedBlock } from '@main/engine';
import type { HeadSpec } from '../../headNetwork';
import type { BoosterTask } from '../experiment';

/** Sizes of the constructed networks: small, so that thousands of trainings take minutes. */
export const TOKENS = 8;
export const WIDTH = 16;
const CONFIG = llamaBlock({ width: 32, heads: 4, keyValueHeads: 2, headSize: 8, hidden: 64, epsilon: 1e-6 });
/** The block's tensors in the order in which their numbers are drawn. */
const DRAWN = [
  'input_layernorm.weight',
  'self_attn.q_proj.weight',
  'self_attn.k_proj.weight',
  'self_attn.v_proj.weight',
  'self_attn.o_proj.weight',
  'post_attention_layernorm.weight',
  'mlp.gate_proj.weight',
  'mlp.up_proj.weight',
  'mlp.down_proj.weight',
  'norm.weight',
];
const FOLDS = 5;
const SECTORS = 12;

/** What makes the answer, and so what the check ought to say. */
export const KINDS = ['pre-trained', 'structure', 'parameters', 'shuffled'] as const;
export type Kind = (typeof KINDS)[number];

/** Tokens [N, e] of one sample, row 0 is CLS, and its class. */
export interface Drawn {
  readonly tokens: Float32Array;
  readonly label: number;
}

/** A source of samples whose class is made as the kind says. */
export function sampler(kind: Kind, seed: number): () => Drawn {
  const uniform = randomNumbers(seed);
  const normal = normalNumbers(uniform);
  return () => {
    const tokens = Float32Array.from({ length: TOKENS * WIDTH }, () => normal());
    if (kind === 'pre-trained') return { tokens, label: sectors(tokens, uniform) };
    if (kind === 'structure') return { tokens, label: energy(tokens, uniform) };
    if (kind === 'parameters') return { tokens, label: product(tokens) };
    return { tokens, label: Number(uniform() < 0.5) };
  };
}

/** Sectors of a circle over the first two numbers of CLS, the others faint: too fine to be learnt from some hundred samples. */
function sectors(tokens: Float32Array, uniform: () => number): number {
  for (let i = 0; i < tokens.length; i++) tokens[i]! *= 0.05;
  const turn = uniform();
  [tokens[0], tokens[1]] = [2 * Math.cos(2 * Math.PI * turn), 2 * Math.sin(2 * Math.PI * turn)];
  return Math.floor(SECTORS * turn) % 2;
}

/** Whether patches swing along one direction, half of them either way: no mean shows it, nor CLS alone. */
function energy(tokens: Float32Array, uniform: () => number): number {
  const label = Number(uniform() < 0.5);
  for (let i = 0; i < tokens.length; i++) tokens[i]! *= 0.3;
  tokens[1] = 2;
  for (let t = 1; t < TOKENS; t++) tokens[t * WIDTH]! += label * 3 * Math.sign(t - TOKENS / 2);
  return label;
}

/** The sign of the product of two numbers of CLS: linear in nothing, easy for any layer between two matrices. */
function product(tokens: Float32Array): number {
  for (let i = 2; i < tokens.length; i++) tokens[i]! *= 0.1;
  return Number(tokens[0]! * tokens[1]! > 0);
}

/** A block of random weights, as one that was never trained. */
export function untrainedBlock(seed: number): LoadedBlock {
  const normal = normalNumbers(randomNumbers(seed));
  const tensors = blockTensors(CONFIG);
  const params: HostParams = Object.fromEntries(
    DRAWN.map((name) => {
      const { shape } = tensors[name]!;
      const size = shape.reduce((a, b) => a * b, 1);
      const deviation = shape.length === 1 ? 0.1 : 1 / Math.sqrt(shape[1]!);
      const data = Float32Array.from({ length: size }, () => (shape.length === 1 ? 1 : 0) + deviation * normal());
      return [name, { dtype: 'float32' as const, shape, data }];
    }),
  );
  return { config: CONFIG, params, layers: [0] };
}

export const specOf = (block: LoadedBlock): Omit<HeadSpec, 'mode' | 'core' | 'seed'> => ({
  classes: 2,
  kind: 'single',
  tokens: TOKENS,
  width: WIDTH,
  block,
  norm: null,
  volumes: false,
});

/** A check's task on fresh samples. @param seed of the samples */
export function constructedTask(kind: Kind, block: LoadedBlock, samples: number, seed: number): BoosterTask {
  const draw = sampler(kind, seed);
  const drawn = Array.from({ length: samples }, draw);
  const labels = Int16Array.from(drawn, ({ label }) => label);
  const spec = specOf(block);
  return {
    groups: [...drawn.keys()],
    labels,
    foldCount: FOLDS,
    schedule: { epochs: 20, batch: 32, learningRate: 3e-3, warmUpSteps: 10, weightDecay: 0.05 },
    spec: (arm, seed) =>
      arm === 'plain'
        ? { ...spec, mode: 'plain', core: 'block', block: null, seed }
        : { ...spec, mode: 'outer', core: arm, seed },
    inputs: (arm) => {
      const rows = arm === 'plain' ? 2 : arm === 'mlp' ? 1 : TOKENS;
      const size = rows * WIDTH;
      const inputs = drawn.map(({ tokens }) => (arm === 'plain' ? pooled(tokens) : tokens.subarray(0, size)));
      return { read: (at, out) => at.forEach((row, i) => out.set(inputs[row]!, i * size)), labels, answers: null };
    },
  };
}

/** CLS and the mean of the patches. [2, e] */
function pooled(tokens: Float32Array): Float32Array {
  const out = new Float32Array(2 * WIDTH);
  out.set(tokens.subarray(0, WIDTH));
  for (let t = 1; t < TOKENS; t++)
    for (let i = 0; i < WIDTH; i++) out[WIDTH + i]! += tokens[t * WIDTH + i]! / (TOKENS - 1);
  return out;
}
