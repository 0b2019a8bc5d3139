import { open, rm, mkdtemp, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importBlock, openBlocks } from '@main/engine';
import type { BlockFile } from '@main/engine';
import type { Context } from '../context';
import { blockOption } from '../options';
import { table } from '../output';
import type { Answer } from '../output';
import { machineName } from './machine';

/** Reading one layer out of a large checkpoint, and importing it into a library: time, and the memory of this process. */
export async function benchImportBlock(options: { file?: string }, { output }: Context): Promise<Answer> {
  const work = await mkdtemp(join(tmpdir(), 'residua-bench-'));
  try {
    if (!options.file) output.note('a sparse checkpoint of LLaMA-7B’s sizes, float16');
    const { path, layer } = options.file ? blockOption(options.file) : { path: await sparse7b(work), layer: 31 };
    const first = Array.isArray(layer) ? layer[0]! : layer;
    const before = process.memoryUsage().rss;
    const start = performance.now();
    const file = await openBlocks(path);
    const { layer: readLayer, values } = await readOne(file, first);
    const read = (performance.now() - start) / 1000;
    const peak = process.resourceUsage().maxRSS / 1024;
    const again = performance.now();
    const imported = await importBlock(path, first, join(work, 'library'));
    const importing = (performance.now() - again) / 1000;
    const json = {
      machine: machineName(),
      family: file.family,
      layer: readLayer,
      checkpoint_gb: round((await bytesOf(file.files)) / 1e9),
      parameters: values,
      read_s: round(read),
      read_peak_rss_mb: Math.round(peak),
      rss_before_mb: Math.round(before / 2 ** 20),
      import_s: round(importing),
      imported_mb: Math.round(imported.bytes / 1e6),
    };
    const text = table(
      ['checkpoint', 'layer', 'parameters', 'read', 'peak memory', 'import', 'imported'],
      [
        [
          `${json.checkpoint_gb} GB`,
          json.layer,
          values,
          `${json.read_s} s`,
          `${json.read_peak_rss_mb} MB`,
          `${json.import_s} s`,
          `${json.imported_mb} MB`,
        ],
      ],
    );
    return { json, text };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The block is let go of when it was counted. */
async function readOne(file: BlockFile, layer: number | null): Promise<{ layer: number; values: number }> {
  const { params, layers } = await file.load(layer === null ? null : [layer]);
  return { layer: layers[0]!, values: Object.values(params).reduce((sum, { data }) => sum + data.length, 0) };
}

const round = (value: number): number => Math.round(value * 100) / 100;

async function bytesOf(files: readonly string[]): Promise<number> {
  let sum = 0;
  for (const file of files) {
    const handle = await open(file, 'r');
    sum += (await handle.stat()).size;
    await handle.close();
  }
  return sum;
}

const L = 4096;
const HIDDEN = 11008;
const LAYERS = 32;
const VOCABULARY = 32000;

/** A checkpoint of LLaMA-7B's shapes in Hugging Face's layout whose bytes are holes, all but the headers. */
async function sparse7b(work: string): Promise<string> {
  const folder = join(work, 'llama-7b');
  await mkdir(folder);
  const shards: Record<string, number[]>[] = [{}, {}];
  const put = (shard: number, name: string, ...shape: number[]): void => void (shards[shard]![name] = shape);
  put(0, 'model.embed_tokens.weight', VOCABULARY, L);
  for (let i = 0; i < LAYERS; i++) {
    const shard = i < LAYERS / 2 ? 0 : 1;
    const own = `model.layers.${i}.`;
    for (const part of ['q', 'k', 'v', 'o']) put(shard, `${own}self_attn.${part}_proj.weight`, L, L);
    for (const part of ['gate', 'up']) put(shard, `${own}mlp.${part}_proj.weight`, HIDDEN, L);
    put(shard, `${own}mlp.down_proj.weight`, L, HIDDEN);
    for (const norm of ['input_layernorm', 'post_attention_layernorm']) put(shard, `${own}${norm}.weight`, L);
  }
  put(1, 'model.norm.weight', L);
  put(1, 'lm_head.weight', VOCABULARY, L);
  const map: Record<string, string> = {};
  for (const [i, tensors] of shards.entries()) {
    const name = `model-0000${i + 1}-of-00002.safetensors`;
    let at = 0;
    const header: Record<string, unknown> = {};
    for (const [tensor, shape] of Object.entries(tensors)) {
      const bytes = 2 * shape.reduce((product, dim) => product * dim, 1);
      header[tensor] = { dtype: 'F16', shape, data_offsets: [at, at + bytes] };
      map[tensor] = name;
      at += bytes;
    }
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    const handle = await open(join(folder, name), 'w');
    await handle.writeFile(Buffer.concat([length, json]));
    await handle.truncate(8 + json.length + at);
    await handle.close();
  }
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: map }));
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({
      model_type: 'llama',
      hidden_size: L,
      intermediate_size: HIDDEN,
      num_attention_heads: 32,
      num_key_value_heads: 32,
      num_hidden_layers: LAYERS,
      rms_norm_eps: 1e-6,
    }),
  );
  return folder;
}
