import { openGguf, readSafetensors, toFloat32 } from '@main/formats';
import type { GgufFile } from '@main/formats';
import { blockShapes, encoderShapes } from '@main/model';
import type { BlockConfig, BlockTensor, EncoderConfig, HostParams } from '@main/model';
import { UserError } from '@shared/errors';

export interface LoadedEncoder {
  readonly config: EncoderConfig;
  /** Under the names that `encode` reads. */
  readonly params: HostParams;
}
export interface LoadedBlock {
  readonly config: BlockConfig;
  /** Under BLOCK_TENSORS' names, without `block.`: `prefixBlock` adds it. */
  readonly params: HostParams;
  /** The layer that was read. */
  readonly layer: number;
}

/** Width of one head in every published ViT. */
const VIT_HEAD = 64;
const DINOV2_EPSILON = 1e-6;

/**
 * DINOv2's weights under Hugging Face names from a safetensors file, half precision made float32.
 * @throws UserError where the file is damaged or holds another network
 */
export async function loadEncoder(path: string): Promise<LoadedEncoder> {
  const stored = await readSafetensors(path);
  const wrong = (reason: string): UserError => new UserError('file-unsupported', reason, { file: path });
  const patchWeight = stored['embeddings.patch_embeddings.projection.weight'];
  const [width, , patch] = patchWeight?.shape ?? [];
  const indices = Object.keys(stored).flatMap((name) => /^encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? []);
  const layers = Math.max(-1, ...indices.map(Number)) + 1;
  if (!width || !patch || layers === 0) throw wrong('it holds no DINOv2 encoder under Hugging Face names');
  const config: EncoderConfig = {
    names: 'huggingface',
    width,
    heads: width / VIT_HEAD,
    layers,
    patch,
    epsilon: DINOV2_EPSILON,
  };
  const params: HostParams = {};
  for (const [name, shape] of Object.entries(encoderShapes(config))) {
    const tensor = stored[name];
    if (!tensor) throw wrong(`the encoder lacks the tensor ${name}`);
    const fits =
      tensor.shape.length === shape.length && shape.every((size, i) => size === null || size === tensor.shape[i]);
    if (!fits) throw wrong(`${name}: expected shape [${shape.map((s) => s ?? '*')}], got [${tensor.shape}]`);
    params[name] = { dtype: 'float32', shape: tensor.shape, data: toFloat32(tensor) };
  }
  return { config, params };
}

const GGUF_NAMES: Record<Exclude<BlockTensor, 'norm.weight'>, string> = {
  'input_layernorm.weight': 'attn_norm.weight',
  'self_attn.q_proj.weight': 'attn_q.weight',
  'self_attn.k_proj.weight': 'attn_k.weight',
  'self_attn.v_proj.weight': 'attn_v.weight',
  'self_attn.o_proj.weight': 'attn_output.weight',
  'post_attention_layernorm.weight': 'ffn_norm.weight',
  'mlp.gate_proj.weight': 'ffn_gate.weight',
  'mlp.up_proj.weight': 'ffn_up.weight',
  'mlp.down_proj.weight': 'ffn_down.weight',
};

/**
 * One transformer block of a LLaMA-like model and the final norm from a GGUF file; only their bytes are read. The file's
 * rotary order of query and key rows changes nothing, because both are permuted alike and nothing is rotated.
 * @param layer null: the last one that the file holds
 * @throws UserError where the file is damaged, lacks the layer, or holds a block of another kind
 */
export async function loadBlock(path: string, layer: number | null): Promise<LoadedBlock> {
  const file = await openGguf(path);
  const wrong = (reason: string): UserError => new UserError('file-unsupported', reason, { file: path });
  const names = new Set(file.tensors.map((tensor) => tensor.name));
  const held = [...new Set([...names].flatMap((name) => /^blk\.(\d+)\./.exec(name)?.[1] ?? []))].map(Number);
  held.sort((a, b) => a - b);
  const chosen = layer ?? held.at(-1);
  if (chosen === undefined) throw wrong('it holds no transformer block');
  if (!held.includes(chosen)) throw wrong(`it holds no block ${chosen}; it has ${held.join(', ')}`);
  const known = new Set(Object.values(GGUF_NAMES).map((name) => `blk.${chosen}.${name}`));
  const foreign = [...names].find((name) => name.startsWith(`blk.${chosen}.`) && !known.has(name));
  if (foreign) throw wrong(`its block ${chosen} is of another kind than LLaMA's: it has the tensor ${foreign}`);

  const config = configOf(file, wrong);
  const params: HostParams = {};
  for (const [name, shape] of Object.entries(blockShapes(config)) as [BlockTensor, number[]][]) {
    const stored = name === 'norm.weight' ? 'output_norm.weight' : `blk.${chosen}.${GGUF_NAMES[name]}`;
    if (!names.has(stored)) throw wrong(`it lacks the tensor ${stored}`);
    const tensor = await file.readFloat32(stored);
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, i) => size !== shape[i]))
      throw wrong(`${stored}: expected shape [${shape}], got [${tensor.shape}]`);
    params[name] = { dtype: 'float32', shape, data: tensor.data };
  }
  return { config, params, layer: chosen };
}

function configOf(file: GgufFile, wrong: (reason: string) => UserError): BlockConfig {
  const architecture = String(file.metadata['general.architecture'] ?? 'llama');
  const optional = (key: string): number | undefined => {
    const value = file.metadata[`${architecture}.${key}`];
    return value === undefined ? undefined : Number(value);
  };
  const positive = (key: string, value = optional(key)): number => {
    if (value === undefined || !(value > 0)) throw wrong(`its header does not say ${architecture}.${key}`);
    return value;
  };
  const width = positive('embedding_length');
  const heads = positive('attention.head_count');
  const keyValueHeads = positive('attention.head_count_kv', optional('attention.head_count_kv') ?? heads);
  const headSize = positive('attention.key_length', optional('attention.key_length') ?? width / heads);
  const hidden = positive('feed_forward_length');
  const epsilon = positive('attention.layer_norm_rms_epsilon');
  if (![width, heads, keyValueHeads, headSize, hidden].every(Number.isInteger) || heads % keyValueHeads !== 0)
    throw wrong(`its header gives impossible sizes: width ${width}, heads ${heads}, key-value heads ${keyValueHeads}`);
  return { width, heads, keyValueHeads, headSize, hidden, epsilon };
}
