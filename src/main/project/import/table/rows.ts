import type { Split, TableMap } from '@shared/domain';
import type { Grid } from '@main/formats';
import { splitNamed } from '../splitNames';
import { answerFrom } from '@shared/answerWords';
import { ANSWER_CODES } from '../../journal/answerColumns';
import { alikeLabels, alikePatients } from './alike';

/** What a table says of one picture. */
export interface RowFacts {
  readonly class: string | null;
  /** Codes (`ANSWER_CODES`) by the map's `answers`; null where the table has none. */
  readonly answers: Uint8Array | null;
  readonly split: Split | null;
  readonly patient: string | null;
  readonly reader: string | null;
  /** Place of its first row in `grid.rows`. */
  readonly row: number;
}

export interface Conflict {
  readonly id: string;
  readonly rows: number[];
  readonly column: string;
  readonly values: string[];
  /** Who said so, where the table names several readers. */
  readonly readers: string[];
}

/** All that a table says, and all of it that cannot be taken as it stands. Lists are whole. */
export interface ReadTable {
  readonly facts: ReadonlyMap<string, RowFacts>;
  readonly withoutFile: readonly { readonly row: number; readonly path: string }[];
  readonly conflicts: readonly Conflict[];
  readonly blankPatients: number;
  readonly alikePatients: readonly string[][];
  readonly alikeLabels: readonly string[][];
}

/** What is wrong with one row, without the file's name. */
export class RowProblem extends Error {}

const MOST_CLASSES = 1000;
/** Rows are told from 1 on, and the header is one. */
const lineOf = (row: number): number => row + 2;

/**
 * Reads every row by the map. Rows of one picture that say the same are one; where they differ in label, patient or split the picture
 * gets no label, and is listed.
 * @param place finds the picture that a path means
 * @throws RowProblem for a split that is none, splits that only some rows have, and labels that are no classes
 */
export function readRows(grid: Grid, map: TableMap, place: (path: string) => string | null): ReadTable {
  const at = (name: string | null | undefined): number => (name == null ? -1 : grid.columns.indexOf(name));
  const columns = {
    path: at(map.path),
    label: at(map.label),
    patient: at(map.patient),
    split: at(map.split),
    reader: at(map.reader),
  };
  const labelOf = byMap(map.labels);
  const questions = (map.answers ?? []).map((name) => ({ name, column: at(name) }));
  const facts = new Map<string, RowFacts>();
  const rowsOf = new Map<string, number[]>();
  const withoutFile: { row: number; path: string }[] = [];
  const cell = (row: readonly string[], column: number): string => (column < 0 ? '' : row[column]!);
  grid.rows.forEach((row, r) => {
    const path = cell(row, columns.path);
    const id = place(path);
    if (id === null) {
      withoutFile.push({ row: lineOf(r), path: path.trim() });
      return;
    }
    const before = rowsOf.get(id);
    if (before) {
      before.push(r);
      return;
    }
    rowsOf.set(id, [r]);
    facts.set(id, {
      class: labelOf(cell(row, columns.label)),
      answers: answersIn(row, questions, map, r),
      split: splitOf(cell(row, columns.split), r),
      patient: patientOf(cell(row, columns.patient), map),
      reader: readerIn(cell(row, columns.reader)),
      row: r,
    });
  });
  const conflicts: Conflict[] = [];
  for (const [id, rows] of rowsOf) {
    if (rows.length === 1) continue;
    const first = facts.get(id)!;
    const named = new Set(rows.map((r) => readerIn(cell(grid.rows[r]!, columns.reader))));
    const readers = named.size > 1 ? [...named].filter((name) => name !== null) : [];
    const differing = (column: string | null | undefined, of: (row: readonly string[]) => string | null): boolean => {
      const values = [...new Set(rows.map((r) => of(grid.rows[r]!)).filter((v) => v !== null))];
      if (values.length > 1) conflicts.push({ id, rows: rows.map(lineOf), column: column!, values, readers });
      return values.length > 1;
    };
    const said = <T>(of: (row: readonly string[]) => T | null): T | null =>
      rows.map((r) => of(grid.rows[r]!)).find((v) => v !== null) ?? null;
    const ofLabel = (row: readonly string[]): string | null => labelOf(cell(row, columns.label));
    const ofPatient = (row: readonly string[]): string | null => patientOf(cell(row, columns.patient), map);
    const ofSplit = (row: readonly string[]): Split | null => splitOf(cell(row, columns.split), rows[0]!);
    const disputed = questions.map(({ name, column }) =>
      differing(name, (row) => answerWord(cell(row, column), name, map, rows[0]!) || null),
    );
    const unsure = [
      differing(map.label, ofLabel),
      ...disputed,
      differing(map.patient, ofPatient),
      differing(map.split, ofSplit),
    ];
    facts.set(id, {
      ...first,
      class: unsure.includes(true) ? null : said(ofLabel),
      answers: unsure.includes(true)
        ? noAnswers(questions)
        : answersOfRows(
            rows.map((r) => grid.rows[r]!),
            questions,
            map,
            rows[0]!,
          ),
      patient: said(ofPatient),
      split: said(ofSplit),
    });
  }
  checkSplits(facts);
  const classes = new Set<string>();
  const patients = new Set<string>();
  let blankPatients = 0;
  for (const { class: name, patient } of facts.values()) {
    if (name !== null) classes.add(name);
    if (patient !== null) patients.add(patient);
    else if (columns.patient >= 0) blankPatients++;
  }
  if (classes.size > MOST_CLASSES)
    throw new RowProblem(`the column "${map.label}" has more than ${MOST_CLASSES} different values`);
  return {
    facts,
    withoutFile,
    conflicts,
    blankPatients,
    alikePatients: alikePatients(patients),
    alikeLabels: alikeLabels(classes),
  };
}

