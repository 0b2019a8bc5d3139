import { randomNumbers } from '@main/model';
import { UserError } from '@shared/errors';
import type { Frame, PixelArray } from '@shared/pixels';
import type { Predictor } from './predictor';

/** Parts along each axis of a volume, and of a picture: fine enough to point at something, few enough to wait for. */
const VOLUME_PARTS = 5;
const PICTURE_PARTS = 10;
/** Bytes of pixels, and parts of all, that are predicted at a time: memory stays small, and progress moves. */
const AT_ONCE = 24 * 2 ** 20;
const PIECES = 10;

/** How much each part of a frame speaks for one class. */
export interface Occlusion {
  /** Parts along x, y and z. */
  readonly parts: readonly [number, number, number];
  /**
   * Of each part, x fastest: log-odds of the class for the whole frame, less those for the frame with the part covered. Positive: the part speaks for the
   * class. A probability near 1 hardly moves whatever is covered; its log-odds do.
   */
  readonly drops: Float32Array;
  /** Of the whole frame. */
  readonly probability: number;
  readonly deletion: Deletion;
}

/**
 * Whether the map says what it claims (deletion; Petsiuk, Das and Saenko 2018, arXiv:1806.07421): the parts that speak most for the class, covered together,
 * against as many others.
 */
export interface Deletion {
  readonly parts: number;
  /** Fall of the class's log-odds with the most important parts covered. */
  readonly most: number;
  /** The same, mean over draws of as many parts at random. */
  readonly random: number;
}

/** Share of the parts that are covered together, and draws of others. */
const DELETED = 0.1;
const DRAWS = 5;

/**
 * Occlusion sensitivity (Zeiler and Fergus 2014, arXiv:1311.2901): each part in turn is covered with the mean of the frame, and the fall of the class's log-odds is
 * what the part is worth (Robnik-Šikonja and Kononenko 2008: weight of evidence). It asks nothing of the network but its answers, so that it is the same measure for every head, 2D and 3D.
 * @param classIndex column of the predictor
 */
export async function occlusion(
  predictor: Pick<Predictor, 'predict' | 'classes'>,
  frame: Frame,
  classIndex: number,
  o: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
): Promise<Occlusion> {
  const along = frame.depth > 1 ? VOLUME_PARTS : PICTURE_PARTS;
  const parts = [frame.width, frame.height, frame.depth].map((size) => Math.min(size, along)) as [
    number,
    number,
    number,
  ];
  const total = parts[0] * parts[1] * parts[2];
  const cover = meanOf(frame);
  const each = Math.max(1, Math.min(Math.ceil(total / PIECES), Math.floor(AT_ONCE / frame.data.byteLength)));
  const of = async (frames: readonly Frame[]): Promise<number[]> => {
    const all = await predictor.predict(frames); // [frames, C]
    return frames.map((_, i) => all[i * predictor.classes + classIndex]!);
  };
  const probability = (await of([frame]))[0]!;
  const drops = new Float32Array(total);
  for (let from = 0; from < total; from += each) {
    if (o.signal?.aborted) throw new UserError('cancelled', 'the heat map was called off');
    o.onProgress?.(from, total);
    const some = Array.from({ length: Math.min(each, total - from) }, (_, i) => from + i);
    const left = await of(some.map((part) => covered(frame, parts, [part], cover)));
    left.forEach((p, i) => (drops[from + i] = logOdds(probability) - logOdds(p)));
  }
  const deleted = [...sets(drops)];
  const falls: number[] = [];
  for (const set of deleted)
    for (const p of await of([covered(frame, parts, set, cover)])) falls.push(logOdds(probability) - logOdds(p));
  o.onProgress?.(total, total);
  const [most, ...others] = falls;
  const random = others.reduce((sum, fall) => sum + fall / DRAWS, 0);
  return { parts, drops, probability, deletion: { parts: deleted[0]!.length, most: most!, random } };
}

/** The parts that speak most for the class, then draws of as many: the same ones for the same map. */
function* sets(drops: Float32Array): Iterable<number[]> {
  const size = Math.max(1, Math.round(DELETED * drops.length));
  yield [...drops.keys()].sort((a, b) => drops[b]! - drops[a]!).slice(0, size);
  const uniform = randomNumbers(1);
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const order = [...drops.keys()].map((part) => ({ part, at: uniform() }));
    yield order
      .sort((a, b) => a.at - b.at)
      .slice(0, size)
      .map(({ part }) => part);
  }
}

/** Float32 tells no more digits of a probability near 1. */
const SURE = 1e-6;
function logOdds(probability: number): number {
  const p = Math.min(1 - SURE, Math.max(SURE, probability));
  return Math.log(p / (1 - p));
}

/** Of each channel. */
function meanOf({ data, channels }: Frame): number[] {
  const sums = Array<number>(channels).fill(0);
  for (let i = 0; i < data.length; i += 1) sums[i % channels]! += data[i]!;
  return sums.map((sum) => sum / (data.length / channels));
}

/** The frame with some parts at the mean. */
function covered(
  frame: Frame,
  parts: readonly [number, number, number],
  some: readonly number[],
  cover: readonly number[],
): Frame {
  const data = frame.data.slice() as PixelArray;
  for (const part of some) coverPart(data, frame, parts, part, cover);
  return { ...frame, data };
}

function coverPart(
  data: PixelArray,
  { width, height, depth, channels }: Frame,
  parts: readonly [number, number, number],
  part: number,
  cover: readonly number[],
): void {
  const at = [
    part % parts[0],
    Math.floor(part / parts[0]) % parts[1],
    Math.floor(part / (parts[0] * parts[1])),
  ] as const;
  const ends = (axis: 0 | 1 | 2, size: number): [number, number] => [
    Math.floor((at[axis] * size) / parts[axis]),
    Math.floor(((at[axis] + 1) * size) / parts[axis]),
  ];
  const [[x0, x1], [y0, y1], [z0, z1]] = [ends(0, width), ends(1, height), ends(2, depth)];
  for (let z = z0; z < z1; z += 1)
    for (let y = y0; y < y1; y += 1)
      for (let x = x0; x < x1; x += 1)
        for (let c = 0; c < channels; c += 1) data[((z * height + y) * width + x) * channels + c] = cover[c]!;
}
