import type { InputRecipe } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { asImage } from '../input';
import { resizePlane } from '../resize';
import type { Change } from './augment';

/** Side of a cube in voxels, as the paper's networks have it. */
export const VOLUME_SIDE = 28;

/**
 * What a network for volumes sees of one: a cube of its grid, aspect ratio kept, resampled along each axis as pictures are (bicubic with
 * antialiasing).
 * @returns [S, S, S] in [0, 1] of the full scale: slices, rows, columns
 */
export function cubeOf(
  frame: Frame,
  { fullScale, letterbox, volume }: Pick<InputRecipe, 'fullScale' | 'letterbox' | 'volume'>,
): Float32Array<ArrayBuffer> {
  const { depth, height, width, channels, data } = frame;
  const S = VOLUME_SIDE;
  const [x, y, z] = volume?.spacing ?? [1, 1, 1];
  // Voxels are cubes in millimetres.
  const longest = Math.max(depth * z, height * y, width * x);
  const fit = (length: number): number => (letterbox ? Math.max(1, Math.round((length * S) / longest)) : S);
  const [d, h, w] = [fit(depth * z), fit(height * y), fit(width * x)];
  const slices = new Float32Array(depth * h * w); // [depth, h, w]
  for (let z = 0; z < depth; z++) {
    const plane = new Float32Array(height * width);
    for (let i = 0; i < plane.length; i++) {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += data[(z * plane.length + i) * channels + c]!;
      plane[i] = sum / channels / fullScale;
    }
    slices.set(resizePlane(plane, height, width, 1, h, w), z * h * w);
  }
  const cube = resizePlane(slices, depth, h * w, 1, d, h * w); // [d, h, w]
  const out = new Float32Array(S ** 3);
  const [front, top, left] = [(S - d) >> 1, (S - h) >> 1, (S - w) >> 1];
  for (let z = 0; z < d; z++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++)
        out[((z + front) * S + y + top) * S + x + left] = Math.min(1, Math.max(0, cube[(z * h + y) * w + x]!));
  return out;
}

/** What the network sees of a volume, RGB bytes: the middle plane of each axis, [3, S, S, 3]. */
export function cubeImage(frame: Frame, input: InputRecipe, change: Change | null): Frame {
  const S = VOLUME_SIDE;
  const whole = cubeOf(frame, input);
  const cube = change ? new Float32Array(whole.length) : whole;
  if (change) changeCube(whole, change, cube);
  const middle = S >> 1;
  const at = [
    (row: number, column: number) => (middle * S + row) * S + column,
    (row: number, column: number) => (row * S + middle) * S + column,
    (row: number, column: number) => (row * S + column) * S + middle,
  ];
  const planes = at.map((place) =>
    Float32Array.from({ length: S * S * 3 }, (_, i) => cube[place(Math.floor(i / 3 / S), Math.floor(i / 3) % S)]!),
  );
  return asImage(frame.key, planes, S);
}

/**
 * The changes of pictures on a cube: scaled about its centre in all directions, moved, turned and flipped within each slice
 * (trilinear, borders repeated), intensities as of pictures.
 * @param cube [S, S, S] in [0, 1]
 */
export function changeCube(cube: Float32Array, change: Change, out: Float32Array): void {
  const S = VOLUME_SIDE;
  const { flip, turn, scale, right, down, gamma, gain } = change;
  const centre = (S - 1) / 2;
  const [cos, sin] = [Math.cos(turn) / scale, Math.sin(turn) / scale];
  const inside = (at: number): number => Math.min(S - 1, Math.max(0, at));
  for (let z = 0; z < S; z++) {
    const fromZ = inside(centre + (z - centre) / scale);
    const [z0, z1] = [Math.floor(fromZ), Math.min(S - 1, Math.floor(fromZ) + 1)];
    for (let y = 0; y < S; y++)
      for (let x = 0; x < S; x++) {
        const [dx, dy] = [x - centre - right * S, y - centre - down * S];
        const across = cos * dx + sin * dy;
        const fromX = inside(centre + (flip ? -across : across));
        const fromY = inside(centre - sin * dx + cos * dy);
        const [x0, y0] = [Math.floor(fromX), Math.floor(fromY)];
        const [x1, y1] = [Math.min(S - 1, x0 + 1), Math.min(S - 1, y0 + 1)];
        const [wx, wy, wz] = [fromX - x0, fromY - y0, fromZ - z0];
        const row = (at: number): number => cube[at + x0]! * (1 - wx) + cube[at + x1]! * wx;
        const plane = (at: number): number => row((at * S + y0) * S) * (1 - wy) + row((at * S + y1) * S) * wy;
        const value = plane(z0) * (1 - wz) + plane(z1) * wz;
        out[(z * S + y) * S + x] = Math.min(1, Math.max(0, gain * value ** gamma));
      }
  }
}
