import { readSafetensors, toFloat32 } from '@main/formats';
import { encoderShapes } from '@main/model';
import type { EncoderConfig, HostParams } from '@main/model';
import { UserError } from '@shared/errors';

export interface LoadedEncoder {
  readonly config: EncoderConfig;
  /** Under the names that `encode` reads. */
  readonly params: HostParams;
}

/** Width of one head in every published ViT. */
const VIT_HEAD = 64;
const DINOV2_EPSILON = 1e-6;

/**
 * DINOv2's weights under Hugging Face names from a safetensors file, half precision made float32.
 * @throws UserError where the file is damaged or holds another network
 */
export async function loadEncoder(path: string): Promise<LoadedEncoder> {
  const stored = await readSafetensors(path);
  const wrong = (reason: string): UserError => new UserError('file-unsupported', reason, { file: path });
  const patchWeight = stored['embeddings.patch_embeddings.projection.weight'];
  const [width, , patch] = patchWeight?.shape ?? [];
  const indices = Object.keys(stored).flatMap((name) => /^encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? []);
  const layers = Math.max(-1, ...indices.map(Number)) + 1;
  if (!width || !patch || layers === 0) throw wrong('it holds no DINOv2 encoder under Hugging Face names');
  const config: EncoderConfig = {
    names: 'huggingface',
    width,
    heads: width / VIT_HEAD,
    layers,
    patch,
    epsilon: DINOV2_EPSILON,
  };
  const params: HostParams = {};
  for (const [name, shape] of Object.entries(encoderShapes(config))) {
    const tensor = stored[name];
    if (!tensor) throw wrong(`the encoder lacks the tensor ${name}`);
    const fits =
      tensor.shape.length === shape.length && shape.every((size, i) => size === null || size === tensor.shape[i]);
    if (!fits) throw wrong(`${name}: expected shape [${shape.map((s) => s ?? '*')}], got [${tensor.shape}]`);
    params[name] = { dtype: 'float32', shape: tensor.shape, data: toFloat32(tensor) };
  }
  return { config, params };
}
