import { UserError } from '@shared/errors';
import { openFile, readFully } from './file';
import { decodeNumbers } from './weights';
import type { WeightFile, WeightTensor } from './weights';

/** "ak42", with which the newer of llama2.c's formats begin. */
const MAGIC = 0x616b3432;
const NEW_HEADER = 256;
const MOST = 1 << 24;

interface Header {
  readonly dim: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly vocabulary: number;
  readonly context: number;
  /** The classifier is the embedding. */
  readonly shared: boolean;
  /** 0: the first format, of `run.c`; 1: "ak42", float32. */
  readonly version: 0 | 1;
  readonly start: number;
}

/**
 * A `.bin` of karpathy/llama2.c: versions 0 (`run.c`'s) and 1, float32; tensors under Meta's names. It has no names and version 0 no
 * magic: only a file whose header explains every byte of it is believed.
 * @returns null where the file is none
 * @throws UserError `file-unsupported` for version 2 (quantised), `file-damaged`
 */
export async function openLlama2c(path: string): Promise<WeightFile | null> {
  const { handle, size } = await openFile(path);
  let head: Buffer;
  try {
    if (size < NEW_HEADER) return null;
    head = await readFully(handle, path, 0, NEW_HEADER);
  } finally {
    await handle.close();
  }
  const header = readHeader(head, path);
  if (!header) return null;
  const { places, end } = layOut(header);
  if (end !== size) {
    if (header.version === 0) return null;
    throw new UserError('file-damaged', `its header asks for ${end} bytes, it has ${size}`, { file: path });
  }
  const tensors = new Map<string, WeightTensor>();
  for (const [name, { shape, items }] of places) tensors.set(name, { type: 'F32', shape, bytes: items * 4 });
  return {
    path,
    format: 'llama2c',
    files: [path],
    tensors,
    metadata: {
      dim: header.dim,
      n_layers: header.layers,
      n_heads: header.heads,
      n_kv_heads: header.keyValueHeads,
      norm_eps: 1e-5,
      vocab_size: header.vocabulary,
    },
    async readFloat32(name) {
      const place = places.get(name);
      if (!place) throw new UserError('file-damaged', `it has no tensor "${name}"`, { file: path });
      return { shape: place.shape, data: await decodeNumbers(path, place.offset, place.items, 'float32') };
    },
  };
}

function readHeader(head: Buffer, path: string): Header | null {
  const isNew = head.readUInt32LE(0) === MAGIC;
  if (isNew && head.readInt32LE(4) !== 1)
    throw new UserError('file-unsupported', `version ${head.readInt32LE(4)} of llama2.c's format is not read`, {
      file: path,
    });
  const base = isNew ? 8 : 0;
  const numbers = Array.from({ length: 7 }, (_, i) => head.readInt32LE(base + 4 * i));
  const [dim, hidden, layers, heads, keyValueHeads, vocabulary, context] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const sizes = [dim, hidden, layers, heads, keyValueHeads, Math.abs(vocabulary), context];
  const sound =
    sizes.every((n) => n > 0 && n <= MOST) && dim % heads === 0 && heads % keyValueHeads === 0 && layers <= 1000;
  if (!sound) return null;
  const shared = isNew ? head[base + 28] !== 0 : vocabulary > 0;
  return {
    dim,
    hidden,
    layers,
    heads,
    keyValueHeads,
    vocabulary: Math.abs(vocabulary),
    context,
    shared,
    version: isNew ? 1 : 0,
    start: isNew ? NEW_HEADER : 28,
  };
}

interface Place {
  readonly shape: readonly number[];
  readonly offset: number;
  readonly items: number;
}

/** Where each tensor lies: of a kind, those of all layers one after the other (`export.py`, `run.c`). */
function layOut(h: Header): { places: Map<string, Place>; end: number } {
  const places = new Map<string, Place>();
  let at = h.start;
  const one = (name: string, shape: number[]): void => {
    const items = shape.reduce((product, dim) => product * dim, 1);
    places.set(name, { shape, offset: at, items });
    at += 4 * items;
  };
  const each = (name: string, shape: number[]): void => {
    for (let layer = 0; layer < h.layers; layer++) one(`layers.${layer}.${name}.weight`, shape);
  };
  const keyValues = (h.dim / h.heads) * h.keyValueHeads;
  const embedding = (): void => one('tok_embeddings.weight', [h.vocabulary, h.dim]);
  const attentionNorm = (): void => each('attention_norm', [h.dim]);
  const feedForwardNorm = (): void => each('ffn_norm', [h.dim]);
  const attention = (): void => {
    each('attention.wq', [h.dim, h.dim]);
    each('attention.wk', [keyValues, h.dim]);
    each('attention.wv', [keyValues, h.dim]);
    each('attention.wo', [h.dim, h.dim]);
  };
  const feedForward = (): void => {
    each('feed_forward.w1', [h.hidden, h.dim]);
    each('feed_forward.w2', [h.dim, h.hidden]);
    each('feed_forward.w3', [h.hidden, h.dim]);
  };
  const finalNorm = (): void => one('norm.weight', [h.dim]);
  if (h.version === 1) {
    for (const part of [attentionNorm, feedForwardNorm, finalNorm, embedding, attention, feedForward]) part();
  } else {
    for (const part of [embedding, attentionNorm, attention, feedForwardNorm, feedForward, finalNorm]) part();
    at += 4 * h.context * (h.dim / h.heads); // cosines and sines of the rotary embedding, which run.c computes itself
  }
  if (!h.shared) one('output.weight', [h.vocabulary, h.dim]);
  return { places, end: at };
}
