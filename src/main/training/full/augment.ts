import { randomNumbers } from '@main/model/random';

/** How one picture is changed before the network sees it. */
export interface Change {
  /** Left and right exchanged. */
  readonly flip: boolean;
  /** Radians. */
  readonly turn: number;
  /** Above 1 the picture grows. */
  readonly scale: number;
  /** In shares of the side. */
  readonly right: number;
  readonly down: number;
  /** v → gain · v^gamma of a value in [0, 1]: black padding stays black. */
  readonly gamma: number;
  readonly gain: number;
}

/** Greatest changes of `mild`. */
const SHIFT = 0.04;
const SCALE = 1.08;
const TURN = (7 * Math.PI) / 180;
const GAMMA = 1.15;
const GAIN = 0.08;

/**
 * The change of one sample in one epoch. It hangs on nothing but these numbers, so that a resumed run draws it again and the
 * page can show it before the run begins.
 * @param epoch from 0 @param sides do not matter: flips and turns are allowed
 */
export function changeOf(seed: number, epoch: number, row: number, sides: boolean): Change {
  const uniform = randomNumbers(
    (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(epoch + 1, 0xc2b2ae35) ^ Math.imul(row + 1, 0x27d4eb2f)) >>> 0,
  );
  const around = (most: number): number => (2 * uniform() - 1) * most;
  // All are drawn always: what the project allows moves no other number.
  const [right, down, size, gamma, gain, turn, side] = [
    around(SHIFT),
    around(SHIFT),
    around(Math.log(SCALE)),
    around(Math.log(GAMMA)),
    around(GAIN),
    around(TURN),
    uniform(),
  ];
  return {
    flip: sides && side < 0.5,
    turn: sides ? turn : 0,
    scale: Math.exp(size),
    right,
    down,
    gamma: Math.exp(gamma),
    gain: 1 + gain,
  };
}

/**
 * Moves, scales, turns and flips a square picture about its centre (bilinear, borders repeated) and changes its intensities.
 * @param picture [S, S, C] in [0, 1] @param out [S, S, 3]: a single channel is repeated
 */
export function applyChange(picture: Float32Array, side: number, change: Change, out: Float32Array): void {
  const channels = picture.length / side ** 2;
  const { flip, turn, scale, right, down, gamma, gain } = change;
  const centre = (side - 1) / 2;
  const [cos, sin] = [Math.cos(turn) / scale, Math.sin(turn) / scale];
  const tone = (value: number): number => Math.min(1, Math.max(0, gain * value ** gamma));
  const inside = (at: number): number => Math.min(side - 1, Math.max(0, at));
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const dx = x - centre - right * side;
      const dy = y - centre - down * side;
      const across = cos * dx + sin * dy;
      const fromX = inside(centre + (flip ? -across : across));
      const fromY = inside(centre - sin * dx + cos * dy);
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [nextX, nextY] = [Math.min(side - 1, left + 1), Math.min(side - 1, top + 1)];
      const [wx, wy] = [fromX - left, fromY - top];
      for (let c = 0; c < 3; c++) {
        const channel = channels === 3 ? c : 0;
        const at = (row: number, column: number): number => picture[(row * side + column) * channels + channel]!;
        const upper = at(top, left) * (1 - wx) + at(top, nextX) * wx;
        const lower = at(nextY, left) * (1 - wx) + at(nextY, nextX) * wx;
        out[(y * side + x) * 3 + c] = tone(upper * (1 - wy) + lower * wy);
      }
    }
}
