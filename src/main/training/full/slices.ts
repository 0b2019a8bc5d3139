import type { InputRecipe } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { asImage, cutsOf, normalise, squareOf } from '../input';
import { spreadOver } from '../slices';
import { PLACES } from '../taps';
import { seenBy } from './feed/seen';
import type { PicturePlan } from './feed/plan';

/** Which slices of a volume a trained 2D encoder reads: those along its first axis, or along all three. */
export type SliceAxes = 'one' | 'three';

/** Pictures that a volume is. */
export const sliceCount = (axes: SliceAxes): number => PLACES * (axes === 'one' ? 1 : 3);

/**
 * A volume as the pictures that the encoder reads: each axis's slices at the network's size, spread over its places where there are
 * more or fewer of them (a place takes the mean of what it covers, weighted by how much).
 * @returns [places, S, S, C] in [0, 1], grey ones with one channel
 */
export function stackOf(frame: Frame, input: InputRecipe, axes: SliceAxes): Float32Array<ArrayBuffer> {
  const channels = frame.channels === 3 ? 3 : 1;
  const size = input.imageSize ** 2 * channels;
  const cuts = cutsOf(frame, input).slice(0, axes === 'one' ? 1 : 3);
  const out = new Float32Array(cuts.length * PLACES * size);
  cuts.forEach((slices, axis) => {
    const planes = slices.map((cut) => {
      const rgb = squareOf(cut(), input);
      return channels === 3 ? rgb : Float32Array.from({ length: size }, (_, i) => rgb[3 * i]!);
    });
    const to = out.subarray(axis * PLACES * size, (axis + 1) * PLACES * size);
    if (planes.length === PLACES) planes.forEach((plane, i) => to.set(plane, i * size));
    else spreadOver(planes, to);
  });
  return out;
}

/**
 * A volume's slices as the network sees them.
 * @param stack [places, S, S, C] in [0, 1] @param out [places, S, S, 3], normalised
 */
export function changedStack(stack: Float32Array, side: number, plan: PicturePlan | null, out: Float32Array): void {
  const length = side ** 2 * 3;
  const places = out.length / length;
  for (let place = 0; place < places; place++)
    changedSlice(stack, side, places, place, plan, out.subarray(place * length, (place + 1) * length));
  normalise(out);
}

/** The third axis goes from one side of the patient to the other: its slices show no sides. */
const SIDE_TO_SIDE = 2;

/**
 * One slice, changed as all of its volume are, within its plane. Mirroring exchanges the volume's sides: slices that lie from side to side
 * change places instead.
 * @param stack [places, S, S, C] in [0, 1] @param out [S, S, 3] in [0, 1]
 */
function changedSlice(
  stack: Float32Array,
  side: number,
  places: number,
  place: number,
  plan: PicturePlan | null,
  out: Float32Array,
): void {
  const size = stack.length / places;
  const first = SIDE_TO_SIDE * PLACES;
  const changesPlace = plan?.change?.flip === true && place >= first;
  const from = changesPlace ? 2 * first + PLACES - 1 - place : place;
  const picture = stack.subarray(from * size, (from + 1) * size);
  seenBy(picture, side, plan && changesPlace ? unmirrored(plan) : plan, out);
}

const unmirrored = (plan: PicturePlan): PicturePlan => ({
  ...plan,
  change: plan.change && { ...plan.change, flip: false },
});

/** What the network sees of a volume in the first epoch, RGB bytes: the middle slice of each axis, [axes, S, S, 3]. */
export function stackImage(frame: Frame, input: InputRecipe, axes: SliceAxes, plan: PicturePlan | null): Frame {
  const side = input.imageSize;
  const stack = stackOf(frame, input, axes);
  const places = sliceCount(axes);
  const planes = Array.from({ length: places / PLACES }, (_, axis) => {
    const seen = new Float32Array(side ** 2 * 3);
    changedSlice(stack, side, places, axis * PLACES + (PLACES >> 1), plan, seen);
    return seen;
  });
  return asImage(frame.key, planes, side);
}
