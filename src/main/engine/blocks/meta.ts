import { basename, dirname } from 'node:path';
import type { Checkpoint } from '@main/formats';
import type { BlockConfig } from '@main/model';
import { UserError } from '@shared/errors';
import { halvesFirst, pair, PLAIN, plainRotary } from './layout';
import type { Layout } from './layout';
import { llama3 } from './rope';
import { checkedHeads, Settings } from './settings';

const SIGNATURE = /^layers\.(\d+)\.attention\.wq\.weight$/;

/** True for names as Meta's (and Mistral's) own code gives them. */
export const isMeta = (names: Iterable<string>): boolean => [...names].some((name) => SIGNATURE.test(name));

/** A model as Meta and Mistral publish it (`consolidated.*`, sizes in `params.json`), or llama2.c's, which has the same names. @throws UserError */
export function metaLayout(checkpoint: Checkpoint): Layout {
  const { path, tensors, format } = checkpoint;
  const params = format === 'llama2c' ? checkpoint.metadata : checkpoint.params;
  if (!params)
    throw new UserError('file-unsupported', 'there is no params.json beside it, which says how many heads it has', {
      file: path,
    });
  const s = new Settings(params, path);
  const layers = [...tensors.keys()].flatMap((name) => SIGNATURE.exec(name)?.[1] ?? []).map(Number);
  const config = (layer: number): BlockConfig => {
    const rowsOf = (name: string): number | null => tensors.get(`layers.${layer}.${name}.weight`)?.shape[0] ?? null;
    const width = s.size('dim');
    const heads = s.size('n_heads');
    const headSize = s.size('head_dim', width / heads);
    const keys = rowsOf('attention.wk');
    const theta = s.positive('rope_theta', 10000);
    const plain = plainRotary(theta, headSize);
    return {
      ...PLAIN,
      ...checkedHeads(
        {
          width,
          heads,
          headSize,
          keyValueHeads: s.size('n_kv_heads', keys === null ? heads : keys / headSize),
          hidden: s.size('hidden_dim', rowsOf('feed_forward.w1')),
        },
        path,
      ),
      epsilon: s.positive('norm_eps', 1e-5),
      scoreScale: headSize ** -0.5,
      // LLaMA 3.1's code has these numbers in itself.
      rotary: s.flag('use_scaled_rope', false)
        ? llama3(plain, { factor: s.number('rope_scaling_factor') ?? 8, low: 1, high: 4, original: 8192 })
        : plain,
      window: s.number('sliding_window'),
    };
  };
  layers.sort((a, b) => a - b);
  const first = config(layers[0]!);
  return {
    family: format === 'llama2c' ? 'LLaMA (llama2.c)' : 'LLaMA',
    name: basename(dirname(checkpoint.files[0] ?? path)),
    licence: null,
    layers,
    layerCount: s.number('n_layers'),
    prefix: (layer) => `layers.${layer}.`,
    sources: [
      ...pair('input_layernorm', 'attention_norm'),
      ...pair('self_attn.q_proj', 'attention.wq', halvesFirst(first.heads)),
      ...pair('self_attn.k_proj', 'attention.wk', halvesFirst(first.keyValueHeads)),
      ...pair('self_attn.v_proj', 'attention.wv'),
      ...pair('self_attn.o_proj', 'attention.wo'),
      ...pair('post_attention_layernorm', 'ffn_norm'),
      ...pair('mlp.gate_proj', 'feed_forward.w1'),
      ...pair('mlp.up_proj', 'feed_forward.w3'),
      ...pair('mlp.down_proj', 'feed_forward.w2'),
      ...pair('norm', '/norm'),
    ],
    ignored: /(^|\.)(inner_attention\.rope\.freqs|rope\.freqs)$/,
    config,
  };
}
