import { normalNumbers, randomNumbers } from '@main/model/random';
import { normalise } from '../../input';
import { applyChange } from '../augment';
import type { SampleKind } from '../pictures';
import { changeCube } from '../volumes';
import type { Box, MixPlan, PicturePlan } from './plan';
import { operate } from './randAugment';

/** What a thread makes of pictures: one batch. */
export interface BatchTask {
  readonly kind: SampleKind;
  /** Of each: [S, S, C] in [0, 1], grey ones with one channel; or cubes. */
  readonly wholes: readonly Float32Array[];
  /** Of each; null: as it is. */
  readonly plans: readonly (PicturePlan | null)[];
  /** Of pictures alone. */
  readonly mix: MixPlan | null;
  /** Of a picture. */
  readonly side: number;
  /** Samples that a batch holds; what is missing is zero. */
  readonly size: number;
}

/** @returns [size, S, S, 3], normalised; of cubes [size, S, S, S] */
export function makeBatch(task: BatchTask): Float32Array<ArrayBuffer> {
  return task.kind === 'picture' ? picturesOf(task) : cubesOf(task);
}

function cubesOf({ wholes, plans, size }: BatchTask): Float32Array<ArrayBuffer> {
  const length = wholes[0]!.length;
  const out = new Float32Array(size * length);
  wholes.forEach((cube, i) => {
    const to = out.subarray(i * length, (i + 1) * length);
    const change = plans[i]?.change;
    if (change) changeCube(cube, change, to);
    else to.set(cube);
  });
  return out;
}

function picturesOf({ wholes: pictures, plans, mix, side, size }: BatchTask): Float32Array<ArrayBuffer> {
  const length = side ** 2 * 3;
  const out = new Float32Array(size * length);
  pictures.forEach((picture, i) => {
    const to = out.subarray(i * length, (i + 1) * length);
    const plan = plans[i] ?? null;
    seenBy(picture, side, plan, to);
    normalise(to);
    if (plan?.erased) erase(to, side, plan.erased.box, plan.erased.seed);
  });
  if (mix) blend(out.subarray(0, pictures.length * length), pictures.length, side, mix);
  return out;
}

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

/** A box in pixels. */
export function pixelsOf({ left, top, width, height }: Box, side: number): [number, number, number, number] {
  const [x0, y0] = [Math.round(left * side), Math.round(top * side)];
  return [x0, y0, Math.round((left + width) * side), Math.round((top + height) * side)];
}

/** Standard normal noise in a box. @param picture [S, S, 3], normalised */
function erase(picture: Float32Array, side: number, box: Box, seed: number): void {
  const normal = normalNumbers(randomNumbers(seed));
  const [x0, y0, x1, y1] = pixelsOf(box, side);
  for (let y = y0; y < y1; y++) for (let i = (y * side + x0) * 3; i < (y * side + x1) * 3; i++) picture[i] = normal();
}

/** The share of its own picture that each one keeps: of a cut box by its area in whole pixels. */
export function ownShare({ own, box }: MixPlan, side: number): number {
  if (!box) return own;
  const [x0, y0, x1, y1] = pixelsOf(box, side);
  return 1 - ((x1 - x0) * (y1 - y0)) / side ** 2;
}

/** Each picture with its partner: the first with the last, the second with the one before that. @param out [rows, S, S, 3] */
function blend(out: Float32Array, rows: number, side: number, { own, box }: MixPlan): void {
  const length = side ** 2 * 3;
  const [x0, y0, x1, y1] = box ? pixelsOf(box, side) : [0, 0, side, side];
  for (let i = 0; i < rows >> 1; i++) {
    const a = out.subarray(i * length, (i + 1) * length);
    const b = out.subarray((rows - 1 - i) * length, (rows - i) * length);
    for (let y = y0; y < y1; y++)
      for (let at = (y * side + x0) * 3; at < (y * side + x1) * 3; at++) {
        const [mine, theirs] = [a[at]!, b[at]!];
        a[at] = box ? theirs : own * mine + (1 - own) * theirs;
        b[at] = box ? mine : own * theirs + (1 - own) * mine;
      }
  }
}
