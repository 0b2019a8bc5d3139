import type { Vec3 } from '../space';
import { ChangeWriter, joined } from './change';
import type { Box, Change } from './change';

/** A mask's voxels: an index of its segments each, 0 for none; first axis fastest. */
export interface MaskMap {
  readonly size: Vec3;
  readonly data: Uint8Array;
}

/** One edit in the making: it writes into the map at once, and remembers of each slice that it touches how it was. */
export class MaskEdit {
  readonly #before = new Map<number, Uint8Array>();
  readonly #slice: number;
  #box: Box | null = null;

  constructor(readonly map: MaskMap) {
    this.#slice = map.size[0] * map.size[1];
  }

  /** Before the first voxel of a slice is written: its values as they were when the edit began. */
  keep(k: number): void {
    if (!this.#before.has(k)) this.#before.set(k, this.map.data.slice(k * this.#slice, (k + 1) * this.#slice));
  }

  /** Voxels of this box were written. */
  wrote(from: Vec3, to: Vec3): void {
    this.#box = joined(this.#box, { from, to });
  }

  /** What was written since this was last asked; null for nothing. */
  touched(): Box | null {
    const box = this.#box;
    this.#box = null;
    return box;
  }

  /** The whole of it; null where every voxel is as it was. */
  finish(): Change | null {
    const writer = new ChangeWriter();
    for (const [k, before] of [...this.#before].sort(([a], [b]) => a - b)) {
      const at = k * this.#slice;
      writer.part(at, before, this.map.data.subarray(at, at + this.#slice));
    }
    return writer.done();
  }

  /** Everything as it was. @returns what is to be drawn anew */
  cancel(): Box | null {
    const [width, height] = this.map.size;
    let box: Box | null = null;
    for (const [k, before] of this.#before) {
      this.map.data.set(before, k * this.#slice);
      box = joined(box, { from: [0, 0, k], to: [width - 1, height - 1, k] });
    }
    this.#before.clear();
    return box;
  }
}

/** What a tool may write, and where. */
export interface Pen {
  /** Index that it writes; 0 erases. */
  readonly value: number;
  /** Only these are written over; all where there is none. */
  readonly over?: (index: number) => boolean;
  /** Only voxels of the image for which it is true, by their place in the map. */
  readonly within?: (voxel: number) => boolean;
}
