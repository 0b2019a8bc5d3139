import { decideAnswer } from '@shared/decision';
import { answersOf, classOf } from '@shared/domain';
import type {
  DecisionRule,
  Facets,
  LabelScheme,
  SampleFilter,
  SamplePrediction,
  SampleRow,
  SampleSort,
} from '@shared/domain';
import { ANSWER_CODES } from '../journal/answerColumns';
import type { LabelView } from '../journal/labelView';
import { metadataValue, type MetadataColumn } from '../metadata';
import type { SampleTable } from '../samples';
import type { SplitTable } from '../splits';
import { KIND_CODES, SPLIT_CODES, STATE_CODES, type Predictions } from '../types';
import { countFacets } from './facets';
import { AGREEMENTS, failures, type Columns, type Question } from './filter';
import { keysByIds, scattered, sortKeys } from './order';
import { PredictionView } from './predictionView';

const [AGREES, DISAGREES, NONE] = [0, 1, 2] as const;
const LABELLED = STATE_CODES.indexOf('labelled');
const CHECKED = STATE_CODES.indexOf('checked');
const NOT_ASSESSED = ANSWER_CODES.indexOf('na');
const YES = ANSWER_CODES.indexOf('yes');

export interface ListQuery {
  readonly filter: SampleFilter;
  readonly sort: SampleSort;
  readonly descending?: boolean;
  /** Of the random order. */
  readonly seed?: number;
}

/** What lists, counts and rows ask, answered from memory; the arrays are views by key that only this folder writes. */
export class SampleIndex implements Columns {
  labelProbability: Float32Array;
  agreement: Uint8Array;
  texts: readonly string[];
  /** All keys in the order of their ids. */
  private inOrder: Uint32Array;
  private readonly prediction: PredictionView;
  private changes = 0;
  private asked: Question[] = [];

  constructor(
    private readonly samples: SampleTable,
    private readonly view: LabelView,
    private splitTable: SplitTable,
    private rule: DecisionRule,
    private scheme: LabelScheme,
    /** Whether this run's predictions of the test split were scored; null is the live probe. */
    private readonly isScored: (run: string | null) => boolean,
    /** Columns of tables to filter by. */
    public metadata: readonly MetadataColumn[] = [],
  ) {
    this.texts = samples.ids.map((id) => id.toLowerCase());
    this.inOrder = keysByIds(samples.ids);
    this.prediction = new PredictionView(samples.size);
    this.labelProbability = new Float32Array(samples.size).fill(NaN);
    this.agreement = new Uint8Array(samples.size).fill(NONE);
    this.ask();
  }

  /** Samples were written behind the last one, with splits of their own. Predictions of the others stay. */
  extend(table: SplitTable): void {
    const { size, ids } = this.samples;
    this.splitTable = table;
    this.texts = ids.map((id) => id.toLowerCase());
    this.inOrder = keysByIds(ids);
    this.labelProbability = new Float32Array(size).fill(NaN);
    this.agreement = new Uint8Array(size).fill(NONE);
    this.metadata = this.metadata.map((column) => {
      const codes = new Uint32Array(size);
      codes.set(column.codes);
      return { ...column, codes };
    });
    this.asked = [];
    this.prediction.extend(size);
    this.setPredictions(this.predictions);
  }

  /** Boxes that were removed: they are in no list, and their labels wait for them to come back. */
  get gone(): ReadonlySet<number> {
    return this.view.gone;
  }

  /** One entry a question, in order; empty for kinds other than `answers`. */
  get questions(): readonly Question[] {
    return this.asked;
  }

  /** The predictions were made for other classes than those of now, and are not shown. */
  get outdated(): boolean {
    return this.prediction.outdated;
  }

  /** Class ids that labels had before those were split, −1 otherwise; by key. */
  former(key: number): number {
    return this.view.former(key);
  }

  get size(): number {
    return this.samples.size;
  }

