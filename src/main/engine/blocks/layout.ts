import type { BlockConfig, HostFloats, Rotary } from '@main/model';

/** Turns a tensor as the file has it into the one that the block reads. */
export type Pick = (tensor: HostFloats) => HostFloats;

/** Where one tensor of the block (`blockTensors`) comes from. */
export interface Source {
  readonly to: string;
  /** Below the layer's prefix, or, after a slash, of the whole file. */
  readonly from: string;
  readonly pick?: Pick;
}

/** How one family's checkpoint in one kind of file is laid out. */
export interface Layout {
  /** As people call it: `LLaMA`, `GPT-2`. */
  readonly family: string;
  /** What the file calls the model; null where it does not. */
  readonly name: string | null;
  /** What the file itself says of its licence. */
  readonly licence: string | null;
  /** Layers whose tensors are here, and how many the model has where the file says so. */
  readonly layers: readonly number[];
  readonly layerCount: number | null;
  readonly prefix: (layer: number) => string;
  readonly sources: readonly Source[];
  /** Names below a layer that hold no weights: masks and tables that the code of the family makes anew. */
  readonly ignored: RegExp;
  /** With the family's own rotation and window, whether or not they are asked for. @throws UserError */
  readonly config: (layer: number) => BlockConfig;
  /** What a final norm without a tensor means: gain 1, or that there is none. A damaged file where absent. */
  readonly finalNorm?: 'plain' | 'none';
}

/** What every family has until it says otherwise. */
export const PLAIN = {
  norm: 'rms',
  order: 'pre',
  activation: 'silu',
  gated: true,
  softCap: null,
  headNorms: false,
  rotary: null,
  causal: false,
  window: null,
  above: [],
} as const satisfies Partial<BlockConfig>;

/** Weight and, where there is one, bias. */
export function pair(to: string, from: string, pick?: Pick): Source[] {
  return [
    { to: `${to}.weight`, from: `${from}.weight`, pick },
    { to: `${to}.bias`, from: `${from}.bias`, pick },
  ];
}

/** Rows (of a bias: values) `from` … `from + count` of a matrix whose rows are outputs; no copy. */
export const rows =
  (from: number, count: number): Pick =>
  ({ shape, data }) => {
    const across = data.length / shape[0]!;
    return {
      dtype: 'float32',
      shape: [count, ...shape.slice(1)],
      data: data.subarray(from * across, (from + count) * across),
    };
  };

/** [in, out] → [out, in]; a bias as it is. GPT-2's `Conv1D`. */
export const transposed: Pick = ({ shape, data }) => {
  if (shape.length !== 2) return { dtype: 'float32', shape, data };
  const [inSize, outSize] = shape as [number, number];
  const out = new Float32Array(data.length);
  for (let i = 0; i < inSize; i++) for (let o = 0; o < outSize; o++) out[o * inSize + i] = data[i * outSize + o]!;
  return { dtype: 'float32', shape: [outSize, inSize], data: out };
};

/** One after the other. */
export const both =
  (first: Pick, second: Pick): Pick =>
  (tensor) =>
    second(first(tensor));

/** Gemma multiplies by 1 + w. */
export const plusOne: Pick = ({ shape, data }) => ({ dtype: 'float32', shape, data: data.map((value) => 1 + value) });

/** GPT-NeoX's fused matrix, whose rows are [H, (query, key, value), d]: one of the three for all heads. */
export const ofThree =
  (part: 0 | 1 | 2, heads: number): Pick =>
  ({ shape, data }) => {
    const run = data.length / (3 * heads); // one head's rows of one kind
    const out = new Float32Array(heads * run);
    for (let h = 0; h < heads; h++) out.set(data.subarray((3 * h + part) * run, (3 * h + part + 1) * run), h * run);
    return { dtype: 'float32', shape: [shape[0]! / 3, ...shape.slice(1)], data: out };
  };

/**
 * Rows of a head in Meta's order, (pair, half), put into Hugging Face's, (half, pair). Without rotation the order changes nothing, because
 * queries and keys are ordered alike; with it, pairs are those of `rotate`.
 */
export const halvesFirst =
  (heads: number): Pick =>
  ({ shape, data }) => {
    const across = data.length / shape[0]!;
    const size = shape[0]! / heads;
    const out = new Float32Array(data.length);
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < size; i++) {
        const from = h * size + (i < size / 2 ? 2 * i : 2 * (i - size / 2) + 1);
        out.set(data.subarray(from * across, (from + 1) * across), (h * size + i) * across);
      }
    return { dtype: 'float32', shape, data: out };
  };

/** Angles of RoPE: θ^(-2i/r) for the first r numbers of a head. */
export function plainRotary(theta: number, turned: number): Rotary {
  const frequencies = Array.from({ length: Math.floor(turned / 2) }, (_, i) => theta ** ((-2 * i) / turned));
  return { frequencies, magnitude: 1 };
}
