import type { Checkpoint } from '@main/formats';
import type { BlockConfig, Rotary } from '@main/model';
import { UserError } from '@shared/errors';
import { halvesFirst, pair, PLAIN, plainRotary, rows } from './layout';
import type { Layout, Source } from './layout';
import { scaledRotary } from './rope';
import { activationOf, checkedHeads, Settings } from './settings';

/** What llama.cpp's converter makes of a family (`general.architecture`). Gemma's norms hold 1 + w already. */
interface Architecture {
  readonly family: string;
  readonly style: Partial<BlockConfig>;
  /** Rows of queries and keys are in Meta's order. */
  readonly metaOrder?: boolean;
  /** Share of a head that is turned where the file does not say it. */
  readonly activation: string;
}

const LLAMA: Architecture = { family: 'LLaMA', style: {}, metaOrder: true, activation: 'silu' };
const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  llama: LLAMA,
  mistral: { ...LLAMA, family: 'Mistral' },
  smollm3: { ...LLAMA, family: 'SmolLM 3' },
  qwen2: { family: 'Qwen 2', style: {}, activation: 'silu' },
  qwen3: { family: 'Qwen 3', style: { headNorms: true }, activation: 'silu' },
  gemma: { family: 'Gemma', style: {}, activation: 'gelu_new' },
  gemma2: { family: 'Gemma 2', style: {}, activation: 'gelu_new' },
  gemma3: { family: 'Gemma 3', style: { headNorms: true }, activation: 'gelu_new' },
  phi3: { family: 'Phi-3', style: {}, activation: 'silu' },
  gpt2: { family: 'GPT-2', style: { norm: 'layer', gated: false }, activation: 'gelu_new' },
  gptneox: { family: 'GPT-NeoX', style: { norm: 'layer', gated: false }, activation: 'gelu' },
};

/** @throws UserError where the architecture is not known or the header contradicts itself */
export function ggufLayout(checkpoint: Checkpoint, ropeFactors: readonly number[] | null): Layout {
  const { path, metadata, tensors } = checkpoint;
  const general = new Settings(metadata, path, 'general.');
  const name = general.text('architecture') ?? 'llama';
  const architecture = Object.hasOwn(ARCHITECTURES, name) ? ARCHITECTURES[name]! : undefined;
  if (!architecture)
    throw new UserError(
      'file-unsupported',
      `models of the architecture ${JSON.stringify(name.slice(0, 40))} are not read; known are ${Object.keys(ARCHITECTURES).join(', ')}`,
      { file: path },
    );
  const s = new Settings(metadata, path, `${name}.`);
  const layers = [...new Set([...tensors.keys()].flatMap((tensor) => /^blk\.(\d+)\./.exec(tensor)?.[1] ?? []))];
  const held = layers.map(Number).sort((a, b) => a - b);
  if (held.length === 0) throw new UserError('file-unsupported', 'it holds no transformer block', { file: path });
  const config = (layer: number): BlockConfig => configOf(s, name, architecture, layer, checkpoint, ropeFactors);
  return {
    family: architecture.family,
    name: general.text('name', 'basename'),
    licence: general.text('license.name', 'license'),
    layers: held,
    layerCount: s.number('block_count'),
    prefix: (layer) => `blk.${layer}.`,
    sources: sourcesOf(config(held[0]!), architecture, name),
    ignored: /^(attn_rot_embd|rope_freqs|attn_sinks)\.weight$/,
    config,
  };
}

function configOf(
  s: Settings,
  name: string,
  { style, activation }: Architecture,
  layer: number,
  { path, tensors }: Checkpoint,
  ropeFactors: readonly number[] | null,
): BlockConfig {
  const width = s.size('embedding_length');
  const perLayer = (key: string): number | null => {
    const list = s.list(key);
    return list ? Number(list[layer] ?? list.at(-1)) : s.number(key);
  };
  const heads = perLayer('attention.head_count') ?? s.size('attention.head_count');
  const headSize = s.size('attention.key_length', width / heads);
  const keyValueHeads = perLayer('attention.head_count_kv') ?? heads;
  const hidden = perLayer('feed_forward_length') ?? s.size('feed_forward_length');
  const sizes = checkedHeads({ width, heads, keyValueHeads, headSize, hidden }, path);
  const layerNorm = style.norm === 'layer';
  const epsilon = s.number(layerNorm ? 'attention.layer_norm_epsilon' : 'attention.layer_norm_rms_epsilon');
  if (epsilon === null || !(epsilon > 0)) throw s.bad('it does not say the epsilon of its norms');
  return {
    ...PLAIN,
    ...style,
    ...sizes,
    epsilon,
    order: name === 'gptneox' && s.flag('use_parallel_residual', true) ? 'parallel' : 'pre',
    activation: activationOf(activation, path),
    scoreScale: scaleOf(name, sizes, s.number('block_count')),
    softCap: s.number('attn_logit_softcapping'),
    rotary: name === 'gpt2' ? null : rotaryOf(s, name, layer, headSize, ropeFactors),
    window: slides(s, name, layer) ? s.number('attention.sliding_window') : null,
    headNorms: style.headNorms === true && tensors.has(`blk.${layer}.attn_q_norm.weight`),
  };
}

