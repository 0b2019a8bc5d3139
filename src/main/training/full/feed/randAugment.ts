import { normalNumbers } from '@main/model/random';

/**
 * RandAugment (Cubuk et al. 2020) as DeiT uses it, timm's `rand-m9-mstd0.5-inc1`: two operations, each done half of the time, at a
 * strength of 9 ± .5 out of 10.
 */
const COUNT = 2;
const OFTEN = 0.5;
const STRENGTH = 9;
const SPREAD = 0.5;
const MOST = 10;

const NAMES = [
  'auto-contrast',
  'equalise',
  'invert',
  'posterise',
  'solarise',
  'solarise-add',
  'colour',
  'contrast',
  'brightness',
  'sharpness',
  'shear-x',
  'shear-y',
  'shift-x',
  'shift-y',
  'turn',
] as const;
type Name = (typeof NAMES)[number];

/** One operation; what its value means hangs on its name. */
export interface Operation {
  readonly name: Name;
  readonly value: number;
}

/** @param sides do not matter: only then may pictures turn */
export function drawOperations(uniform: () => number, sides: boolean): Operation[] {
  const normal = normalNumbers(uniform);
  const names = sides ? NAMES : NAMES.filter((name) => name !== 'turn');
  return Array.from({ length: COUNT }, () => {
    const name = names[Math.floor(uniform() * names.length)]!;
    const strength = Math.min(MOST, Math.max(0, STRENGTH + SPREAD * normal())) / MOST;
    const sign = uniform() < 0.5 ? -1 : 1;
    return uniform() < OFTEN ? { name, value: valueOf(name, strength, sign) } : null;
  }).filter((one) => one !== null);
}

/** Strength in [0, 1] as timm's `increasing` levels read it. */
function valueOf(name: Name, strength: number, sign: number): number {
  switch (name) {
    case 'posterise':
      return 4 - Math.trunc(strength * 4); // bits
    case 'solarise':
      return 1 - strength; // what is brighter is inverted
    case 'solarise-add':
      return (110 / 255) * strength;
    case 'colour':
    case 'contrast':
    case 'brightness':
    case 'sharpness':
      return Math.max(0.1, 1 + sign * 0.9 * strength);
    case 'shear-x':
    case 'shear-y':
      return sign * 0.3 * strength;
    case 'shift-x':
    case 'shift-y':
      return sign * 0.45 * strength; // of the side
    case 'turn':
      return (sign * strength * Math.PI) / 6;
    default:
      return 0;
  }
}

/** Changes a picture in place. @param picture [S, S, C] in [0, 1] */
export function operate(picture: Float32Array, side: number, { name, value }: Operation): void {
  const channels = picture.length / side ** 2;
  switch (name) {
    case 'auto-contrast':
      return eachChannel(picture, channels, stretched);
    case 'equalise':
      return eachChannel(picture, channels, equalised);
    case 'invert':
      return map(picture, (v) => 1 - v);
    case 'posterise': {
      const step = 2 ** (8 - value);
      return map(picture, (v) => (Math.floor(Math.round(v * 255) / step) * step) / 255);
    }
    case 'solarise':
      return map(picture, (v) => (v >= value ? 1 - v : v));
    case 'solarise-add':
      return map(picture, (v) => (v < 128 / 255 ? v + value : v));
    case 'brightness':
      return map(picture, (v) => v * value);
    case 'contrast': {
      const mean = grey(picture, channels).reduce((a, b) => a + b, 0) / side ** 2;
      return map(picture, (v) => mean + (v - mean) * value);
    }
    case 'colour': {
      if (channels === 1) return;
      const greys = grey(picture, channels);
      return map(picture, (v, i) => greys[Math.floor(i / channels)]! * (1 - value) + v * value);
    }
    case 'sharpness':
      return sharpen(picture, side, channels, value);
    case 'shear-x':
      return move(picture, side, channels, [1, value, 0, 0, 1, 0]);
    case 'shear-y':
      return move(picture, side, channels, [1, 0, 0, value, 1, 0]);
    case 'shift-x':
      return move(picture, side, channels, [1, 0, value * side, 0, 1, 0]);
    case 'shift-y':
      return move(picture, side, channels, [1, 0, 0, 0, 1, value * side]);
    case 'turn': {
      const [cos, sin] = [Math.cos(value), Math.sin(value)];
      return move(picture, side, channels, [cos, sin, 0, -sin, cos, 0]);
    }
  }
}

