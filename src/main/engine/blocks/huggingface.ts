import { dirname, basename } from 'node:path';
import { UserError } from '@shared/errors';
import type { Checkpoint } from '@main/formats';
import type { BlockConfig, Rotary } from '@main/model';
import { both, ofThree, pair, PLAIN, plainRotary, plusOne, rows, transposed } from './layout';
import type { Layout, Source } from './layout';
import { scaledRotary } from './rope';
import { activationOf, checkedHeads, Settings } from './settings';

/** What a family makes of `config.json`; layers are numbered from 0. */
interface Family {
  readonly family: string;
  /** A tensor that every layer has, from which the prefix of layers is known. */
  readonly signature: string;
  readonly sources: (c: BlockConfig) => Source[];
  readonly config: (s: Settings, layer: number, shapes: Shapes) => BlockConfig;
  readonly finalNorm?: (s: Settings) => Layout['finalNorm'];
}
/** Rows of a tensor of the layer; null without it. */
type Shapes = (name: string) => number | null;

const LLAMA: Family = {
  family: 'LLaMA',
  signature: 'self_attn.q_proj.weight',
  sources: () => llamaSources(),
  config: (s, layer, shapes) => llamaConfig(s, layer, shapes),
};

const GEMMA_NORMS: Source[] = [
  { to: 'input_layernorm.weight', from: 'input_layernorm.weight', pick: plusOne },
  { to: 'norm.weight', from: '/norm.weight', pick: plusOne },
];

/** Gemma 2 and 3 have norms before and behind each part. */
const fourNorms: Source[] = [
  ...GEMMA_NORMS,
  { to: 'attention_output_norm.weight', from: 'post_attention_layernorm.weight', pick: plusOne },
  { to: 'post_attention_layernorm.weight', from: 'pre_feedforward_layernorm.weight', pick: plusOne },
  { to: 'mlp_output_norm.weight', from: 'post_feedforward_layernorm.weight', pick: plusOne },
];
const headNorms = (pick?: typeof plusOne): Source[] =>
  ['q', 'k'].map((part) => ({ to: `self_attn.${part}_norm.weight`, from: `self_attn.${part}_norm.weight`, pick }));

