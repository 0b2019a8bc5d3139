import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEngine, whyNoProvider } from '@main/engine';
import type { EngineChoice } from '@main/engine';
import { refusal } from '@main/engine/sessions';
import { graphicsCards } from '@main/engine/setup';
import { device, fits, PLACES } from '@shared/domain';
import { UserError } from '@shared/errors';

const nowhere = join(tmpdir(), 'no-such-engine');
const open = (engine: EngineChoice['engine'], on: EngineChoice['device']): Promise<unknown> =>
  openEngine({ engine, device: on, threads: 1, tensorflowDir: nowhere });

describe('engines and devices', () => {
  it('fit where the engine has a way to the device', () => {
    expect(PLACES.onnx).toContain('webgpu');
    expect(device.options.filter((on) => fits('tensorflow', on))).toEqual(['auto', 'cpu', 'cuda']);
    expect(device.options.every((on) => fits('onnx', on) && fits('auto', on))).toBe(true);
  });

  it.each([
    ['tensorflow', 'webgpu', /the tensorflow engine has no way to webgpu: it computes on cpu or cuda/],
    ['tensorflow', 'auto', /tensorflow engine is not installed/],
    ['auto', 'cuda', /tensorflow engine is not installed|CUDA/],
  ] as const)('are refused, never replaced: %s on %s', async (engine, on, words) => {
    await expect(open(engine, on)).rejects.toThrow(words);
    await expect(open(engine, on)).rejects.toBeInstanceOf(UserError);
  });

  it.skipIf(process.platform !== 'linux')('that this build of onnxruntime lacks are refused by name', async () => {
    expect(whyNoProvider('cpu')).toBeNull();
    expect(whyNoProvider('webgpu')).toBeNull();
    for (const [on, words] of [
      ['dml', 'DirectML'],
      ['coreml', 'Core ML'],
    ] as const) {
      expect(whyNoProvider(on)).toContain(words);
      for (const engine of ['onnx', 'auto'] as const) await expect(open(engine, on)).rejects.toThrow(words);
    }
  });

  it('are the processor where no GPU computes, and say so', async () => {
    const engine = (await open('onnx', 'cpu')) as { place: string; description: string };
    expect(engine).toMatchObject({ place: 'cpu', description: 'onnx · CPU, 1 thread' });
  });
});

describe('what onnxruntime refuses', () => {
  it('is told as a missing GPU', () => {
    const said = new Error('webgpu_context.cc:136 Failed to get a WebGPU adapter: No supported adapters');
    expect(refusal('webgpu', said)).toMatchObject({ code: 'engine-missing' });
    expect(refusal('webgpu', said).message).toMatch(/WebGPU finds no GPU here: it needs a driver/);
  });

  it('is told as an operation that the device lacks', () => {
    const said = new Error(
      'This session contains graph nodes that are assigned to the default CPU EP, but fallback to CPU EP has been explicitly disabled by the user.',
    );
    expect(refusal('webgpu', said).message).toMatch(/provider for WebGPU lacks an operation of this network/);
  });

  it('is told as it is otherwise', () => {
    expect(refusal('cpu', new Error('bad protobuf')).message).toBe(
      'onnxruntime refuses the traced network: bad protobuf',
    );
  });
});

it('names graphics cards by what the system says of them', async () => {
  const root = mkdtempSync(join(tmpdir(), 'residua-cards-'));
  const card = (name: string, files: Record<string, string>): void => {
    mkdirSync(join(root, name, 'device'), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(root, name, 'device', file), `${text}\n`);
  };
  card('card1', { vendor: '0x8086', device: '0x46a6' });
  card('card0', { vendor: '0x1002', device: '0x744c', mem_info_vram_total: '25753026560' });
  card('card2', { vendor: '0x1234', device: '0x1111' });
  card('card0-HDMI-A-1', {});
  expect(await graphicsCards(root)).toEqual([
    { name: 'AMD 0x744c', memoryBytes: 25753026560 },
    { name: 'Intel 0x46a6', memoryBytes: null },
  ]);
  expect(await graphicsCards(join(root, 'none'))).toEqual([]);
});