const inside = (value: number): number => Math.min(1, Math.max(0, value));

function map(picture: Float32Array, to: (value: number, at: number) => number): void {
  for (let i = 0; i < picture.length; i++) picture[i] = inside(to(picture[i]!, i));
}

/** One channel's values by what it holds. */
type Curve = (values: Float32Array, channel: number, channels: number) => (value: number) => number;

function eachChannel(picture: Float32Array, channels: number, curve: Curve): void {
  for (let c = 0; c < channels; c++) {
    const to = curve(picture, c, channels);
    for (let i = c; i < picture.length; i += channels) picture[i] = inside(to(picture[i]!));
  }
}

const stretched: Curve = (values, channel, channels) => {
  let [low, high] = [Infinity, -Infinity];
  for (let i = channel; i < values.length; i += channels) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  return (value) => (high > low ? (value - low) / (high - low) : value);
};

/** Pillow's `equalize`: by the histogram of 256 steps. */
const equalised: Curve = (values, channel, channels) => {
  const counts = new Uint32Array(256);
  let total = 0;
  for (let i = channel; i < values.length; i += channels, total++) counts[Math.round(values[i]! * 255)]!++;
  const last = counts.findLast((count) => count > 0) ?? 0;
  const step = Math.floor((total - last) / 255);
  if (step === 0) return (value) => value;
  const table = new Float32Array(256);
  let sum = Math.floor(step / 2);
  counts.forEach((count, i) => {
    table[i] = Math.min(255, Math.floor(sum / step)) / 255;
    sum += count;
  });
  return (value) => table[Math.round(value * 255)]!;
};

/** Luminance (ITU-R 601-2). @returns [S, S] */
function grey(picture: Float32Array, channels: number): Float32Array {
  if (channels === 1) return picture;
  return Float32Array.from(
    { length: picture.length / channels },
    (_, i) => 0.299 * picture[3 * i]! + 0.587 * picture[3 * i + 1]! + 0.114 * picture[3 * i + 2]!,
  );
}

/** Away from, or towards, Pillow's smoothed picture; its outermost pixels stay. */
function sharpen(picture: Float32Array, side: number, channels: number, value: number): void {
  const before = picture.slice();
  const row = side * channels;
  for (let y = 1; y < side - 1; y++)
    for (let x = channels; x < row - channels; x++) {
      const at = y * row + x;
      let sum = 4 * before[at]!;
      for (const down of [-row, 0, row])
        for (const right of [-channels, 0, channels]) sum += before[at + down + right]!;
      picture[at] = inside((sum / 13) * (1 - value) + before[at]! * value);
    }
}

/**
 * Each pixel from where an affine map about the centre sends it (bilinear); black from outside, as padding is.
 * @param by x' = a x + b y + c, y' = d x + e y + f
 */
function move(
  picture: Float32Array,
  side: number,
  channels: number,
  by: readonly [number, number, number, number, number, number],
): void {
  const [a, b, c, d, e, f] = by;
  const before = picture.slice();
  const centre = (side - 1) / 2;
  const value = (x: number, y: number, channel: number): number =>
    x < 0 || y < 0 || x >= side || y >= side ? 0 : before[(y * side + x) * channels + channel]!;
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [dx, dy] = [x - centre, y - centre];
      const fromX = centre + a * dx + b * dy + c;
      const fromY = centre + d * dx + e * dy + f;
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [wx, wy] = [fromX - left, fromY - top];
      for (let k = 0; k < channels; k++)
        picture[(y * side + x) * channels + k] =
          (value(left, top, k) * (1 - wx) + value(left + 1, top, k) * wx) * (1 - wy) +
          (value(left, top + 1, k) * (1 - wx) + value(left + 1, top + 1, k) * wx) * wy;
    }
}