  /** Another number after every change of labels, predictions, rule, classes or splits. */
  get version(): number {
    return this.changes;
  }

  /** `SPLIT_CODES`. */
  get splits(): Uint8Array {
    return this.splitTable.splits;
  }

  get leaks(): Uint8Array {
    return this.splitTable.leaks;
  }

  get groups(): Uint32Array {
    return this.splitTable.groups;
  }

  /** Class ids, −1 without a label. */
  get classes(): Int32Array {
    return this.view.classes;
  }

  /** `STATE_CODES`. */
  get states(): Uint8Array {
    return this.view.states;
  }

  get readers(): Uint16Array {
    return this.view.readers;
  }

  get readerNames(): readonly (string | null)[] {
    return this.view.readerNames;
  }

  get notes(): ReadonlyMap<number, string> {
    return this.view.notes;
  }

  get reasons(): ReadonlyMap<number, string> {
    return this.view.reasons;
  }

  /** By the decision rule; −1 where there is none that may be compared with a label. */
  get predicted(): Int32Array {
    return this.prediction.predicted;
  }

  get confidence(): Float32Array {
    return this.prediction.confidence;
  }

  /** As they were given, perhaps for an earlier version of the classes. */
  get predictions(): Predictions | null {
    return this.prediction.predictions;
  }

  id(key: number): string {
    this.samples.check(key);
    return this.samples.ids[key]!;
  }

  /** @throws UserError `sample-missing` */
  key(id: string): number {
    return this.samples.key(id);
  }

  contentHash(key: number): string {
    this.samples.check(key);
    return this.samples.hash(key);
  }

  group(key: number): number {
    this.samples.check(key);
    return this.groups[key]!;
  }

  /** What tables said of a sample beside its label. */
  metadataOf(key: number): { name: string; value: string }[] {
    return this.metadata.flatMap((column) => {
      const value = metadataValue(column, key);
      return value === null ? [] : [{ name: column.name, value }];
    });
  }

  /** Keys that fit, in order; those without a value of the sort come last. */
  list(query: ListQuery): number[] {
    const failed = failures(query.filter, this);
    const { inOrder } = this;
    const fitting = new Uint32Array(inOrder.length);
    let count = 0;
    for (let i = 0; i < inOrder.length; i++) if (failed[inOrder[i]!] === 0) fitting[count++] = inOrder[i]!;
    const keys = fitting.subarray(0, count);
    const descending = query.descending ?? false;
    if (query.sort === 'id') return Array.from(descending ? keys.reverse() : keys);
    return Array.from(sortKeys(keys, this.sortValue(query.sort, query.seed ?? 1), descending));
  }

  /** Counts for the filters' boxes. */
  facets(filter: SampleFilter): Facets {
    return countFacets(filter, this, this.scheme);
  }

  /** @throws UserError `sample-missing` */
  rows(keys: readonly number[]): SampleRow[] {
    return keys.map((key) => this.row(key));
  }

  setPredictions(predictions: Predictions | null): void {
    const { prediction, rule, scheme, splits } = this;
    const scored = predictions !== null && this.isScored(predictions.run);
    prediction.apply(predictions, rule, scheme, (key) => SPLIT_CODES[splits[key]!]!, scored);
    this.compareAll();
  }

  setRule(rule: DecisionRule): void {
    this.rule = rule;
    this.setPredictions(this.predictions);
  }

  setScheme(scheme: LabelScheme): void {
    this.scheme = scheme;
    this.setPredictions(this.predictions);
  }

  /** Takes over a new version; predictions made for the old one go. */
  setSplits(table: SplitTable): void {
    this.splitTable = table;
    this.setPredictions(null);
  }

  labelsChanged(keys: readonly number[]): void {
    this.ask();
    for (const key of keys) this.compare(key);
    this.changes++;
  }

