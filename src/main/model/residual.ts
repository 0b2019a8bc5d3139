import { add, leakyRelu, reshape, Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { canAbsorb, languageBlockRow0 } from './absorbed';
import { clsFirst, clsLast, languageBlock } from './block';
import { clsRow } from './head';
import { gelu, linear } from './layers';
import { param } from './params';
import type { BlockConfig, BlockForm, CoreName, ModeName, Rows, Tensors } from './types';

/** The slope of `outer-nn`'s LeakyReLU below 0 (PyTorch's default, as in the reference). */
const LEAKY_SLOPE = 0.01;

export interface ResidualConfig {
  readonly mode: ModeName;
  readonly core: CoreName;
  /** Needed by the cores `block`, `random` and `unfrozen`. */
  readonly block?: BlockConfig;
  /** `cls` when only row 0 is read afterwards: then y has that row alone. */
  readonly rows: 'cls' | 'all';
  /** `absorbed` applies to `rows: 'cls'` and blocks that `canAbsorb` names; the full form runs elsewhere. */
  readonly form: BlockForm;
}

export interface ResidualResult {
  /** [B, N, e], or [B, 1, e] for `rows: 'cls'`. */
  readonly y: Tensor;
  /** The CLS row's attention over the tokens, where the absorbed form ran. [B, H, N] */
  readonly attention?: Tensor;
}

/** Why a combination cannot be trained, or null where it can (docs/method.md). */
export function refusedCombination(mode: ModeName, core: CoreName): string | null {
  if (core !== 'linear' || mode === 'plain' || mode === 'inner' || mode === 'hybrid') return null;
  return `mode ${mode} with core linear teaches M1 and M2 nothing: their product would be multiplied by 0; use inner or hybrid with it, or another core`;
}

/** True for the cores that are a transformer block, with weights under `block.`. */
export function isBlockCore(core: CoreName): boolean {
  return core === 'block' || core === 'random' || core === 'unfrozen';
}

/**
 * y of docs/method.md: the residual mode around the core.
 * @param params `llm_in.weight` [L, e], `llm_out.weight` [e, L], `outer_nn.weight` [e, e] and `block.*`, as far as mode and core need them
 * @param tokens [B, N, e], before the encoder's final LayerNorm, or taps; row 0 is CLS
 */
export function residual(params: Tensors, tokens: Tensor | Rows, config: ResidualConfig): ResidualResult {
  const { mode, core } = config;
  const refused = refusedCombination(mode, core);
  if (refused) throw new Error(refused);
  const z = tokens instanceof Tensor ? rowsOf(tokens) : tokens;
  const rows = config.rows === 'cls' ? z.cls : z.all(); // [B, 1 or N, e]
  if (mode === 'plain') return { y: rows };

  const { u, answer, attention } = coreOf(params, z, rows, config); // [B, 1 or N, L]
  const inner = mode === 'inner' || mode === 'hybrid' ? (answer ? add(answer, u) : u) : (answer ?? zerosLike(u));
  const out = linear(inner, param(params, 'llm_out.weight')); // [B, 1 or N, e]
  if (mode === 'none' || mode === 'inner') return { y: out, attention };
  if (mode === 'outer-nn')
    return { y: add(out, leakyRelu(linear(rows, param(params, 'outer_nn.weight')), LEAKY_SLOPE)), attention };
  return { y: add(out, rows), attention };
}

/** u and F(u); no F(u) for the core `linear`, which is 0. */
function coreOf(
  params: Tensors,
  z: Rows,
  rows: Tensor,
  config: ResidualConfig,
): { u: Tensor; answer?: Tensor; attention?: Tensor } {
  const llmIn = param(params, 'llm_in.weight'); // [L, e]
  if (!isBlockCore(config.core)) {
    const u = linear(rows, llmIn); // [B, 1 or N, L]
    return config.core === 'mlp' ? { u, answer: gelu(u) } : { u };
  }
  if (!config.block) throw new Error(`core ${config.core} needs the block's configuration`);
  const { block } = config;
  if (config.rows === 'cls' && config.form === 'absorbed' && canAbsorb(params, block)) {
    const { u, core, attention } = languageBlockRow0(params, z, llmIn, block);
    return { u: keepDims(u), answer: keepDims(core), attention };
  }
  const u = linear(z.all(), llmIn); // [B, N, L]
  const answer = block.causal
    ? clsFirst(languageBlock(params, clsLast(u), block)) // [B, N, L]
    : languageBlock(params, u, block); // [B, N, L]
  return config.rows === 'cls' ? { u: keepDims(clsRow(u)), answer: keepDims(clsRow(answer)) } : { u, answer };
}

const rowsOf = (z: Tensor): Rows => ({
  cls: keepDims(clsRow(z)),
  all: () => z,
  through: (matrix) => linear(z, matrix),
});

/** [B, e] → [B, 1, e] */
function keepDims(row: Tensor): Tensor {
  return reshape(row, [row.shape[0]!, 1, row.shape[1]!]);
}