type Questions = readonly { readonly name: string; readonly column: number }[];
const noAnswers = (questions: Questions): Uint8Array | null =>
  questions.length === 0 ? null : new Uint8Array(questions.length);

/** `yes` or `no`; empty where it was not assessed. @throws RowProblem for what is no answer */
function answerWord(text: string, name: string, { labels }: TableMap, row: number): 'yes' | 'no' | '' {
  const said = labels && Object.hasOwn(labels, text.trim()) ? (labels[text.trim()] ?? '') : text;
  const answer = answerFrom(said);
  if (answer === null)
    throw new RowProblem(
      `row ${lineOf(row)} says "${text.trim()}" in the column "${name}", which is no answer: say in the map's labels whether it is "yes", "no" or null`,
    );
  return answer === 'na' ? '' : answer;
}

const answersIn = (row: readonly string[], questions: Questions, map: TableMap, at: number): Uint8Array | null =>
  answersOfRows([row], questions, map, at);

/** What the rows of one picture answer together; none contradicts another. */
function answersOfRows(
  rows: readonly (readonly string[])[],
  questions: Questions,
  map: TableMap,
  at: number,
): Uint8Array | null {
  if (questions.length === 0) return null;
  return Uint8Array.from(questions, ({ name, column }) => {
    const said = rows.map((row) => answerWord(row[column]!, name, map, at)).find((word) => word !== '');
    return ANSWER_CODES.indexOf(said || 'na');
  });
}

/** A label by its spelling, blanks around it or not. */
function byMap(labels: TableMap['labels']): (value: string) => string | null {
  const said = new Map(Object.entries(labels ?? {}));
  for (const [from, to] of Object.entries(labels ?? {})) if (!said.has(from.trim())) said.set(from.trim(), to);
  return (value) => {
    const trimmed = value.trim();
    const found = said.has(value) ? said.get(value) : said.get(trimmed);
    if (found === null) return null;
    return (found ?? trimmed).trim().normalize('NFC') || null;
  };
}

const readerIn = (text: string): string | null => text.trim().normalize('NFC') || null;

/** Ids stay as they are written; only a blank one is none. */
function patientOf(value: string, { patients }: TableMap): string | null {
  if (value.trim() === '') return null;
  return patients && Object.hasOwn(patients, value) ? patients[value]! : value;
}

function splitOf(value: string, row: number): Split | null {
  const name = value.trim();
  if (name === '') return null;
  const split = splitNamed(name);
  if (split === undefined)
    throw new RowProblem(`row ${lineOf(row)} has the split "${name}"; train, val and test are known`);
  return split;
}

function checkSplits(facts: ReadonlyMap<string, RowFacts>): void {
  let some = false;
  let without: RowFacts | undefined;
  for (const fact of facts.values())
    if (fact.split === null) without ??= fact;
    else some = true;
  if (some && without) throw new RowProblem(`row ${lineOf(without.row)} has no split, while others have one`);
}