  /** The labels' columns of the questions, read anew. */
  private ask(): void {
    const { kind, classes } = this.scheme;
    this.asked =
      kind === 'answers'
        ? classes.map(({ id }) => ({
            id,
            answers: this.view.answers(id),
            disputed: this.asked.find((q) => q.id === id)?.disputed ?? new Uint8Array(this.size),
          }))
        : [];
  }

  private compareAll(): void {
    this.ask();
    for (let key = 0; key < this.size; key++) this.compare(key);
    this.changes++;
  }

  /** Only labels that take part in training and figures are right or wrong. Of answers all assessed ones have to be right. */
  private compare(key: number): void {
    const { classes, states, predicted, rule } = this;
    this.agreement[key] = NONE;
    this.labelProbability[key] = NaN;
    for (const question of this.asked) question.disputed[key] = 0;
    const takesPart = states[key] === LABELLED || states[key] === CHECKED;
    if (!takesPart || this.prediction.comparable[key] === 0) return;
    for (const { id, answers, disputed } of this.asked) {
      const said = answers[key]!;
      if (said === NOT_ASSESSED) continue;
      const yes = this.prediction.probability(key, id);
      const right = decideAnswer(yes, rule, id) === (said === YES);
      if (!right) disputed[key] = 1;
      if (this.agreement[key] !== DISAGREES) this.agreement[key] = right ? AGREES : DISAGREES;
      const ofLabel = said === YES ? yes : 1 - yes;
      // The least likely answer: NaN compares as false.
      if (!(this.labelProbability[key]! <= ofLabel)) this.labelProbability[key] = ofLabel;
    }
    if (classes[key] === -1 || predicted[key] === -1) return;
    this.agreement[key] = predicted[key] === classes[key] ? AGREES : DISAGREES;
    this.labelProbability[key] = this.prediction.probability(key, classes[key]!);
  }

  private sortValue(sort: Exclude<SampleSort, 'id'>, seed: number): (key: number) => number {
    const { splits, classes, states, labelProbability, confidence } = this;
    const { positions } = this.view;
    const orNaN = (value: number, none: number): number => (value === none ? NaN : value);
    switch (sort) {
      case 'split':
        return (key) => splits[key]!;
      case 'class': {
        const order = new Map(this.scheme.classes.map((c) => [c.id, c.order]));
        return (key) => (classes[key] === -1 ? NaN : (order.get(classes[key]!) ?? NaN));
      }
      case 'state':
        return (key) => states[key]!;
      case 'disagreement':
        return (key) => 1 - labelProbability[key]!;
      case 'confidence':
        return (key) => confidence[key]!;
      case 'changed':
        return (key) => orNaN(positions[key]!, 0);
      case 'random':
        return (key) => scattered(seed, key);
    }
  }

  private row(key: number): SampleRow {
    const { samples, view } = this;
    samples.check(key);
    const label = view.get(key);
    const group = this.groups[key]!;
    return {
      key,
      id: samples.ids[key]!,
      split: SPLIT_CODES[this.splits[key]!]!,
      leak: this.leaks[key] === 1,
      group,
      groupSize: this.splitTable.groupSizes[group]!,
      class: classOf(label.value),
      answers: answersOf(label.value),
      former: this.former(key) < 0 ? null : this.former(key),
      state: label.state,
      reader: label.reader,
      note: label.note,
      reason: label.reason,
      changedAt: view.changedAt[key]!,
      size: [samples.width(key), samples.height(key), samples.depth(key)],
      prediction: this.predictionOf(key),
    };
  }

  private predictionOf(key: number): SamplePrediction | null {
    const shown = this.prediction.shownOf(key, this.rule, this.scheme);
    const kind = shown && KIND_CODES[shown.kind];
    if (!shown || !kind) return null;
    const agreement = AGREEMENTS[this.agreement[key]!];
    return {
      kind,
      class: shown.class,
      answers: shown.answers,
      probabilities: shown.probabilities,
      agrees: agreement === 'none' ? null : agreement === 'agrees',
    };
  }
}
