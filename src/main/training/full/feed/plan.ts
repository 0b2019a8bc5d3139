import type { Augmentation } from '@shared/domain';
import { normalNumbers } from '@main/model/random';
import { changeOf } from '../augment';
import type { Change } from '../augment';
import { drawOperations } from './randAugment';
import type { Operation } from './randAugment';
import { numbersAt } from './seeds';

/** A box of a picture, in shares of its side. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** All that happens to one picture before the network sees it, in this order. */
export interface PicturePlan {
  /** What is shown of it. */
  readonly crop: Box | null;
  /** Left and right exchanged, after a crop; `change` has a flip of its own. */
  readonly flip: boolean;
  readonly change: Change | null;
  readonly operations: readonly Operation[];
  /** Filled with noise, once the picture is normalised. */
  readonly erased: { readonly box: Box; readonly seed: number } | null;
}

/** How the pictures of a batch are put together with those of the same batch in reverse order. */
export interface MixPlan {
  /** Share of its own that each picture keeps. */
  readonly own: number;
  /** The others' part of the picture; null: both are blended all over. */
  readonly box: Box | null;
}

const STREAMS = { crop: 1, rand: 2, erase: 3, mix: 4 } as const;

/**
 * The plan of one sample in one epoch; null where it stays as it is.
 * @param epoch from 0 @param sides do not matter: flips and turns are allowed
 */
export function planOf(recipe: Augmentation, epoch: number, row: number, sides: boolean): PicturePlan | null {
  const { seed, augment, crop, erase } = recipe;
  const rand = augment === 'rand';
  if (augment === 'none' && crop === 1 && erase === 0) return null;
  const sideNumbers = numbersAt(seed, STREAMS.crop, epoch, row);
  const shown = crop < 1 ? cropBox(crop, sideNumbers) : null;
  return {
    crop: shown,
    flip: sides && rand && numbersAt(seed, STREAMS.rand, epoch, row)() < 0.5,
    change: augment === 'mild' ? changeOf(seed, epoch, row, sides) : null,
    operations: rand ? drawOperations(numbersAt(seed, STREAMS.rand + 8, epoch, row), sides) : [],
    erased: erase > 0 ? erasedBox(erase, numbersAt(seed, STREAMS.erase, epoch, row)) : null,
  };
}

/** The mixing of one batch; null where its pictures stay apart. @param at number of the batch in its epoch */
export function mixOf(recipe: Augmentation, epoch: number, at: number): MixPlan | null {
  const { seed, mixup, cutmix } = recipe;
  if (mixup === 0 && cutmix === 0) return null;
  const uniform = numbersAt(seed, STREAMS.mix, epoch, at);
  // timm's `Mixup` with both: either, equally often.
  const cut = cutmix > 0 && (mixup === 0 || uniform() < 0.5);
  const own = betaNumber(cut ? cutmix : mixup, uniform);
  if (!cut) return { own, box: null };
  const size = Math.sqrt(1 - own);
  const [x, y] = [uniform(), uniform()];
  const [left, top] = [Math.max(0, x - size / 2), Math.max(0, y - size / 2)];
  const [right, bottom] = [Math.min(1, x + size / 2), Math.min(1, y + size / 2)];
  return { own, box: { left, top, width: right - left, height: bottom - top } };
}

/** torchvision's `RandomResizedCrop`: an area between `least` and 1, sides as 3 : 4 to 4 : 3. */
function cropBox(least: number, uniform: () => number): Box {
  for (let i = 0; i < 10; i++) {
    const area = least + (1 - least) * uniform();
    const ratio = Math.exp((2 * uniform() - 1) * Math.log(4 / 3));
    const [width, height] = [Math.sqrt(area * ratio), Math.sqrt(area / ratio)];
    if (width <= 1 && height <= 1)
      return { left: uniform() * (1 - width), top: uniform() * (1 - height), width, height };
  }
  return { left: 0, top: 0, width: 1, height: 1 };
}

/** timm's `RandomErasing`: a box of 2 % to a third of the area, sides as 1 : 3.3 to 3.3 : 1. */
function erasedBox(often: number, uniform: () => number): PicturePlan['erased'] {
  if (uniform() >= often) return null;
  for (let i = 0; i < 10; i++) {
    const area = 0.02 + (1 / 3 - 0.02) * uniform();
    const ratio = Math.exp((2 * uniform() - 1) * Math.log(10 / 3));
    const [width, height] = [Math.sqrt(area * ratio), Math.sqrt(area / ratio)];
    if (width >= 1 || height >= 1) continue;
    const box = { left: uniform() * (1 - width), top: uniform() * (1 - height), width, height };
    return { box, seed: Math.floor(uniform() * 2 ** 32) };
  }
  return null;
}

/** Beta(a, a) as the share of one of two gamma numbers. */
function betaNumber(a: number, uniform: () => number): number {
  const normal = normalNumbers(uniform);
  const [x, y] = [gammaNumber(a, uniform, normal), gammaNumber(a, uniform, normal)];
  return x + y > 0 ? x / (x + y) : 0.5;
}

/** Marsaglia and Tsang (2000); below 1 by one more uniform number. */
function gammaNumber(a: number, uniform: () => number, normal: () => number): number {
  if (a < 1) return gammaNumber(a + 1, uniform, normal) * Math.max(uniform(), Number.MIN_VALUE) ** (1 / a);
  const d = a - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(Math.max(uniform(), Number.MIN_VALUE)) < 0.5 * x * x + d - d * v + d * Math.log(v))
      return d * v;
  }
}
