import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '@main/formats';
import { readPickle } from '@main/formats/torch/pickle';
import { UserError } from '@shared/errors';
import { hasReference, referencePath, sharedPath, hasShared } from '../../shared-data';
import { testFolder } from './folder';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/blocks');
const folder = testFolder();

/** A folder that is a copy of a fixture, to be damaged. */
function copyOf(fixture: string): string {
  const to = folder.path(fixture);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  cpSync(join(FIXTURES, fixture), to, { recursive: true });
  return to;
}

async function reasonOf(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UserError)) throw error ?? new Error('it was read');
  return error.message;
}

describe('checkpoints', () => {
  it('a shard stands for all of them, and one that is missing is named', async () => {
    const dir = copyOf('llama@bin-sharded');
    const shard = join(dir, 'pytorch_model-00002-of-00002.bin');
    const whole = await openCheckpoint(shard);
    expect(whole.files).toHaveLength(2);
    rmSync(join(dir, 'pytorch_model.bin.index.json'));
    expect((await openCheckpoint(shard)).tensors.size).toBe(whole.tensors.size);
    rmSync(join(dir, 'pytorch_model-00001-of-00002.bin'));
    expect(await reasonOf(openCheckpoint(shard))).toMatch(/00001-of-00002\.bin: a shard of the checkpoint is missing/);
    const meta = copyOf('llama@meta-parallel');
    rmSync(join(meta, 'consolidated.00.pth'));
    expect(await reasonOf(openCheckpoint(meta))).toMatch(/consolidated\.01\.pth: a shard .* is missing before it/);
  });

  it('an index names no file outside of its folder', async () => {
    const dir = copyOf('llama@bin-sharded');
    const index = (name: string): void =>
      writeFileSync(join(dir, 'pytorch_model.bin.index.json'), JSON.stringify({ weight_map: { a: name } }));
    for (const name of ['../x.bin', '/etc/passwd', '..']) {
      index(name);
      expect(await reasonOf(openCheckpoint(dir))).toMatch(/outside of its folder/);
    }
    index('nothing.bin');
    expect(await reasonOf(openCheckpoint(dir))).toMatch(/nothing\.bin: there is no such file/);
  });

  it('says what is no checkpoint', async () => {
    const text = folder.write('notes.txt', 'x'.repeat(400));
    expect(await reasonOf(openCheckpoint(text))).toMatch(/none of the files that hold weights/);
    mkdirSync(folder.path('empty'));
    expect(await reasonOf(openCheckpoint(folder.path('empty')))).toMatch(/holds no checkpoint/);
    expect(await reasonOf(openCheckpoint(folder.path('nowhere')))).toMatch(/no such file/);
  });

  it.skipIf(!hasShared)('reads a story-telling model of llama2.c', async () => {
    const file = await openCheckpoint(sharedPath('data', 'llm', 'stories260K', 'stories260K.bin'));
    expect(file.format).toBe('llama2c');
    expect(file.metadata).toMatchObject({ dim: 64, n_layers: 5, n_heads: 8, n_kv_heads: 4 });
    const { data } = await file.readFloat32('norm.weight');
    expect(data).toHaveLength(64);
    expect(data.every((value) => Math.abs(value) < 50 && value !== 0)).toBe(true);
    expect(await reasonOf(openCheckpoint(sharedPath('data', 'llm', 'stories260K', 'tok512.bin')))).toMatch(/none of/);
  });
});

describe.skipIf(!hasReference)('hostile files of weights', () => {
  it.each(hasReference ? readdirSync(referencePath('hostile')) : [])('%s is refused at once', async (name) => {
    const path = referencePath('hostile', name);
    const before = process.memoryUsage().rss;
    const start = performance.now();
    const reason = await reasonOf(openCheckpoint(path));
    expect(reason.startsWith(path)).toBe(true);
    expect(reason.length).toBeLessThan(300);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
    expect(existsSync('residua-pickle-was-executed')).toBe(false);
  });

  it('a pickle that would run something is refused by what it asks for', async () => {
    expect(await reasonOf(openCheckpoint(referencePath('hostile', 'executes.pth')))).toMatch(
      /asks for "io\.open", which no checkpoint of weights needs; it was not executed/,
    );
  });
});

describe('pickles', () => {
  const read = (...bytes: (number | string)[]): unknown =>
    readPickle(
      Buffer.concat(bytes.map((b) => (typeof b === 'string' ? Buffer.from(b, 'latin1') : Buffer.from([b])))),
      'x',
    ).value;

  it('reads plain values', () => {
    expect(read(0x80, 2, '}q\0X\x03\0\0\0abcK\x07s.')).toEqual(new Map([['abc', 7]]));
    expect(read(']q\0(K\x01K\x02K\x03e.')).toEqual([1, 2, 3]);
    expect(read(0x8a, 2, '\xff\xff.')).toBe(-1);
  });

  it.each([
    ['cposix\nsystem\n(S"true"\ntR.', /posix\.system/],
    ['cbuiltins\neval\n.', /builtins\.eval/],
    ['ctorch\n_load_global_deps\n.', /torch\._load_global_deps/],
    ['ctorch.FloatStorage\n__init__\n.', /FloatStorage\.__init__/],
    ['ctorch._utils\n_rebuild_tensor_v2\n)R.', /not described as PyTorch does it/],
    ['ios\nsystem\n.', /operation 0x69/],
    ['K\x01K\x02R.', /no name/],
    [']q\0}b.', /no dictionary/],
    ['X\xff\xff\xff\x7fabc', /claims 2147483647 bytes/],
    ['K', /cut short/],
    ['.', /stack is empty/],
    ['h\x05.', /refers to nothing/],
    ['e.', /mark is missing/],
    ['\x80\x09.', /unknown protocol/],
  ])('refuses %j', (bytes, reason) => {
    expect(() => read(bytes)).toThrow(reason);
  });
});
