import type { Split } from '@shared/domain';
import type { NewSample } from '../types';
import type { DraftMaterial } from './draft';
import type { SplitAssignment } from './splits';

/** Where all samples of a commit take their facts from. */
export interface Committed {
  readonly material: DraftMaterial;
  readonly group: ArrayLike<number>;
  readonly assigned: SplitAssignment;
}

/** A sample of the draft as the store wants it, computed when asked: millions of them written out would not fit into memory. */
export class DraftSample implements NewSample {
  constructor(
    private readonly i: number,
    private readonly from: Committed,
  ) {}

  get id(): string {
    return this.from.material.id(this.i);
  }
  get contentHash(): string {
    const at = 32 * this.i;
    return Buffer.from(this.from.material.collector.hashes().subarray(at, at + 32)).toString('hex');
  }
  get width(): number {
    return this.from.material.collector.shape(this.i).width;
  }
  get height(): number {
    return this.from.material.collector.shape(this.i).height;
  }
  get depth(): number {
    return this.from.material.collector.shape(this.i).depth;
  }
  get channels(): 1 | 3 {
    return this.from.material.collector.shape(this.i).channels;
  }
  get type(): NewSample['type'] {
    return this.from.material.collector.type(this.i);
  }
  get low(): number {
    return this.from.material.collector.window(this.i).low;
  }
  get high(): number {
    return this.from.material.collector.window(this.i).high;
  }
  get source(): number {
    return this.from.material.placeOf(this.i).source;
  }
  get pixels(): NewSample['pixels'] {
    return this.from.material.placeOf(this.i).pixels;
  }
  get thumb(): NewSample['thumb'] {
    return this.from.material.collector.thumbOf(this.i);
  }
  get class(): number | null {
    return this.from.material.collector.class(this.i);
  }
  get answers(): NewSample['answers'] {
    return this.from.material.collector.answers(this.i);
  }
  get reader(): string | null {
    return this.from.material.facts(this.i).reader;
  }
  get patient(): string | null {
    return this.from.material.facts(this.i).patient;
  }
  get officialSplit(): Split | null {
    return this.from.material.collector.split(this.i);
  }
  get group(): number {
    return this.from.group[this.i]!;
  }
  get split(): Split | null {
    return this.from.assigned.splits[this.i]!;
  }
  get leak(): boolean {
    return this.from.assigned.leak[this.i]!;
  }
}
