import { applyChange } from '../augment';
import type { Box, PicturePlan } from './plan';
import { operate } from './randAugment';

/** A picture as the network sees it, but for noise and mixing. @param out [S, S, 3] in [0, 1] */
export function seenBy(picture: Float32Array, side: number, plan: PicturePlan | null, out: Float32Array): void {
  if (!plan) return repeated(picture, out);
  const { crop, flip, change, operations } = plan;
  const changed = crop || flip ? resampled(picture, side, crop ?? WHOLE, flip) : picture.slice();
  for (const operation of operations) operate(changed, side, operation);
  if (change) applyChange(changed, side, change, out);
  else repeated(changed, out);
}

const WHOLE: Box = { left: 0, top: 0, width: 1, height: 1 };

/** Three channels of one. */
function repeated(picture: Float32Array, out: Float32Array): void {
  if (picture.length === out.length) out.set(picture);
  else for (let i = 0; i < picture.length; i++) out.fill(picture[i]!, 3 * i, 3 * i + 3);
}

/** A box of a picture at the picture's own size (bilinear), flipped where asked for. */
function resampled(picture: Float32Array, side: number, box: Box, flip: boolean): Float32Array {
  const channels = picture.length / side ** 2;
  const out = new Float32Array(picture.length);
  const inside = (at: number): number => Math.min(side - 1, Math.max(0, at));
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const across = flip ? side - 1 - x : x;
      const fromX = inside(box.left * side + (across + 0.5) * box.width - 0.5);
      const fromY = inside(box.top * side + (y + 0.5) * box.height - 0.5);
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [right, below] = [Math.min(side - 1, left + 1), Math.min(side - 1, top + 1)];
      const [wx, wy] = [fromX - left, fromY - top];
      for (let c = 0; c < channels; c++) {
        const at = (row: number, column: number): number => picture[(row * side + column) * channels + c]!;
        const upper = at(top, left) * (1 - wx) + at(top, right) * wx;
        const lower = at(below, left) * (1 - wx) + at(below, right) * wx;
        out[(y * side + x) * channels + c] = upper * (1 - wy) + lower * wy;
      }
    }
  return out;
}
