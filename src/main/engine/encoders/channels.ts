import type { HostFloats } from '@main/model';

/** Mean and deviation of each channel in [0, 1], by which pixels are normalised. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}
/** ImageNet's (torchvision), with which every picture is normalised here. */
export const IMAGENET: Normalisation = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/**
 * A patch embedding for pixels of another number of channels. RGB → grey: the three matrices added up, for a grey picture
 * is the same in all three. Grey → RGB: a third of the matrix for each, exact where all three are equal.
 * @param weight [e, C, p, p] @returns [e, channels, p, p], or null where C is neither 1 nor 3
 */
export function withChannels(weight: HostFloats, channels: 1 | 3): HostFloats | null {
  const [e, own, p] = weight.shape as [number, number, number];
  if (own === channels) return weight;
  if (own !== 1 && own !== 3) return null;
  const size = p * p;
  const data = new Float32Array(e * channels * size);
  for (let row = 0; row < e; row++)
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let c = 0; c < own; c++) sum += weight.data[(row * own + c) * size + i]!;
      for (let c = 0; c < channels; c++) data[(row * channels + c) * size + i] = sum / channels;
    }
  return { dtype: 'float32', shape: [e, channels, p, p], data };
}

/**
 * The same patch embedding for pixels that were normalised otherwise: exact, as patches are not padded.
 * x' = (v - m') / s' with v = s x + m, so that W' = W s / s' and b' = b + Σ W (m - m') / s'.
 * @param weight [e, C, p, p] @param bias [e] @param theirs what the encoder was trained with @param ours what it is given
 */
export function renormalised(
  weight: HostFloats,
  bias: HostFloats,
  theirs: Normalisation,
  ours: Normalisation,
): { weight: HostFloats; bias: HostFloats } {
  const [e, channels, p] = weight.shape as [number, number, number];
  const size = p * p;
  const data = new Float32Array(weight.data.length);
  const shifted = Float32Array.from(bias.data);
  for (let row = 0; row < e; row++) {
    let shift = 0;
    for (let c = 0; c < channels; c++) {
      const scale = ours.deviation[c]! / theirs.deviation[c]!;
      const offset = (ours.mean[c]! - theirs.mean[c]!) / theirs.deviation[c]!;
      for (let i = 0; i < size; i++) {
        const at = (row * channels + c) * size + i;
        data[at] = weight.data[at]! * scale;
        shift += weight.data[at]! * offset;
      }
    }
    shifted[row]! += shift;
  }
  return { weight: { ...weight, data }, bias: { ...bias, data: shifted } };
}
