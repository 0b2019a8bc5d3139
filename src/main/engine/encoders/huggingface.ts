import type { Checkpoint } from '@main/formats';
import { headsOf, numberIn, prefixOf, sizesOf, wrongFile } from './layout';
import type { Layout, Part } from './layout';

const PATCH = 'embeddings.patch_embeddings.projection.weight';
const FAMILIES: Readonly<Record<string, string>> = {
  vit: 'ViT',
  deit: 'DeiT',
  dinov2: 'DINOv2',
  dinov2_with_registers: 'DINOv2 with registers',
  vit_mae: 'MAE',
  vit_msn: 'MSN',
};
/** DINOv2's is 1e-6, those of the others 1e-12; config.json says so. */
const EPSILON = { dinov2: 1e-6, other: 1e-12 };

/** DINOv2's inner names are ours; ViT, DeiT and MAE have these. */
const IN_VIT: Readonly<Record<string, string>> = {
  norm1: 'layernorm_before',
  norm2: 'layernorm_after',
  'mlp.fc1': 'intermediate.dense',
  'mlp.fc2': 'output.dense',
};

/** Hugging Face's ViT, DeiT, DINO (a ViT), DINOv2 and MAE, with or without a head. @returns null where it is none */
export function huggingFaceLayout(checkpoint: Checkpoint): Layout | null {
  const { tensors, path, config } = checkpoint;
  const prefix = prefixOf(tensors.keys(), PATCH);
  if (prefix === null) return null;
  const has = (name: string): boolean => tensors.has(prefix + name);
  const sizes = sizesOf(
    checkpoint,
    prefix + PATCH,
    new RegExp(`^${prefix.replace(/\./g, '\\.')}encoder\\.layer\\.(\\d+)\\.`),
  );
  if (!has('embeddings.cls_token'))
    throw wrongFile(path, 'it has no CLS token: such an encoder cannot be read out here');
  const act = config?.hidden_act;
  if (typeof act === 'string' && act !== 'gelu') throw wrongFile(path, `its activation ${act} is not read: gelu is`);
  const dinov2 = has('encoder.layer.0.norm1.weight');
  const type = typeof config?.model_type === 'string' ? config.model_type : dinov2 ? 'dinov2' : 'vit';
  const distilled = has('embeddings.distillation_token');
  const part = (name: string): Part | null => {
    const layer = /^(encoder\.layer\.\d+\.)(.+)\.(weight|bias|lambda1)$/.exec(name);
    if (!layer || dinov2) return { from: name };
    const [, at, inner, end] = layer as unknown as [string, string, string, string];
    return { from: `${at}${IN_VIT[inner] ?? inner}.${end}` };
  };
  const fc1 = tensors.get(`${prefix}${part('encoder.layer.0.mlp.fc1.weight')!.from}`);
  return {
    family: FAMILIES[type] ?? type,
    prefix,
    config: {
      names: 'huggingface',
      ...sizes,
      heads: headsOf(sizes.width, numberIn(config, 'num_attention_heads'), path),
      epsilon: numberIn(config, 'layer_norm_eps') ?? (dinov2 ? EPSILON.dinov2 : EPSILON.other),
      hidden: fc1?.shape[0] ?? 4 * sizes.width,
      // Of all of Hugging Face's, DINOv2 with registers alone resamples positions antialiased.
      position: has('embeddings.register_tokens') ? 'bicubic-antialias' : 'bicubic',
    },
    layerPrefix: (layer) => `encoder.layer.${layer}.`,
    part,
    placed: distilled ? ['cls', 'extra'] : ['cls'],
    extra: ['embeddings.distillation_token', 'embeddings.register_tokens'].filter(has),
  };
}
