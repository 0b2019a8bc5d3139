import type { Augmentation, InputRecipe } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { asImage, denormalise, inputPlanes } from '../input';
import { makeBatch } from './feed/batch';
import { mixOf, planOf } from './feed/plan';
import type { FeedThreads } from './feed/threads';
import { planIn } from './views';
import type { ChangeRule } from './views';

/** Samples of at most so many bytes are held ready; the others are made again from their pixels each time. */
const MOST_IN_MEMORY = 512 * 1024 ** 2;

/**
 * What a sample is to a network: a square picture, normalised [S, S, 3]; a cube in [0, 1] whose patches the network normalises [S, S, S];
 * or a volume's slices along one axis or three, normalised [places, S, S, 3].
 */
export type SampleKind = 'picture' | 'cube' | 'slices-one' | 'slices-three';

/** Where in a training a batch stands: all that its changes hang on beside the samples. */
export interface BatchPlace {
  readonly epoch: number;
  /** Of the batch in its epoch. */
  readonly number: number;
}

/** Samples at the network's size, with or without a change: threads make them ready, and what is costly to make of a frame is held. */
export class Pictures {
  private readonly held = new Map<number, Float32Array>();
  private bytes = 0;

  constructor(
    private readonly frame: (row: number) => Promise<Frame>,
    private readonly kind: SampleKind,
    private readonly input: InputRecipe,
    private readonly rule: ChangeRule,
    private readonly threads: FeedThreads,
  ) {}

  /**
   * What the network reads, made ready from the call on.
   * @param at by whose changes; null: as they are @param size samples of the batch; what is missing is zero @returns [size, …]
   */
  async batch(rows: readonly number[], at: BatchPlace | null, size: number): Promise<Float32Array> {
    const wholes = await Promise.all(rows.map((row) => this.whole(row)));
    const plans = rows.map((row) => planIn(this.rule, row, at?.epoch ?? null));
    const mix = at && mixOf(this.rule, at.epoch, at.number);
    const { kind } = this;
    return this.threads.ask({ kind: 'batch', batch: { kind, wholes, plans, mix, side: this.input.imageSize, size } });
  }

  async dispose(): Promise<void> {
    this.held.clear();
    await this.threads.close();
  }

  /** A picture [S, S, C] in [0, 1], grey ones with one channel, or a cube, or slices; in memory that threads share. */
  private async whole(row: number): Promise<Float32Array> {
    const known = this.held.get(row);
    if (known) return known;
    const { kind, input } = this;
    const made = await this.threads.ask({ kind: 'whole', as: kind, frame: await this.frame(row), input });
    const shared = new Float32Array(new SharedArrayBuffer(made.byteLength));
    shared.set(made);
    if (!this.held.has(row) && this.bytes + shared.byteLength <= MOST_IN_MEMORY) {
      this.held.set(row, shared);
      this.bytes += shared.byteLength;
    }
    return shared;
  }
}

/** What the network sees of a frame before any change, in [0, 1]. @returns [S, S, C], one channel where all three are equal */
export function pictureOf(frame: Frame, input: InputRecipe): Float32Array<ArrayBuffer> {
  const rgb = inputPlanes(frame, input)[0]!;
  if (frame.channels === 3) return Float32Array.from(rgb);
  return Float32Array.from({ length: rgb.length / 3 }, (_, i) => rgb[3 * i]!);
}

/** What the network sees of pictures in the first batch of a run: RGB bytes. Keys stand for rows. */
export function changedImages(frames: readonly Frame[], input: InputRecipe, as: Augmentation, sides: boolean): Frame[] {
  const batch = makeBatch({
    kind: 'picture',
    wholes: frames.map((frame) => pictureOf(frame, input)),
    plans: frames.map(({ key }) => planOf(as, 0, key, sides)),
    mix: mixOf(as, 0, 0),
    side: input.imageSize,
    size: frames.length,
  });
  const length = input.imageSize ** 2 * 3;
  denormalise(batch);
  return frames.map(({ key }, i) => asImage(key, [batch.subarray(i * length, (i + 1) * length)], input.imageSize));
}
