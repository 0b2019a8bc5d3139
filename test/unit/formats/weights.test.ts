import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openGguf, readRange, readSafetensors, toFloat32, writeSafetensors, type StoredTensor } from '@main/formats';
import { resourcePath } from '@main/project/resources';
import { hasReference, referencePath } from '../../shared-data';
import { refused, testFolder } from './folder';

const folder = testFolder();
const tensor = (dtype: StoredTensor['dtype'], shape: number[], data: StoredTensor['data']): StoredTensor => ({
  dtype,
  shape,
  data,
});

describe('safetensors', () => {
  const tensors = {
    'b.weight': tensor('float32', [2, 2], Float32Array.of(1, 2, 3, NaN)),
    a: tensor('uint8', [3], Uint8Array.of(1, 2, 3)),
    step: tensor('int64', [], BigInt64Array.of(-7n)),
    half: tensor('float16', [2], Uint16Array.of(0x3c00, 0xbc00)),
    brain: tensor('bfloat16', [2], Uint16Array.of(0x3f80, 0xc040)),
  };

  it('reads what it wrote', async () => {
    const path = folder.path('all.safetensors');
    await writeSafetensors(path, tensors, { mode: 'outer' });
    expect(await readSafetensors(path)).toEqual(tensors);
    const one = await readSafetensors(path, ['half', 'brain']);
    expect(Object.keys(one)).toEqual(['half', 'brain']);
    expect([...toFloat32(one.half!), ...toFloat32(one.brain!)]).toEqual([1, -1, 1, -3]);
    await refused(readSafetensors(path, ['absent']), 'file-damaged', /no tensor "absent"/, path);
  });

  it('writes equal bytes for equal contents, whatever the order, and leaves no half file', async () => {
    await writeSafetensors(folder.path('one.safetensors'), tensors, { b: '1', a: '2' });
    const backwards = Object.fromEntries(Object.entries(tensors).reverse());
    await writeSafetensors(folder.path('two.safetensors'), backwards, { a: '2', b: '1' });
    expect(readFileSync(folder.path('two.safetensors')).equals(readFileSync(folder.path('one.safetensors')))).toBe(
      true,
    );
    await expect(
      writeSafetensors(folder.path('x.safetensors'), { a: tensor('uint8', [4], Uint8Array.of(1)) }),
    ).rejects.toThrow(/needs 4 bytes/);
    await refused(writeSafetensors(folder.path('no', 'folder'), tensors), 'file-missing', /./);
  });

  it('reads the shipped encoder by name', async () => {
    const path = resourcePath('weights', 'dinov2-small.safetensors');
    const { 'layernorm.weight': gain } = await readSafetensors(path, ['layernorm.weight']);
    expect([gain!.dtype, gain!.shape]).toEqual(['float16', [384]]);
    expect(toFloat32(gain!).every((v) => Number.isFinite(v) && Math.abs(v) < 100)).toBe(true);
  });

  it('believes no header', async () => {
    const write = (header: string, body = 16): string => {
      const head = Buffer.alloc(8);
      head.writeBigUInt64LE(BigInt(header.length));
      return folder.write('bad.safetensors', Buffer.concat([head, Buffer.from(header), Buffer.alloc(body)]));
    };
    const entry = (more: object): string =>
      JSON.stringify({ a: { dtype: 'F32', shape: [4], data_offsets: [0, 16], ...more } });
    expect(Object.keys(await readSafetensors(write(entry({}))))).toEqual(['a']);
    await refused(readSafetensors(write(entry({ dtype: 'F8_E4M3' }))), 'file-unsupported', /unknown type/);
    await refused(readSafetensors(write(entry({ dtype: 'constructor' }))), 'file-unsupported', /unknown type/);
    await refused(readSafetensors(write(entry({ data_offsets: [16, 0] }))), 'file-damaged', /outside/);
    await refused(readSafetensors(write(entry({ data_offsets: [4, 20] }))), 'file-damaged', /outside/);
    await refused(readSafetensors(write(entry({ data_offsets: [-4, 12] }))), 'file-damaged', /cannot be read/);
    await refused(readSafetensors(write(entry({ shape: [-4] }))), 'file-damaged', /cannot be read/);
    await refused(readSafetensors(write(entry({ shape: [2 ** 52, 2 ** 52] }))), 'file-damaged', /needs/);
    await refused(readSafetensors(write('[]')), 'file-damaged', /not a JSON object/);
    await refused(readSafetensors(folder.write('short.safetensors', 'abc')), 'file-damaged', /too short/);
  });

  it.skipIf(!hasReference).each([
    ['header-longer-than-file', /claims 1099511627776 bytes/],
    ['not-json', /not JSON/],
    ['offset-outside', /outside/],
    ['shape-does-not-match', /needs 4000000000000 bytes/],
  ])('refuses %s', async (name, reason) => {
    const path = referencePath('hostile', `${name}.safetensors`);
    await refused(readSafetensors(path), 'file-damaged', reason, path);
  });
});

describe('GGUF', () => {
  it('reads the shipped blocks', async () => {
    const file = await openGguf(resourcePath('weights', 'smollm2-135m-blocks-0-15-29.Q4_1.gguf'));
    expect(file.metadata['general.architecture']).toBe('llama');
    expect(file.metadata['llama.embedding_length']).toBe(576);
    const gate = file.tensors.find((t) => t.name === 'blk.15.ffn_gate.weight')!;
    expect([gate.type, gate.shape]).toEqual(['Q4_1', [1536, 576]]);
    const norm = await file.readFloat32('blk.15.attn_norm.weight');
    expect(norm.shape).toEqual([576]);
    await refused(file.readFloat32('blk.1.attn_norm.weight'), 'file-damaged', /no tensor/);
  });

  it('refuses what is no GGUF, another version or another byte order', async () => {
    await refused(openGguf(folder.write('a.gguf', 'GGML....................')), 'file-unsupported', /not a GGUF/);
    const head = (version: number): Buffer => {
      const b = Buffer.alloc(24);
      b.write('GGUF');
      b.writeUInt32LE(version, 4);
      return b;
    };
    await refused(openGguf(folder.write('a.gguf', head(1))), 'file-unsupported', /version 1/);
    await refused(openGguf(folder.write('a.gguf', head(3 << 24))), 'file-unsupported', /big-endian/);
    expect((await openGguf(folder.write('a.gguf', head(3)))).tensors).toEqual([]);
  });

  it.skipIf(!hasReference)('refuses a cut file and impossible counts', async () => {
    const cut = referencePath('hostile', 'cut-short.gguf');
    await refused(openGguf(cut), 'file-damaged', /cut short/, cut);
    const huge = referencePath('hostile', 'huge-count.gguf');
    await refused(openGguf(huge), 'file-damaged', /claims 1152921504606846976/, huge);
  });
});

describe('ranges', () => {
  it('reads bytes and refuses those outside', async () => {
    const path = folder.write(
      'range.bin',
      Uint8Array.from({ length: 10 }, (_, i) => i),
    );
    expect([...(await readRange(path, 3, 4))]).toEqual([3, 4, 5, 6]);
    expect(statSync(path).size).toBe(10);
    for (const [offset, length] of [
      [8, 3],
      [-1, 2],
      [0, -1],
      [0.5, 1],
      [0, NaN],
    ] as const)
      await refused(readRange(path, offset, length), 'file-damaged', /outside/, path);
  });
});