/** By `model_type`. Biases and further norms are read where the file has them. */
const FAMILIES: Readonly<Record<string, Family>> = {
  llama: LLAMA,
  mistral: { ...LLAMA, family: 'Mistral' },
  ministral: { ...LLAMA, family: 'Mistral' },
  qwen2: { ...LLAMA, family: 'Qwen 2' },
  qwen3: {
    ...LLAMA,
    family: 'Qwen 3',
    sources: () => [...llamaSources(), ...headNorms()],
    config: (s, layer, shapes) => ({ ...llamaConfig(s, layer, shapes, { headSize: 128 }), headNorms: true }),
  },
  smollm3: {
    ...LLAMA,
    family: 'SmolLM 3',
    config: (s, layer, shapes) => {
      const c = llamaConfig(s, layer, shapes);
      const interval = s.number('no_rope_layer_interval') ?? 4;
      const turns = s.list('no_rope_layers')?.[layer] ?? ((layer + 1) % interval !== 0 ? 1 : 0);
      return Number(turns) === 0 ? { ...c, rotary: null } : c;
    },
  },
  gemma: {
    ...LLAMA,
    family: 'Gemma',
    sources: () => [
      ...projections(),
      ...GEMMA_NORMS,
      { to: 'post_attention_layernorm.weight', from: 'post_attention_layernorm.weight', pick: plusOne },
    ],
    config: (s, layer, shapes) => gemmaConfig(s, layer, shapes),
  },
  gemma2: {
    ...LLAMA,
    family: 'Gemma 2',
    sources: () => [...projections(), ...fourNorms],
    config: (s, layer, shapes) => ({
      ...gemmaConfig(s, layer, shapes),
      scoreScale: s.positive('query_pre_attn_scalar', 256) ** -0.5,
      softCap: s.has('attn_logit_softcapping') ? s.number('attn_logit_softcapping') : null,
    }),
  },
  gemma3_text: {
    ...LLAMA,
    family: 'Gemma 3',
    sources: () => [...projections(), ...fourNorms, ...headNorms(plusOne)],
    config: (s, layer, shapes) => ({
      ...gemmaConfig(s, layer, shapes),
      scoreScale: s.positive('query_pre_attn_scalar', 256) ** -0.5,
      softCap: s.has('attn_logit_softcapping') ? s.number('attn_logit_softcapping') : null,
      headNorms: true,
    }),
  },
  phi3: {
    family: 'Phi-3',
    signature: 'self_attn.qkv_proj.weight',
    sources: (c) => {
      const [q, k] = [c.heads * c.headSize, c.keyValueHeads * c.headSize];
      return [
        ...pair('self_attn.q_proj', 'self_attn.qkv_proj', rows(0, q)),
        ...pair('self_attn.k_proj', 'self_attn.qkv_proj', rows(q, k)),
        ...pair('self_attn.v_proj', 'self_attn.qkv_proj', rows(q + k, k)),
        ...pair('self_attn.o_proj', 'self_attn.o_proj'),
        ...pair('mlp.gate_proj', 'mlp.gate_up_proj', rows(0, c.hidden)),
        ...pair('mlp.up_proj', 'mlp.gate_up_proj', rows(c.hidden, c.hidden)),
        ...pair('mlp.down_proj', 'mlp.down_proj'),
        ...norms(),
      ];
    },
    config: (s, layer, shapes) => {
      const heads = s.size('num_attention_heads');
      const headSize = s.size('head_dim', s.size('hidden_size') / heads);
      const all = shapes('self_attn.qkv_proj.weight');
      const fromShape = all === null ? null : (all / headSize - heads) / 2;
      const inner = shapes('mlp.gate_up_proj.weight');
      return llamaConfig(s, layer, shapes, {
        keyValueHeads: fromShape,
        hidden: inner === null ? null : inner / 2,
        epsilon: 1e-5,
      });
    },
  },
  gpt2: {
    family: 'GPT-2',
    signature: 'attn.c_attn.weight',
    sources: (c) => [
      ...pair('input_layernorm', 'ln_1'),
      ...(['q', 'k', 'v'] as const).flatMap((part, i) =>
        pair(`self_attn.${part}_proj`, 'attn.c_attn', both(transposed, rows(i * c.width, c.width))),
      ),
      ...pair('self_attn.o_proj', 'attn.c_proj', transposed),
      ...pair('post_attention_layernorm', 'ln_2'),
      ...pair('mlp.up_proj', 'mlp.c_fc', transposed),
      ...pair('mlp.down_proj', 'mlp.c_proj', transposed),
      ...pair('norm', '/ln_f'),
    ],
    config: (s, layer) => {
      const width = s.size(['n_embd', 'hidden_size']);
      const heads = s.size(['n_head', 'num_attention_heads']);
      const plain = s.flag('scale_attn_weights', true) ? (width / heads) ** -0.5 : 1;
      if (s.flag('add_cross_attention', false)) throw crossAttention(s);
      return {
        ...PLAIN,
        ...equalHeads(width, heads, s.size('n_inner', 4 * width), s.file),
        norm: 'layer',
        gated: false,
        activation: activationOf(s.text('activation_function', 'hidden_act') ?? 'gelu_new', s.file),
        epsilon: s.positive('layer_norm_epsilon', 1e-5),
        scoreScale: s.flag('scale_attn_by_inverse_layer_idx', false) ? plain / (layer + 1) : plain,
      };
    },
  },
  opt: {
    family: 'OPT',
    signature: 'self_attn.q_proj.weight',
    finalNorm: (s) =>
      s.flag('do_layer_norm_before', true) && !s.flag('_remove_final_layer_norm', false) ? 'plain' : 'none',
    sources: () => [
      ...pair('input_layernorm', 'self_attn_layer_norm'),
      ...['q', 'k', 'v'].flatMap((part) => pair(`self_attn.${part}_proj`, `self_attn.${part}_proj`)),
      ...pair('self_attn.o_proj', 'self_attn.out_proj'),
      ...pair('post_attention_layernorm', 'final_layer_norm'),
      ...pair('mlp.up_proj', 'fc1'),
      ...pair('mlp.down_proj', 'fc2'),
      ...pair('norm', '/final_layer_norm'),
    ],
    config: (s) => {
      const width = s.size('hidden_size');
      const heads = s.size('num_attention_heads');
      return {
        ...PLAIN,
        ...equalHeads(width, heads, s.size('ffn_dim', 4 * width), s.file),
        norm: 'layer',
        order: s.flag('do_layer_norm_before', true) ? 'pre' : 'post',
        gated: false,
        activation: activationOf(s.text('activation_function') ?? 'relu', s.file),
        epsilon: 1e-5,
        scoreScale: (width / heads) ** -0.5,
      };
    },
  },
  gpt_neox: {
    family: 'GPT-NeoX',
    signature: 'attention.query_key_value.weight',
    sources: (c) => [
      ...pair('input_layernorm', 'input_layernorm'),
      ...([0, 1, 2] as const).flatMap((part) =>
        pair(`self_attn.${'qkv'[part]}_proj`, 'attention.query_key_value', ofThree(part, c.heads)),
      ),
      ...pair('self_attn.o_proj', 'attention.dense'),
      ...pair('post_attention_layernorm', 'post_attention_layernorm'),
      ...pair('mlp.up_proj', 'mlp.dense_h_to_4h'),
      ...pair('mlp.down_proj', 'mlp.dense_4h_to_h'),
      ...pair('norm', '/final_layer_norm'),
    ],
    config: (s, layer) => {
      const width = s.size('hidden_size');
      const heads = s.size('num_attention_heads');
      return {
        ...PLAIN,
        ...equalHeads(width, heads, s.size('intermediate_size', 4 * width), s.file),
        norm: 'layer',
        order: s.flag('use_parallel_residual', true) ? 'parallel' : 'pre',
        gated: false,
        activation: activationOf(s.text('hidden_act') ?? 'gelu', s.file),
        epsilon: s.positive('layer_norm_eps', 1e-5),
        scoreScale: (width / heads) ** -0.5,
        rotary: rotaryOf(s, width / heads, layer, 0.25),
      };
    },
  },
};

