import type { InputRecipe } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { asImage, inputPlanes, normalise } from '../input';
import { applyChange } from './augment';
import type { Change } from './augment';

/** Pictures of at most so many bytes are held ready; the others are made again from their pixels each time. */
const MOST_IN_MEMORY = 512 * 1024 ** 2;

/** The pictures of a run's samples at the network's size, with or without a change. */
export class Pictures {
  private readonly held = new Map<number, Float32Array>();
  private bytes = 0;

  constructor(
    private readonly frame: (row: number) => Promise<Frame>,
    private readonly input: InputRecipe,
  ) {}

  /** Numbers of one picture. */
  get size(): number {
    return this.input.imageSize ** 2 * 3;
  }

  /**
   * Writes normalised pictures, one behind the other.
   * @param change of a row; null: as it is @param out [rows, S, S, 3]
   */
  async read(rows: readonly number[], change: (row: number) => Change | null, out: Float32Array): Promise<void> {
    for (const [i, row] of rows.entries()) {
      const to = out.subarray(i * this.size, (i + 1) * this.size);
      seenWith(await this.picture(row), this.input.imageSize, change(row), to);
      normalise(to);
    }
  }

  /** [S, S, C] in [0, 1]; grey ones with one channel. */
  private async picture(row: number): Promise<Float32Array> {
    const known = this.held.get(row);
    if (known) return known;
    const square = pictureOf(await this.frame(row), this.input);
    if (this.bytes + square.byteLength <= MOST_IN_MEMORY) {
      this.held.set(row, square);
      this.bytes += square.byteLength;
    }
    return square;
  }
}

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
