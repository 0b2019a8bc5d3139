import { readArray, readSafetensors, toFloat32 } from '@main/formats';
import type { HostFloats, HostParams } from '@main/model';

/** A float array of a reference npz. */
export async function floats(path: string, name: string): Promise<HostFloats> {
  const { shape, data } = await readArray(path, name);
  return { dtype: 'float32', shape, data: Float32Array.from(data as ArrayLike<number | bigint>, Number) };
}

export async function floatsOf(path: string): Promise<HostParams> {
  const stored = await readSafetensors(path);
  return Object.fromEntries(
    Object.entries(stored).map(([name, tensor]) => [
      name,
      { dtype: 'float32', shape: tensor.shape, data: toFloat32(tensor) },
    ]),
  );
}

/** [B, C, H, W] → [B, H, W, C], the layout that the encoder reads. */
export function channelsLast({ shape, data }: HostFloats): HostFloats {
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const out = new Float32Array(data.length);
  for (let b = 0; b < batch; b++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < height * width; p++)
        out[(b * height * width + p) * channels + c] = data[(b * channels + c) * height * width + p]!;
  return { dtype: 'float32', shape: [batch, height, width, channels], data: out };
}

export const largest = (values: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
};

/** The greatest absolute difference; NaN where anything is not a number, so that no bound accepts it. */
export function greatestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} numbers, expected ${expected.length}`);
  let most = 0;
  for (let i = 0; i < actual.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    if (!(error <= most)) most = error;
  }
  return most;
}

/** The greatest difference as a part of the largest expected value. */
export const relativeError = (actual: ArrayLike<number>, expected: ArrayLike<number>): number =>
  greatestError(actual, expected) / largest(expected);
