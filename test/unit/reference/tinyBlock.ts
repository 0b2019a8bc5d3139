import { readFile } from 'node:fs/promises';
import { BLOCK_PREFIX, llamaBlock } from '@main/model';
import type { BlockConfig, HostParams } from '@main/model';
import { referencePath } from '../../shared-data';
import { floatsOf } from './arrays';

/** Tiny-LLM's layer as Hugging Face shards, half precision. */
export async function tinyBlock(): Promise<{ config: BlockConfig; params: HostParams }> {
  const at = (...parts: string[]): string => referencePath('llm', 'tiny-llm-hf', ...parts);
  const config = JSON.parse(await readFile(at('config.json'), 'utf8')) as Record<string, number>;
  const shards = await Promise.all([1, 2].map((i) => floatsOf(at(`model-0000${i}-of-00002.safetensors`))));
  const params = Object.fromEntries(
    Object.entries({ ...shards[0], ...shards[1] }).map(([name, tensor]) => [
      BLOCK_PREFIX + name.replace(/^model\.(layers\.0\.)?/, ''),
      tensor,
    ]),
  );
  const width = config.hidden_size!;
  const heads = config.num_attention_heads!;
  return {
    params,
    config: llamaBlock({
      width,
      heads,
      keyValueHeads: config.num_key_value_heads!,
      headSize: width / heads,
      hidden: config.intermediate_size!,
      epsilon: config.rms_norm_eps!,
    }),
  };
}
