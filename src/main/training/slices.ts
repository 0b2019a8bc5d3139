import { createHash } from 'node:crypto';
import type { InputRecipe } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Frame } from '@shared/pixels';
import type { EncoderPass } from './encoderProgram';
import { cutsOf, normalise, squareOf } from './input';
import type { Plane } from './input';
import { PLACES } from './taps';

/** So many slices' features are remembered, those met last: blank ones come again in every volume. */
const MOST_KNOWN = 4096;

/** Features of one slice. */
export interface SliceFeatures {
  /** [5 · 2e] */
  readonly probe: Float32Array;
  /** The tapped layers' CLS token, where the pass gives it. [E] */
  readonly cls: Float32Array | null;
}

/** A slice whose features are there, or wait for the next pass. */
interface Slice {
  cut: (() => Plane) | null;
  features: SliceFeatures | null;
}

/** Slices through volumes along all three axes; equal ones are computed once. */
export class SliceEncoder {
  private readonly known = new Map<string, Slice>();
  private waiting: Slice[] = [];

  constructor(
    private readonly pass: EncoderPass,
    private readonly input: InputRecipe,
    private readonly signal?: AbortSignal,
  ) {}

  /** @returns features of every slice, [volume][axis][slice] */
  async features(volumes: readonly Frame[]): Promise<SliceFeatures[][][]> {
    const slices = volumes.map((frame) => cutsOf(frame, this.input).map((cuts) => cuts.map((cut) => this.find(cut))));
    await this.computeWaiting();
    const answer = slices.map((axes) => axes.map((list) => list.map((slice) => slice.features!)));
    for (const key of this.known.keys()) {
      if (this.known.size <= MOST_KNOWN) break;
      this.known.delete(key);
    }
    return answer;
  }

  private find(cut: () => Plane): Slice {
    const { width, height, channels, values } = cut();
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    const key = `${width} ${height} ${channels} ${createHash('sha1').update(bytes).digest('base64')}`;
    let slice = this.known.get(key);
    if (slice) this.known.delete(key);
    else this.waiting.push((slice = { cut, features: null }));
    this.known.set(key, slice); // the last one met stands last
    return slice;
  }

  /** In batches; the last is filled up. */
  private async computeWaiting(): Promise<void> {
    const { waiting, pass } = this;
    this.waiting = [];
    const size = this.input.imageSize ** 2 * 3;
    const { shape } = pass.program.inputs.pixels!;
    const data = new Float32Array(pass.batch * size);
    for (let at = 0; at < waiting.length; at += pass.batch) {
      if (this.signal?.aborted) throw new UserError('cancelled', 'the computation of features was stopped');
      const part = waiting.slice(at, at + pass.batch);
      part.forEach((slice, i) => data.set(normalise(squareOf(slice.cut!(), this.input)), i * size));
      const { probe, cls } = await pass.program.run({ pixels: { dtype: 'float32', shape, data } });
      const row = (from: Float32Array, i: number): Float32Array => {
        const width = from.length / pass.batch;
        return from.slice(i * width, (i + 1) * width);
      };
      part.forEach((slice, i) => {
        slice.cut = null;
        slice.features = {
          probe: row(probe!.data as Float32Array, i),
          cls: cls ? row(cls.data as Float32Array, i) : null,
        };
      });
    }
  }
}

/**
 * Slices of one axis spread over the sequence's places: each place takes the mean of the slices that it covers, weighted by
 * how much of each.
 * @param rows [slices], [E] each @param out [PLACES, E], zeros, filled from its start
 */
export function spreadOver(rows: readonly Float32Array[], out: Float32Array): void {
  const width = rows[0]!.length;
  const step = rows.length / PLACES;
  for (let place = 0; place < PLACES; place++) {
    const [from, to] = [place * step, (place + 1) * step];
    for (let i = Math.floor(from); i < Math.min(rows.length, Math.ceil(to)); i++) {
      const share = (Math.min(to, i + 1) - Math.max(from, i)) / step;
      if (share <= 1e-9) continue;
      for (let j = 0; j < width; j++) out[place * width + j]! += share * rows[i]![j]!;
    }
  }
}

/** out[j] = mean over `rows` of row[j]. */
export function meanOf(rows: readonly Float32Array[], out: Float32Array): void {
  const sums = new Float64Array(out.length);
  for (const row of rows) for (let j = 0; j < sums.length; j++) sums[j]! += row[j]!;
  for (let j = 0; j < sums.length; j++) out[j] = sums[j]! / rows.length;
}
