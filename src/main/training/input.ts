import type { InputRecipe } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { resizePlane } from './resize';

/** ImageNet's mean and deviation of R, G, B in [0, 1] (torchvision). */
export const MEAN = [0.485, 0.456, 0.406] as const;
export const DEVIATION = [0.229, 0.224, 0.225] as const;

/** A plane of pixels as stored. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** [height, width, channels], in [0, 1] of the full scale. */
  readonly values: Float32Array;
  /** How wide and how high a pixel is, where that differs. */
  readonly pixel?: readonly [width: number, height: number];
}

/**
 * The square images that the network sees of one sample, in [0, 1] before normalising: one of an image, those of all
 * three axes of a volume (z, then y, then x).
 * @returns by axis, each [planes, S, S, 3]
 */
export function inputPlanes(frame: Frame, recipe: InputRecipe): Float32Array[] {
  const size = recipe.imageSize ** 2 * 3;
  return cutsOf(frame, recipe).map((cuts) => {
    const out = new Float32Array(cuts.length * size);
    cuts.forEach((cut, i) => out.set(squareOf(cut(), recipe), i * size));
    return out;
  });
}

/** The planes of a sample by axis, each cut out of the frame when it is asked for: a volume is held once. */
export function cutsOf(frame: Frame, recipe: InputRecipe): (() => Plane)[][] {
  const { width, height, depth, channels } = frame;
  const strides = [height * width * channels, width * channels, channels] as const;
  const sizes = [depth, height, width] as const;
  const [x, y, z] = recipe.volume?.spacing ?? [1, 1, 1];
  const steps = [z, y, x] as const;
  const cuts = (axis: 0 | 1 | 2, count: number): (() => Plane)[] => {
    const [rows, columns] = ([0, 1, 2] as const).filter((a) => a !== axis) as [0 | 1 | 2, 0 | 1 | 2];
    return Array.from({ length: count }, (_, i) => () => ({
      ...cut(frame, recipe.fullScale, i * strides[axis], sizes[rows], strides[rows], sizes[columns], strides[columns]),
      pixel: [steps[columns], steps[rows]],
    }));
  };
  if (recipe.axes === 'image') return [cuts(0, 1)];
  return ([0, 1, 2] as const).map((axis) => cuts(axis, sizes[axis]));
}

/** Takes ImageNet's mean off and divides by its deviation, in place. @param rgb [..., 3] in [0, 1] */
export function normalise(rgb: Float32Array): Float32Array {
  for (let i = 0; i < rgb.length; i += 3)
    for (let c = 0; c < 3; c++) rgb[i + c] = (rgb[i + c]! - MEAN[c]!) / DEVIATION[c]!;
  return rgb;
}

/** The inverse of `normalise`, in place; what lies outside of [0, 1] is cut off. */
export function denormalise(rgb: Float32Array): Float32Array {
  for (let i = 0; i < rgb.length; i += 3)
    for (let c = 0; c < 3; c++) rgb[i + c] = Math.min(1, Math.max(0, rgb[i + c]! * DEVIATION[c]! + MEAN[c]!));
  return rgb;
}

/** What the network sees, as RGB bytes; of a volume the middle plane of each axis, [3, S, S, 3]. */
export function inputImage(frame: Frame, recipe: InputRecipe): Frame {
  const planes = cutsOf(frame, recipe).map((cuts) => squareOf(cuts[cuts.length >> 1]!(), recipe));
  return asImage(frame.key, planes, recipe.imageSize);
}

/** @param planes [side, side, 3] each, in [0, 1] */
export function asImage(key: number, planes: readonly Float32Array[], side: number): Frame {
  const data = new Uint8Array(planes.length * side * side * 3);
  planes.forEach((rgb, i) =>
    data.set(
      Uint8Array.from(rgb, (value) => Math.round(value * 255)),
      i * rgb.length,
    ),
  );
  return {
    key,
    width: side,
    height: side,
    depth: planes.length,
    channels: 3,
    type: 'uint8',
    low: 0,
    high: 255,
    data,
  };
}

/** One plane of a frame. */
function cut(
  { data, channels }: Frame,
  fullScale: number,
  offset: number,
  height: number,
  rowStride: number,
  width: number,
  columnStride: number,
): Plane {
  const values = new Float32Array(height * width * channels);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) values[i++] = data[offset + y * rowStride + x * columnStride + c]! / fullScale;
  return { width, height, channels, values };
}

/** Letterboxed, resized, clamped to [0, 1], grey repeated over three channels. @returns [S, S, 3] */
export function squareOf(plane: Plane, recipe: InputRecipe): Float32Array {
  const side = recipe.imageSize;
  // Pixels are square in millimetres.
  const [across, down] = plane.pixel ?? [1, 1];
  const longest = Math.max(plane.width * across, plane.height * down);
  const fit = (length: number): number =>
    recipe.letterbox ? Math.max(1, Math.round((length * side) / longest)) : side;
  const [width, height] = [fit(plane.width * across), fit(plane.height * down)];
  const resized = resizePlane(plane.values, plane.height, plane.width, plane.channels, height, width); // [h, w, c]
  const [left, top] = [(side - width) >> 1, (side - height) >> 1];
  const out = new Float32Array(side * side * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++) {
        const value = resized[(y * width + x) * plane.channels + (plane.channels === 3 ? c : 0)]!;
        out[((y + top) * side + x + left) * 3 + c] = Math.min(1, Math.max(0, value));
      }
  return out;
}