/** The largest Gemmas scale scores by the width of a share of the model; GGUF does not say it (llama.cpp knows it by the number of layers). */
function scaleOf(name: string, c: { width: number; heads: number; headSize: number }, layers: number | null): number {
  const largest = (name === 'gemma2' && layers === 46) || (name === 'gemma3' && layers === 62);
  return (largest ? c.width / c.heads : c.headSize) ** -0.5;
}

/** Which layers see a window only. */
function slides(s: Settings, name: string, layer: number): boolean {
  if (!s.has('attention.sliding_window')) return false;
  if (name === 'gemma2') return layer % 2 === 0;
  if (name === 'gemma3') return (layer + 1) % 6 !== 0;
  return name !== 'qwen2' && name !== 'qwen3';
}

function rotaryOf(
  s: Settings,
  name: string,
  layer: number,
  headSize: number,
  factors: readonly number[] | null,
): Rotary | null {
  if (name === 'smollm3' && (layer + 1) % 4 === 0) return null;
  const local = name === 'gemma3' && slides(s, name, layer);
  const theta = local ? (s.number('rope.freq_base_swa') ?? 10000) : s.positive('rope.freq_base', 10000);
  const turned = s.size('rope.dimension_count', headSize);
  if (turned > headSize || turned % 2 !== 0) throw s.bad(`a rotary embedding over ${turned} of ${headSize} numbers`);
  if (local) return plainRotary(theta, turned);
  if (factors && factors.length === turned / 2) {
    const plain = plainRotary(theta, turned);
    const magnitude = s.number('rope.scaling.attn_factor') ?? 1;
    return { frequencies: plain.frequencies.map((f, i) => f / factors[i]!), magnitude };
  }
  const kind = s.text('rope.scaling.type') ?? 'none';
  return scaledRotary(
    {
      rope_type: kind,
      factor: s.number('rope.scaling.factor') ?? s.number('rope.scale_linear') ?? 1,
      original_max_position_embeddings: s.number('rope.scaling.original_context_length') ?? undefined,
    },
    { theta, turned, maxPositions: s.number('context_length'), originalPositions: null, file: s.file },
  );
}

function sourcesOf(c: BlockConfig, { metaOrder }: Architecture, name: string): Source[] {
  const [q, k] = [c.heads * c.headSize, c.keyValueHeads * c.headSize];
  const fused = name === 'phi3' || name === 'gpt2' || name === 'gptneox';
  const ordered = (heads: number) => (metaOrder ? halvesFirst(heads) : undefined);
  const sandwich = name === 'gemma2' || name === 'gemma3';
  return [
    ...pair('input_layernorm', 'attn_norm'),
    ...(fused
      ? [
          ...pair('self_attn.q_proj', 'attn_qkv', rows(0, q)),
          ...pair('self_attn.k_proj', 'attn_qkv', rows(q, k)),
          ...pair('self_attn.v_proj', 'attn_qkv', rows(q + k, k)),
        ]
      : [
          ...pair('self_attn.q_proj', 'attn_q', ordered(c.heads)),
          ...pair('self_attn.k_proj', 'attn_k', ordered(c.keyValueHeads)),
          ...pair('self_attn.v_proj', 'attn_v'),
        ]),
    ...pair('self_attn.o_proj', 'attn_output'),
    ...(c.headNorms
      ? [
          { to: 'self_attn.q_norm.weight', from: 'attn_q_norm.weight' },
          { to: 'self_attn.k_norm.weight', from: 'attn_k_norm.weight' },
        ]
      : []),
    ...pair('post_attention_layernorm', 'ffn_norm'),
    ...(sandwich
      ? [
          { to: 'attention_output_norm.weight', from: 'post_attention_norm.weight' },
          { to: 'mlp_output_norm.weight', from: 'post_ffw_norm.weight' },
        ]
      : []),
    ...(name === 'phi3'
      ? [
          ...pair('mlp.gate_proj', 'ffn_up', rows(0, c.hidden)),
          ...pair('mlp.up_proj', 'ffn_up', rows(c.hidden, c.hidden)),
        ]
      : [...(c.gated ? pair('mlp.gate_proj', 'ffn_gate') : []), ...pair('mlp.up_proj', 'ffn_up')]),
    ...pair('mlp.down_proj', 'ffn_down'),
    ...pair('norm', '/output_norm'),
  ];
}