const crossAttention = (s: Settings): UserError =>
  new UserError('file-unsupported', 'its blocks also attend to an encoder, which Residua has none of', {
    file: s.file,
  });

const equalHeads = (width: number, heads: number, hidden: number, file: string) =>
  checkedHeads({ width, heads, keyValueHeads: heads, headSize: width / heads, hidden }, file);

function projections(): Source[] {
  return [
    ...['q', 'k', 'v', 'o'].flatMap((part) => pair(`self_attn.${part}_proj`, `self_attn.${part}_proj`)),
    ...['gate', 'up', 'down'].flatMap((part) => pair(`mlp.${part}_proj`, `mlp.${part}_proj`)),
  ];
}
const norms = (): Source[] => [
  { to: 'input_layernorm.weight', from: 'input_layernorm.weight' },
  { to: 'post_attention_layernorm.weight', from: 'post_attention_layernorm.weight' },
  { to: 'norm.weight', from: '/norm.weight' },
];
const llamaSources = (): Source[] => [...projections(), ...norms()];

interface Defaults {
  readonly headSize?: number;
  readonly keyValueHeads?: number | null;
  readonly hidden?: number | null;
  readonly epsilon?: number;
}

function llamaConfig(s: Settings, layer: number, shapes: Shapes, o: Defaults = {}): BlockConfig {
  const width = s.size('hidden_size');
  const heads = s.size('num_attention_heads');
  const headSize = s.size('head_dim', o.headSize ?? width / heads);
  const keys = shapes('self_attn.k_proj.weight');
  const keyValueHeads = s.size('num_key_value_heads', o.keyValueHeads ?? (keys === null ? heads : keys / headSize));
  const hidden = s.size('intermediate_size', o.hidden ?? shapes('mlp.up_proj.weight'));
  return {
    ...PLAIN,
    ...checkedHeads({ width, heads, keyValueHeads, headSize, hidden }, s.file),
    epsilon: s.positive('rms_norm_eps', o.epsilon ?? 1e-6),
    activation: activationOf(s.text('hidden_act') ?? 'silu', s.file),
    scoreScale: headSize ** -0.5,
    rotary: rotaryOf(s, headSize, layer, 1),
    window: windowOf(s, layer),
  };
}

/** Gemma's "gelu" means its approximation by tanh: the published configs say it wrongly. */
function gemmaConfig(s: Settings, layer: number, shapes: Shapes): BlockConfig {
  const named = s.text('hidden_activation') ?? s.text('hidden_act') ?? 'gelu_pytorch_tanh';
  const c = llamaConfig(s, layer, shapes, { headSize: 256 });
  return { ...c, activation: activationOf(named === 'gelu' ? 'gelu_pytorch_tanh' : named, s.file) };
}

/** Which kind of attention a layer has, where layers differ. */
function layerType(s: Settings, layer: number): string | null {
  const listed = s.list('layer_types')?.[layer];
  if (typeof listed === 'string') return listed;
  const type = s.text('model_type');
  if (type === 'gemma2') return layer % 2 === 0 ? 'sliding_attention' : 'full_attention';
  if (type === 'gemma3_text') {
    const pattern = s.number('sliding_window_pattern', '_sliding_window_pattern') ?? 6;
    return (layer + 1) % pattern === 0 ? 'full_attention' : 'sliding_attention';
  }
  if (type === 'qwen2' || type === 'qwen3') {
    const slides = s.flag('use_sliding_window', false) && layer >= (s.number('max_window_layers') ?? 0);
    return slides ? 'sliding_attention' : 'full_attention';
  }
  return null;
}

function windowOf(s: Settings, layer: number): number | null {
  const window = s.number('sliding_window');
  if (window === null || s.text('model_type') === 'llama') return null;
  return layerType(s, layer) === 'full_attention' ? null : window;
}

