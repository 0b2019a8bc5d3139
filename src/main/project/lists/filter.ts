import type { SampleFilter } from '@shared/domain';
import type { MetadataColumn } from '../metadata';
import { ANSWER_CODES } from '../journal/answerColumns';
import { SPLIT_CODES, STATE_CODES } from '../types';

/** The dimensions of a filter; a sample's bit is set in each that it fails. Columns of a table and questions come after them. */
export const DIMENSIONS = {
  splits: 1,
  classes: 2,
  states: 4,
  predicted: 8,
  agreement: 16,
  labelProbability: 32,
  readers: 64,
  other: 128,
} as const;
/** Fails in everything, so that no facet counts it. */
const EVERY = 0xffffffff;
/** The bit of a column of a table among those that a filter names; a filter may name so many. */
const FIRST_METADATA = 256;
const MOST_METADATA = 22;

/** The bit that `failures` sets for a column of a table, 0 where the filter does not name it. */
export function metadataBit(filter: SampleFilter, name: string): number {
  const place = Object.keys(filter.metadata ?? {}).indexOf(name);
  return place < 0 || place >= MOST_METADATA ? 0 : FIRST_METADATA << place;
}

/** Codes of the column `agreement`. */
export const AGREEMENTS = ['agrees', 'disagrees', 'none'] as const;

/** The same for one of several questions: their bits come after those of the table's columns. */
export function questionBit(filter: SampleFilter, id: number): number {
  const asked = Object.keys(filter.answers ?? {}).indexOf(String(id));
  const place = Object.keys(filter.metadata ?? {}).length + asked;
  return asked < 0 || place >= MOST_METADATA ? 0 : FIRST_METADATA << place;
}

/** One yes/no question's columns, by key. */
export interface Question {
  /** Class id. */
  readonly id: number;
  /** `ANSWER_CODES`. */
  readonly answers: Uint8Array;
  /** 1 where the model answers otherwise. */
  readonly disputed: Uint8Array;
}

/** The columns that filters look at, by key. */
export interface Columns {
  readonly size: number;
  readonly splits: Uint8Array;
  readonly leaks: Uint8Array;
  readonly classes: Int32Array;
  readonly states: Uint8Array;
  readonly predicted: Int32Array;
  readonly confidence: Float32Array;
  /** Probability of the present label; NaN where it may not be compared. */
  readonly labelProbability: Float32Array;
  readonly agreement: Uint8Array;
  readonly questions: readonly Question[];
  /** The class that a label had before that was split, −1 otherwise. */
  former(key: number): number;
  readonly readers: Uint16Array;
  readonly readerNames: readonly (string | null)[];
  /** Id in lower case. */
  readonly texts: readonly string[];
  readonly notes: ReadonlyMap<number, string>;
  readonly reasons: ReadonlyMap<number, string>;
  /** Boxes that were removed: they fit nothing, and count nowhere. */
  readonly gone: ReadonlySet<number>;
  readonly metadata: readonly MetadataColumn[];
}

/** For each key the bits of the dimensions that it fails; 0 fits. */
export function failures(filter: SampleFilter, columns: Columns): Uint32Array {
  const failed = new Uint32Array(columns.size);
  const refuse = (bit: number, fits: (key: number) => boolean): void => {
    for (let key = 0; key < failed.length; key++) if (!fits(key)) failed[key]! |= bit;
  };
  const among = (
    bit: number,
    codes: readonly number[],
    column: Uint8Array | Uint16Array | Uint32Array | Int32Array,
  ): void => {
    // −1 (none) sits at 0.
    const fits = new Uint8Array(codes.reduce((most, code) => Math.max(most, code), 0) + 2);
    for (const code of codes) fits[code + 1] = 1;
    for (let key = 0; key < failed.length; key++) if (fits[column[key]! + 1] !== 1) failed[key]! |= bit;
  };
  const { splits, classes, states, predicted, agreement, answers, disputed } = filter;
  const { labelProbability, confidence, readers, text, leak, keys } = filter;
  if (splits)
    among(
      DIMENSIONS.splits,
      splits.map((s) => SPLIT_CODES.indexOf(s)),
      columns.splits,
    );
  if (classes) {
    const wanted = new Set(classes.map((c) => c ?? -1));
    // A class that was split is asked for by name: its samples have none now.
    refuse(DIMENSIONS.classes, (k) => {
      const id = columns.classes[k]!;
      return wanted.has(id) || (id === -1 && columns.former(k) >= 0 && wanted.has(columns.former(k)));
    });
  }
  if (states)
    among(
      DIMENSIONS.states,
      states.map((s) => STATE_CODES.indexOf(s)),
      columns.states,
    );
  if (predicted)
    among(
      DIMENSIONS.predicted,
      predicted.map((c) => c ?? -1),
      columns.predicted,
    );
  if (agreement)
    among(
      DIMENSIONS.agreement,
      agreement.map((a) => AGREEMENTS.indexOf(a)),
      columns.agreement,
    );
  if (readers) {
    const known = readers.map((r) => columns.readerNames.indexOf(r)).filter((code) => code >= 0);
    among(DIMENSIONS.readers, known, columns.readers);
  }
  for (const [name, wanted] of Object.entries(filter.metadata ?? {})) {
    const column = columns.metadata.find((c) => c.name === name);
    // A column that there is not (any more) has no value at all.
    const codes = wanted.map((v) => (v === null ? 0 : column ? column.values.indexOf(v) + 1 || -1 : -1));
    const bit = metadataBit(filter, name) || DIMENSIONS.other;
    if (column)
      among(
        bit,
        codes.filter((code) => code >= 0),
        column.codes,
      );
    else if (!wanted.includes(null)) refuse(bit, () => false);
  }
  for (const question of columns.questions) {
    const fits = answers?.[question.id];
    if (!fits) continue;
    const codes = fits.map((a) => ANSWER_CODES.indexOf(a));
    among(questionBit(filter, question.id) || DIMENSIONS.other, codes, question.answers);
  }
  if (disputed) {
    const asked = columns.questions.filter((q) => disputed.includes(q.id));
    refuse(DIMENSIONS.agreement, (k) => asked.some((q) => q.disputed[k] === 1));
  }
  // NaN lies within no bounds.
  if (labelProbability) {
    const [low, high] = labelProbability;
    refuse(
      DIMENSIONS.labelProbability,
      (k) => columns.labelProbability[k]! >= low && columns.labelProbability[k]! <= high,
    );
  }
  if (confidence) {
    const [low, high] = confidence;
    refuse(DIMENSIONS.other, (k) => columns.confidence[k]! >= low && columns.confidence[k]! <= high);
  }
  if (leak !== undefined) refuse(DIMENSIONS.other, (k) => (columns.leaks[k] === 1) === leak);
  if (keys) {
    const wanted = new Set(keys);
    refuse(DIMENSIONS.other, (k) => wanted.has(k));
  }
  const needle = text?.trim().toLowerCase();
  if (needle) {
    const within = (value: string | undefined): boolean => value !== undefined && value.toLowerCase().includes(needle);
    refuse(
      DIMENSIONS.other,
      (k) => columns.texts[k]!.includes(needle) || within(columns.notes.get(k)) || within(columns.reasons.get(k)),
    );
  }
  for (const key of columns.gone) failed[key] = EVERY;
  return failed;
}
