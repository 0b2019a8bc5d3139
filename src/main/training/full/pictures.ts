import type { InputRecipe } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { asImage, inputPlanes, normalise } from '../input';
import { VOLUME_SIDE } from '../encoderChoice';
import { applyChange } from './augment';
import type { Change } from './augment';
import { changeIn } from './views';
import type { ChangeRule } from './views';
import { changeCube, cubeOf } from './volumes';

/** Pictures of at most so many bytes are held ready; the others are made again from their pixels each time. */
const MOST_IN_MEMORY = 512 * 1024 ** 2;

/** Samples at the network's size, with or without a change: what is costly to make of a frame is held, as far as there is room. */
export class Pictures {
  private readonly held = new Map<number, Float32Array>();
  private bytes = 0;

  constructor(
    private readonly frame: (row: number) => Promise<Frame>,
    private readonly kind: SampleKind,
    private readonly rule: ChangeRule,
  ) {}

  /**
   * Writes what the network reads, one sample behind the other.
   * @param epoch by whose change; null: as they are @param out [rows, …]
   */
  async read(rows: readonly number[], epoch: number | null, out: Float32Array): Promise<void> {
    const { size, write } = this.kind;
    for (const [i, row] of rows.entries())
      write(await this.whole(row), changeIn(this.rule, row, epoch), out.subarray(i * size, (i + 1) * size));
  }

  dispose(): Promise<void> {
    this.held.clear();
    return Promise.resolve();
  }

  private async whole(row: number): Promise<Float32Array> {
    const known = this.held.get(row);
    if (known) return known;
    const made = this.kind.of(await this.frame(row));
    if (this.bytes + made.byteLength <= MOST_IN_MEMORY) {
      this.held.set(row, made);
      this.bytes += made.byteLength;
    }
    return made;
  }
}

/** What a sample is to a network. */
export interface SampleKind {
  /** Numbers of one sample as the network reads it. */
  readonly size: number;
  /** What every view of a frame is made of. */
  of(frame: Frame): Float32Array;
  write(whole: Float32Array, change: Change | null, out: Float32Array): void;
}

/** Square pictures, normalised: [S, S, 3]. */
export const asPictures = (input: InputRecipe): SampleKind => ({
  size: input.imageSize ** 2 * 3,
  of: (frame) => pictureOf(frame, input),
  write(square, change, out) {
    seenWith(square, input.imageSize, change, out);
    normalise(out);
  },
});

/** Cubes in [0, 1], whose patches the network normalises: [S, S, S]. */
export const asCubes = (input: InputRecipe): SampleKind => ({
  size: VOLUME_SIDE ** 3,
  of: (frame) => cubeOf(frame, input),
  write: (cube, change, out) => (change ? changeCube(cube, change, out) : out.set(cube)),
});

/** What the network sees of a frame before any change, in [0, 1]. @returns [S, S, C], one channel where all three are equal */
export function pictureOf(frame: Frame, input: InputRecipe): Float32Array {
  const rgb = inputPlanes(frame, input)[0]!;
  return frame.channels === 3 ? rgb : Float32Array.from({ length: rgb.length / 3 }, (_, i) => rgb[3 * i]!);
}

/** @param out [S, S, 3] in [0, 1] */
export function seenWith(square: Float32Array, side: number, change: Change | null, out: Float32Array): void {
  if (change) applyChange(square, side, change, out);
  else if (square.length === out.length) out.set(square);
  else for (let i = 0; i < square.length; i++) out.fill(square[i]!, 3 * i, 3 * i + 3);
}

/** What the network sees of a changed picture: RGB bytes. */
export function changedImage(frame: Frame, input: InputRecipe, change: Change): Frame {
  const out = new Float32Array(input.imageSize ** 2 * 3);
  seenWith(pictureOf(frame, input), input.imageSize, change, out);
  return asImage(frame.key, [out], input.imageSize);
}
