import { resolve } from 'node:path';
import type { EngineChoice } from '@main/engine';
import { openCheckpoint, readArray, writeNpz } from '@main/formats';
import { tensorflowDir } from '@main/project/enginesDir';
import { UserError } from '@shared/errors';
import { table } from '../output';
import type { Answer } from '../output';

/** Loaded once a file is known to be sound: a damaged one is refused at once. */
const engines = () => import('@main/engine');

/** What a file or folder holds: the encoder, and every tensor. */
export async function encoderList(path: string): Promise<Answer> {
  const checkpoint = await openCheckpoint(path);
  const tensors = [...checkpoint.tensors].map(([name, { type, shape }]) => ({ name, type, shape }));
  const { openEncoder } = await engines();
  const file = await openEncoder(path);
  const { width, heads, layers, patch, hidden, epsilon } = file.config;
  const json = {
    path,
    format: file.format,
    files: file.files.map((one) => resolve(one)),
    family: file.family,
    name: file.name,
    licence: file.licence,
    width,
    heads,
    layers,
    patch,
    hidden,
    epsilon,
    imageSize: file.imageSize,
    channels: file.channels,
    extraTokens: file.extraTokens,
    normalisation: file.normalisation,
    parameters: file.parameters,
    types: file.types,
    tensors,
  };
  const rows = [
    ['family', json.family],
    ['name', json.name ?? 'not stated'],
    [
      'file',
      `${json.format}, ${json.files.length} ${json.files.length === 1 ? 'file' : 'files'}, ${tensors.length} tensors`,
    ],
    ['layers', `${layers}, ${width} wide, ${heads} heads, feed-forward ${hidden ?? 4 * width}`],
    ['pictures', `${json.imageSize} × ${json.imageSize}, patches of ${patch}, ${json.channels} channels`],
    ['further tokens', String(json.extraTokens)],
    ['parameters', `${json.parameters}, ${json.types.join(', ')}`],
    ['licence', json.licence ?? 'not stated'],
  ];
  return { json, text: table(['', ''], rows).trimStart() };
}

export interface EncoderRunOptions {
  input: string;
  output: string;
  engine?: EngineChoice['engine'];
  device?: EngineChoice['device'];
}

/** An encoder on given pictures, so that an import can be held against the original. */
export async function encoderRun(path: string, options: EncoderRunOptions): Promise<Answer> {
  const { openEncoder, openEngine } = await engines();
  const { encode, finalNorm } = await import('@main/model');
  const file = await openEncoder(path);
  const { shape, data, dtype } = await readArray(options.input, 'pixels');
  const [, height, width, channels] = shape;
  const { patch } = file.config;
  if (shape.length !== 4 || height !== width || height! % patch !== 0 || (channels !== 1 && channels !== 3))
    throw new UserError(
      'value-invalid',
      `pixels has the shape [${shape.join(', ')}]; this encoder takes [B, S, S, 1 or 3], S a multiple of ${patch}`,
      { file: options.input },
    );
  if (dtype !== 'float32' && dtype !== 'float64')
    throw new UserError('value-invalid', `pixels is of type ${dtype}: save it as float32, normalised`, {
      file: options.input,
    });
  const { config, params } = await file.load({ channels, asTrained: true });
  const { engine: name = 'auto', device = 'auto' } = options;
  const engine = await openEngine({ engine: name, device, tensorflowDir: tensorflowDir() });
  const program = await engine.compile({
    constants: params,
    inputs: { pixels: { dtype: 'float32', shape } },
    apply: (constants, { pixels }) => {
      const tokens = encode(constants, pixels!, config).at(-1)!; // [B, 1 + N, e]
      return { tokens, norm: finalNorm(constants, tokens, config) };
    },
  });
  const results = await program.run({
    pixels: { dtype: 'float32', shape, data: Float32Array.from(data as ArrayLike<number>) },
  });
  await program.dispose();
  const arrays = Object.fromEntries(
    Object.entries(results).map(([key, result]) => [key, { shape: result.shape, data: result.data as Float32Array }]),
  );
  await writeNpz(options.output, arrays);
  const out = results.tokens!.shape;
  const json = {
    input: options.input,
    output: options.output,
    family: file.family,
    shape: out,
    engine: engine.description,
  };
  return {
    json,
    text: `${options.output}: tokens and norm [${out.join(', ')}] of ${file.family}, ${engine.description}`,
  };
}
