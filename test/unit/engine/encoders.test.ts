import { mkdtempSync, readdirSync, rmSync, writeFileSync, cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createOnnxEngine, loadEncoder, openEncoder } from '@main/engine';
import { hashOfEncoder, importEncoder, inspectEncoder, libraryEncoders } from '@main/engine/encoders';
import { IMAGENET, renormalised, withChannels } from '@main/engine/encoders/channels';
import { readArray } from '@main/formats';
import { encode, finalNorm } from '@main/model';
import type { HostFloats } from '@main/model';
import { relativeError } from '../reference/arrays';

const root = join(import.meta.dirname, '../../fixtures/encoders');
const FIXTURES = readdirSync(root, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const scratch = mkdtempSync(join(tmpdir(), 'residua-encoders-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const floats = async (file: string, name: string): Promise<HostFloats> => {
  const { shape, data } = await readArray(file, name);
  return { dtype: 'float32', shape, data: data as Float32Array };
};

/** Greatest relative error of tokens before and after the final LayerNorm, at every image size of the fixture. */
async function errorsOf(fixture: string, sizes: readonly number[]): Promise<number[]> {
  const file = join(root, fixture, 'expected.npz');
  const { config, params } = await loadEncoder(join(root, fixture));
  const engine = await createOnnxEngine({ threads: 1 });
  const errors: number[] = [];
  for (const size of sizes) {
    let pixels = await floats(file, `pixels${size}`);
    if (pixels.shape[3] === 1)
      pixels = {
        ...pixels,
        shape: [2, size, size, 3],
        data: Float32Array.from({ length: pixels.data.length * 3 }, (_, i) => pixels.data[Math.floor(i / 3)]!),
      };
    const program = await engine.compile({
      constants: params,
      inputs: { pixels: { dtype: 'float32', shape: pixels.shape } },
      apply: (constants, inputs) => {
        const tokens = encode(constants, inputs.pixels!, config).at(-1)!;
        return { tokens, norm: finalNorm(constants, tokens, config) };
      },
    });
    const answer = await program.run({ pixels });
    await program.dispose();
    for (const name of ['tokens', 'norm'] as const) {
      const expected = await floats(file, `${name}${size}`);
      expect(answer[name]!.shape).toEqual(expected.shape);
      errors.push(relativeError(answer[name]!.data, expected.data));
    }
  }
  return errors;
}

describe('encoders from files, against the libraries that saved them', () => {
  it.each(FIXTURES)('%s: tokens at its own size and resampled', async (fixture) => {
    const arrays = { 'timm-vit': [16, 24, 12], 'timm-registers': [16, 24, 12] }[fixture];
    const onlyOwn = ['timm-vit-grey', 'timm-pool', 'dino-teacher', 'mae-original'].includes(fixture);
    const errors = await errorsOf(fixture, arrays ?? (onlyOwn ? [16] : [16, 24]));
    expect(errors.filter((error) => !(error <= 1e-4))).toEqual([]);
  });

  it('says what a file holds, by its headers', async () => {
    const deit = await openEncoder(join(root, 'hf-deit-distilled'));
    expect(deit).toMatchObject({ family: 'DeiT', format: 'torch', channels: 3, imageSize: 16, extraTokens: 1 });
    expect(deit.config).toMatchObject({ width: 24, heads: 2, layers: 2, patch: 4, hidden: 48, epsilon: 1e-12 });
    expect((await openEncoder(join(root, 'timm-vit-grey'))).channels).toBe(1);
    expect((await openEncoder(join(root, 'dino-teacher'))).family).toBe('DINO');
    expect((await openEncoder(join(root, 'hf-mae'))).family).toBe('MAE');
    const registers = await openEncoder(join(root, 'timm-registers'));
    expect(registers).toMatchObject({ family: 'timm ViT', extraTokens: 2, imageSize: 16, types: ['F16'] });
  });

  it('refuses other networks, by name and shape', async () => {
    await expect(openEncoder(join(root, '../blocks/llama'))).rejects.toThrow(/no vision transformer/);
    const alone = join(scratch, 'alone.safetensors');
    cpSync(join(root, 'timm-vit/model.safetensors'), alone);
    await expect(openEncoder(alone)).rejects.toThrow(/number of heads is not known/);
    const gone = join(scratch, 'gone');
    cpSync(join(root, 'hf-vit'), gone, { recursive: true });
    writeFileSync(join(gone, 'config.json'), JSON.stringify({ num_attention_heads: 5 }));
    await expect(openEncoder(gone)).rejects.toThrow(/cut into 5 heads/);
    writeFileSync(join(gone, 'config.json'), JSON.stringify({ num_attention_heads: 2, hidden_act: 'quick_gelu' }));
    await expect(openEncoder(gone)).rejects.toThrow(/quick_gelu/);
  });
});

describe('the library of encoders', () => {
  const library = join(scratch, 'library');

  it('keeps an encoder as it is computed with, once', async () => {
    expect(await inspectEncoder(join(root, 'hf-dinov2-registers'))).toMatchObject({ family: 'DINOv2 with registers' });
    const added = await importEncoder(join(root, 'hf-dinov2-registers'), library);
    expect(added).toMatchObject({ width: 24, layers: 2, patch: 4, from: 'hf-dinov2-registers' });
    expect(await importEncoder(join(root, 'hf-dinov2-registers'), library)).toEqual(added);
    writeFileSync(join(library, 'other.safetensors'), 'no weights');
    expect(await libraryEncoders(library)).toEqual([added]);
    expect(await hashOfEncoder(added.path)).toBe(await hashOfEncoder(join(root, 'hf-dinov2-registers')));
  });

  it('reads an RGB encoder for grey pictures', async () => {
    const { params } = await (await openEncoder(join(root, 'hf-vit'))).load({ channels: 1 });
    expect(params['embeddings.patch_embeddings.projection.weight']!.shape).toEqual([24, 1, 4, 4]);
  });
});

describe('patch embeddings', () => {
  const [e, p] = [2, 2];
  const tensor = (shape: number[], seed: number): HostFloats => ({
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(seed + i)),
  });
  const apply = (weight: HostFloats, bias: HostFloats, patch: (c: number, i: number) => number): number[] =>
    Array.from({ length: e }, (_, row) => {
      let sum = bias.data[row]!;
      const channels = weight.shape[1]!;
      for (let c = 0; c < channels; c++)
        for (let i = 0; i < p * p; i++) sum += weight.data[(row * channels + c) * p * p + i]! * patch(c, i);
      return sum;
    });
  const close = (a: number[], b: number[]): void => a.forEach((v, i) => expect(v).toBeCloseTo(b[i]!, 5));

  it('answers grey pictures alike with three channels and with one', () => {
    const [rgb, bias] = [tensor([e, 3, p, p], 1), tensor([e], 7)];
    const grey = (_: number, i: number): number => 0.3 * i - 0.2;
    close(apply(withChannels(rgb, 1)!, bias, grey), apply(rgb, bias, grey));
    const one = tensor([e, 1, p, p], 3);
    close(apply(withChannels(one, 3)!, bias, grey), apply(one, bias, grey));
    expect(withChannels(rgb, 3)).toBe(rgb);
    expect(withChannels(tensor([e, 4, p, p], 1), 3)).toBeNull();
  });

  it('answers the same pictures alike however they are normalised', () => {
    const [weight, bias] = [tensor([e, 3, p, p], 1), tensor([e], 7)];
    const theirs = { mean: [0.5, 0.4, 0.6], deviation: [0.5, 0.3, 0.2] };
    const ours = renormalised(weight, bias, theirs, IMAGENET);
    const value = (c: number, i: number): number => 0.1 + 0.2 * c + 0.05 * i;
    close(
      apply(ours.weight, ours.bias, (c, i) => (value(c, i) - IMAGENET.mean[c]!) / IMAGENET.deviation[c]!),
      apply(weight, bias, (c, i) => (value(c, i) - theirs.mean[c]!) / theirs.deviation[c]!),
    );
  });
});
