import { normalNumbers, randomNumbers } from '@main/model/random';
import { normalise } from '../../input';
import type { SampleKind } from '../pictures';
import { changedStack, sliceCount } from '../slices';
import type { SliceAxes } from '../slices';
import { changeCube } from '../volumes';
import type { Box, MixPlan, PicturePlan } from './plan';
import { seenBy } from './seen';

/** What a thread makes of pictures: one batch. */
export interface BatchTask {
  readonly kind: SampleKind;
  /** Of each: [S, S, C] in [0, 1], grey ones with one channel; or cubes; or slices [places, S, S, C]. */
  readonly wholes: readonly Float32Array[];
  /** Of each; null: as it is. */
  readonly plans: readonly (PicturePlan | null)[];
  /** Of pictures alone. */
  readonly mix: MixPlan | null;
  /** Of a picture or slice. */
  readonly side: number;
  /** Samples that a batch holds; what is missing is zero. */
  readonly size: number;
}

/** @returns [size, S, S, 3], normalised; of cubes [size, S, S, S]; of slices [size, places, S, S, 3], normalised */
export function makeBatch(task: BatchTask): Float32Array<ArrayBuffer> {
  switch (task.kind) {
    case 'picture':
      return picturesOf(task);
    case 'cube':
      return cubesOf(task);
    case 'slices-one':
      return stacksOf(task, 'one');
    case 'slices-three':
      return stacksOf(task, 'three');
  }
}

function stacksOf({ wholes, plans, side, size }: BatchTask, axes: SliceAxes): Float32Array<ArrayBuffer> {
  const length = sliceCount(axes) * side ** 2 * 3;
  const out = new Float32Array(size * length);
  wholes.forEach((stack, i) => changedStack(stack, side, plans[i] ?? null, out.subarray(i * length, (i + 1) * length)));
  return out;
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