/** Rotary embedding by `rope_parameters` (5.0 on; one for each type of layer where they differ) or `rope_theta`, `rope_scaling` before. */
function rotaryOf(s: Settings, headSize: number, layer: number, partial: number): Rotary {
  const type = layerType(s, layer);
  const now = s.object('rope_parameters');
  const ofType = type !== null && now ? now[type] : undefined;
  const found = (typeof ofType === 'object' && ofType !== null ? ofType : now) as Record<string, unknown> | null;
  const settings = found ?? s.object('rope_scaling') ?? {};
  const number = (key: string): number | null => (typeof settings[key] === 'number' ? (settings[key] as number) : null);
  // Gemma 3's local layers have a base of their own, and are not scaled.
  const local = !found && type === 'sliding_attention' ? s.number('rope_local_base_freq') : null;
  const theta = local ?? number('rope_theta') ?? s.number('rope_theta', 'rotary_emb_base') ?? 10000;
  const share = number('partial_rotary_factor') ?? s.number('partial_rotary_factor', 'rotary_pct') ?? partial;
  const turned = Math.floor(headSize * share);
  if (!(theta > 0) || !(turned >= 2) || turned > headSize || turned % 2 !== 0)
    throw s.bad(`a rotary embedding of base ${theta} over ${turned} of ${headSize} numbers`);
  if (local !== null) return plainRotary(theta, turned);
  return scaledRotary(settings, {
    theta,
    turned,
    maxPositions: s.number('max_position_embeddings'),
    originalPositions: s.number('original_max_position_embeddings'),
    file: s.file,
  });
}

const IGNORED = /(^|\.)(rotary_emb\.(inv_freq|cos_cached|sin_cached)|attn\.(masked_)?bias|attention\.(masked_)?bias)$/;

/** A model as Hugging Face saves it: names by its code, sizes by `config.json`. @throws UserError */
export function huggingFaceLayout(checkpoint: Checkpoint): Layout {
  const { path, tensors } = checkpoint;
  if (!checkpoint.config)
    throw new UserError('file-unsupported', 'there is no config.json beside it, which says what model it is', {
      file: path,
    });
  const whole = new Settings(checkpoint.config, path);
  const text = whole.object('text_config');
  const raw = text ? { ...checkpoint.config, ...text } : checkpoint.config;
  const type = String(raw.model_type ?? '');
  const family = Object.hasOwn(FAMILIES, type) ? FAMILIES[type]! : undefined;
  if (!family)
    throw new UserError(
      'file-unsupported',
      `models of the type ${JSON.stringify(type.slice(0, 40))} are not read; known are ${Object.keys(FAMILIES).join(', ')}`,
      { file: path },
    );
  const s = new Settings(raw, path);
  const { root, stem, layers } = layersOf([...tensors.keys()], family, path);
  const prefix = (layer: number): string => `${stem}${layer}.`;
  const config = (layer: number): BlockConfig =>
    family.config(s, layer, (name) => tensors.get(prefix(layer) + name)?.shape[0] ?? null);
  return {
    family: family.family,
    name: s.text('_name_or_path') ?? basename(dirname(checkpoint.files[0] ?? path)),
    licence: null,
    layers,
    layerCount: s.number('num_hidden_layers', 'n_layer'),
    prefix,
    sources: family
      .sources(config(layers[0]!))
      .map((source) => (source.from.startsWith('/') ? { ...source, from: `/${root}${source.from.slice(1)}` } : source)),
    ignored: IGNORED,
    config,
    finalNorm: family.finalNorm?.(s),
  };
}

/** `model.` and `model.layers.`, `transformer.` and `transformer.h.` …: whatever stands before the family's own names. */
function layersOf(
  names: readonly string[],
  family: Family,
  file: string,
): { root: string; stem: string; layers: number[] } {
  const ending = family.signature.replace(/[.]/g, '\\.');
  const pattern = new RegExp(`^((?:[\\w]+\\.)*?)((?:layers|h)\\.)(\\d+)\\.${ending}$`);
  const found = new Map<string, { root: string; layers: number[] }>();
  for (const name of names) {
    const match = pattern.exec(name);
    if (!match) continue;
    const [, root, list, layer] = match as unknown as [string, string, string, string];
    if (/vision|audio|encoder\./.test(root)) continue;
    const stem = root + list;
    const entry = found.get(stem) ?? { root, layers: [] };
    entry.layers.push(Number(layer));
    found.set(stem, entry);
  }
  const [first] = [...found].sort(([, a], [, b]) => b.layers.length - a.layers.length);
  if (!first)
    throw new UserError('file-unsupported', `it holds no transformer block under the names of ${family.family}`, {
      file,
    });
  const [stem, { root, layers }] = first;
  return { root, stem, layers: layers.sort((a, b) => a - b) };
}
