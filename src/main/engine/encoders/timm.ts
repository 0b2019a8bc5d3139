import type { Checkpoint } from '@main/formats';
import { headsOf, numberIn, objectIn, prefixOf, sizesOf, third, wrongFile } from './layout';
import type { Layout, Part } from './layout';

const PATCH = 'patch_embed.proj.weight';
const EPSILON = 1e-6;
const LAYER: Readonly<Record<string, string>> = {
  'attention.output.dense': 'attn.proj',
  'layer_scale1.lambda1': 'ls1.gamma',
  'layer_scale2.lambda1': 'ls2.gamma',
};
const QKV = ['query', 'key', 'value'];

/** timm's VisionTransformer, and what has its names: DINO's and MAE's own checkpoints. @returns null where it is none */
export function timmLayout(checkpoint: Checkpoint): Layout | null {
  const { tensors, path, config } = checkpoint;
  const prefix = prefixOf(tensors.keys(), PATCH);
  if (prefix === null) return null;
  const has = (name: string): boolean => tensors.has(prefix + name);
  const sizes = sizesOf(checkpoint, prefix + PATCH, new RegExp(`^${escaped(prefix)}blocks\\.(\\d+)\\.`));
  if (!has('cls_token')) throw wrongFile(path, 'it has no CLS token: such an encoder cannot be read out here');
  if (!has('pos_embed')) throw wrongFile(path, 'it has no position embedding pos_embed: rotary ones are not read');
  const args = objectIn(config, 'model_args');
  const told = numberIn(args, 'num_heads') ?? numberIn(config, 'num_heads');
  const extra = ['dist_token', 'reg_token'].filter(has);
  const rows = tensors.get(`${prefix}pos_embed`)!.shape[1] ?? 0;
  const count = extra.reduce((sum, name) => sum + (tensors.get(prefix + name)!.shape[1] ?? 0), 0);
  const square = (n: number): boolean => n > 0 && Number.isInteger(Math.sqrt(n));
  const placed: Layout['placed'] = square(rows - 1 - count)
    ? ['cls', ...(count > 0 ? (['extra'] as const) : [])]
    : square(rows - 1)
      ? ['cls']
      : [];
  const norm = has('norm.weight') ? 'norm' : 'fc_norm';
  const part = (name: string): Part | null => {
    const layer = /^encoder\.layer\.(\d+)\.(.+)\.(weight|bias|lambda1)$/.exec(name);
    if (layer) {
      const [, number, inner, end] = layer as unknown as [string, string, string, string];
      const at = `blocks.${number}.`;
      const which = QKV.findIndex((one) => inner === `attention.attention.${one}`);
      if (which >= 0) return { from: `${at}attn.qkv.${end}`, pick: third(which) };
      const scale = LAYER[`${inner}.${end}`];
      return { from: at + (scale ?? `${LAYER[inner] ?? inner}.${end}`) };
    }
    if (name.startsWith('layernorm.')) return { from: name.replace('layernorm', norm) };
    const whole: Record<string, string> = {
      'embeddings.cls_token': 'cls_token',
      'embeddings.position_embeddings': 'pos_embed',
      'embeddings.patch_embeddings.projection.weight': PATCH,
      'embeddings.patch_embeddings.projection.bias': 'patch_embed.proj.bias',
    };
    return whole[name] === undefined ? null : { from: whole[name] };
  };
  const hidden = tensors.get(`${prefix}blocks.0.mlp.fc1.weight`)?.shape[0];
  const dino = /teacher|student|backbone/.test(prefix);
  return {
    family: has('decoder_embed.weight') || has('mask_token') ? 'MAE' : dino ? 'DINO' : 'timm ViT',
    prefix,
    config: {
      names: 'huggingface',
      ...sizes,
      heads: headsOf(sizes.width, told, path),
      epsilon: EPSILON,
      hidden: hidden ?? 4 * sizes.width,
      position: 'bicubic-antialias',
    },
    layerPrefix: (layer) => `blocks.${layer}.`,
    part,
    placed,
    extra,
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
