import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { fsyncTimes } from '@main/cli/bench/disk';
import { percentile, spread } from '@main/cli/bench/figures';
import { syntheticArrays } from '@main/cli/bench/synthetic';
import { runCommandLine } from '@main/cli/main';
import { blockOption, tapsOption, whole } from '@main/cli/options';
import { Output, scoredWords, table } from '@main/cli/output';
import { readArray } from '@main/formats';
import { UserError } from '@shared/errors';

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

describe('Output', () => {
  const made = (json: boolean): { output: Output; out: Sink; err: Sink } => {
    const [out, err] = [new Sink(), new Sink()];
    return { output: new Output(json, out, err), out, err };
  };

  it('puts one line of JSON on stdout and all else on stderr', () => {
    const { output, out, err } = made(true);
    output.note('working');
    output.progress('half');
    output.answer({ json: { text: 'two\nlines' }, text: 'for people' });
    expect(out.text).toBe('{"text":"two\\nlines"}\n');
    expect(err.text).toBe('working\n');
    expect(() => output.answer({ json: {}, text: '' })).toThrow('once');
  });

  it('says an error as JSON, with its file', () => {
    const { output, out, err } = made(true);
    output.fail(new UserError('file-damaged', 'the zip is cut short', { file: 'a.npz' }));
    expect(JSON.parse(out.text)).toEqual({
      error: { code: 'file-damaged', message: 'a.npz: the zip is cut short', file: 'a.npz' },
    });
    expect(err.text).toBe('');
  });

  it('never says two things on stdout', () => {
    const { output, out, err } = made(true);
    output.answer({ json: { done: true }, text: '' });
    output.fail(new Error('afterwards'));
    expect(out.text).toBe('{"done":true}\n');
    expect(err.text).toBe('error: afterwards\n');
  });

  it('speaks to people otherwise', () => {
    const { output, out, err } = made(false);
    output.answer({ json: { done: true }, text: 'done' });
    output.fail(new UserError('cancelled', 'stopped'));
    expect(out.text).toBe('done\n');
    expect(err.text).toBe('error: stopped\n');
  });
});

describe('table', () => {
  it('lines columns up, numbers to the right', () => {
    expect(
      table(
        ['head', 'AUC'],
        [
          ['probe', 0.9],
          ['plain', null],
          ['a', 0.125],
        ],
      ),
    ).toBe('head     AUC\nprobe    0.9\nplain      –\na      0.125');
  });
});

describe('option values', () => {
  it('whole numbers within bounds', () => {
    expect(whole(1, 9)('7')).toBe(7);
    for (const text of ['', ' ', '0', '10', '1.5', 'x', '1e400'])
      expect(() => whole(1, 9)(text)).toThrow('whole number');
  });
  it('taps', () => {
    expect(tapsOption('last')).toBe('last');
    expect(tapsOption('4,6,12')).toEqual([4, 6, 12]);
    expect(() => tapsOption('4,x')).toThrow();
  });
  it('a block and its layer', () => {
    expect(blockOption('llama.gguf')).toEqual({ path: 'llama.gguf', layer: null });
    expect(blockOption('/a:b/llama.gguf:29')).toEqual({ path: '/a:b/llama.gguf', layer: 29 });
    expect(blockOption('C:\\models\\7b')).toEqual({ path: 'C:\\models\\7b', layer: null });
    expect(blockOption('7b:28-30,31')).toEqual({ path: '7b', layer: [28, 29, 30, 31] });
    expect(() => blockOption('7b:5-3')).toThrow('names no layers');
    expect(() => blockOption('7b:0-900')).toThrow('names no layers');
  });
});

describe('measuring', () => {
  it('percentiles by interpolation', () => {
    expect(percentile([3, 1, 2], 0.5)).toBe(2);
    expect(percentile([1, 2], 0.25)).toBe(1.25);
    expect(percentile([], 0.5)).toBeNaN();
    expect(spread([1, 2, 3, 4])).toEqual({ p50: 2.5, p99: 3.97, max: 4, count: 4 });
  });

  it('times a disk and leaves nothing there', () => {
    const dir = mkdtempSync(join(tmpdir(), 'residua-disk-'));
    const times = fsyncTimes(dir, 3);
    expect(times).toHaveLength(3);
    expect(times.every((ms) => ms >= 0)).toBe(true);
    rmdirSync(dir); // fails unless it is empty
  });

  it('synthetic arrays are NumPy arrays', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'residua-synthetic-'));
    const [images, labels] = syntheticArrays(dir, 50);
    expect(await readArray(images!)).toMatchObject({ shape: [50, 28, 28] });
    const read = await readArray(labels!);
    expect(read.shape).toEqual([50]);
    expect(new Set(Array.from(read.data as Uint8Array))).toEqual(new Set([0, 1]));
    rmSync(dir, { recursive: true });
  });
});

it('a test figure says how often its run scored, and how often all runs did', () => {
  expect(scoredWords(1, { times: 3, runs: 2 })).toBe(
    'The test split was scored 1 time by this run, 3 times by 2 runs in all.',
  );
});

describe('the command line', () => {
  async function said(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const [out, err] = [new Sink(), new Sink()];
    const spies = [
      vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.write(text)),
      vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.write(text)),
    ];
    try {
      return { code: await runCommandLine(args), stdout: out.text, stderr: err.text };
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  }

  it.each([[['--help']], [['labels', '--help']], [['--version']]])('%j is no mistake', async (args) => {
    const { code, stdout } = await said(...args);
    expect([code, stdout === '']).toEqual([0, false]);
  });

  it.each([
    [[]],
    [['bogus']],
    [['labels']],
    [['import', 'a.npz']],
    [['import', '--project', 'p']],
    [['import', 'a.npz', '--project', 'p', '--splits', 'random']],
    [['train', '--project', 'p', '--epochs', '0']],
    [['train', '--project', 'p', '--mode', 'sideways']],
    [['train', '--project', 'p', '--unknown']],
    [['evaluate', '--project', 'p']],
    [['labels', 'set', '--project', 'p', '--sample', 'a']],
    [['labels', 'set', '--project', 'p', '--sample', 'a', '--state', 'excluded']],
    [['labels', 'undo', '--project', 'p', 'too', 'many']],
    [['export', 'methods']],
    [['export', 'methods', '--project', 'p', '--language', 'fr']],
    [['serve', '--port', '99999']],
    [['block', 'list']],
    [['block', 'run', 'a.gguf', '--input', 'u.npz']],
    [['train', '--project', 'p', '--causal']],
    [['import', 'a.npz', '--project', 'p', '--near', '1']],
  ])('wrong options end with 2: %j', async (args) => {
    const plain = await said(...args);
    expect(plain.code, plain.stderr).toBe(2);
    expect(plain.stdout).toBe('');
    expect(plain.stderr).not.toMatch(/^\s+at /m);
    const { code, stdout } = await said(...args, '--json');
    expect(code).toBe(2);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'value-invalid' } });
  });
});
