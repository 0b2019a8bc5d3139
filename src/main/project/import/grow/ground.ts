import { answersOf, classOf, type LabelAnswers, type LabelScheme, type LabelValue, type Split } from '@shared/domain';
import { canonicalAnswers } from '@shared/scheme';
import type { Project } from '../../project';
import { SPLIT_CODES } from '../../types';
import type { DraftMaterial } from '../draft';
import { classesFor } from './classes';
import type { Match } from './match';

/**
 * What was read beside what the project has: both under one numbering, that of the project as it will be. Keys below `size` are the
 * project's own, new samples follow in their order in the draft.
 */
export class GrowthGround {
  readonly size: number;
  /** Places in the draft of samples that the project does not have, in order. */
  readonly fresh: readonly number[];
  /** A next version of the scheme with new classes; null: as it is. */
  readonly scheme: LabelScheme | null;
  /** Class id of the project by the draft's number of a class. */
  private readonly classIds: readonly number[];
  private readonly rank: ReadonlyMap<number, number>;

  /** @param others keys of the project's samples that are not in the draft: the duplicates' numbers behind the draft's */
  constructor(
    readonly material: DraftMaterial,
    readonly project: Project,
    readonly match: Match,
    private readonly others: readonly number[],
  ) {
    this.size = project.index.size;
    this.fresh = Array.from(match.keys, (_, i) => i).filter((i) => match.keys[i]! < 0);
    this.rank = new Map(this.fresh.map((i, n) => [i, this.size + n]));
    ({ ids: this.classIds, scheme: this.scheme } = classesFor(material, project));
  }

  /** Samples of the project as it will be. */
  get count(): number {
    return this.size + this.fresh.length;
  }

  /** @param i number of a sample among the duplicates: of the draft, or behind it of the project's others */
  keyOf(i: number): number {
    const { collector } = this.material;
    return i >= collector.count ? this.others[i - collector.count]! : (this.rank.get(i) ?? this.match.keys[i]!);
  }

  /** Place in the draft of a new sample; undefined for one that the project has. */
  placeOf(key: number): number | undefined {
    return this.fresh[key - this.size];
  }

  hashOf(key: number): string {
    const i = this.placeOf(key);
    if (i === undefined) return this.project.index.contentHash(key);
    return Buffer.from(this.material.collector.hashes().subarray(32 * i, 32 * i + 32)).toString('hex');
  }

  /** What the draft says of a sample, in the project's classes. */
  labelOf(i: number): LabelValue {
    const { collector } = this.material;
    const number = collector.class(i);
    if (number !== null) return { class: this.classIds[number]! };
    const answers = collector.answers(i);
    if (!answers) return null;
    const own = Object.entries(answers).map(([question, answer]) => [this.classIds[Number(question)]!, answer]);
    return { answers: canonicalAnswers(Object.fromEntries(own) as LabelAnswers) };
  }

  /** Codes of a question (class id) of new samples, in order; all "not assessed" where the draft does not ask it. */
  freshCodes(id: number): Uint8Array {
    const column = this.material.collector.answerColumns()[this.classIds.indexOf(id)];
    return Uint8Array.from(this.fresh, (i) => column?.[i] ?? 0);
  }

  /** The split that the data brings for a sample of the draft; null where the project drew its own. */
  broughtSplit(i: number): Split | null {
    return this.project.splits.policy === 'new' ? null : this.material.collector.split(i);
  }

  splitsBefore(): (Split | null)[] {
    return Array.from(this.project.index.splits, (code) => SPLIT_CODES[code]!);
  }
}

/** A label's value as samples of the store keep it. */
export const stored = (value: LabelValue): { class: number | null; answers: LabelAnswers | null } => ({
  class: classOf(value),
  answers: answersOf(value),
});
