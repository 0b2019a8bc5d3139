import { writeFileAtomic } from '../atomicFile';
import { answersOf, answerTo, labelState } from '@shared/domain';
import type { Answer, LabelScheme, LabelState, Split } from '@shared/domain';
import { readTable, writeCsv } from '@main/formats';
import { UserError } from '@shared/errors';
import { resolveLabel, sameValue, valueWords } from '@shared/scheme';
import { answerFrom } from '@shared/answerWords';
import type { SampleTable } from '../samples';
import { outcomeOf, type Outcome } from './change';
import { NO_LABEL, type Label } from './fold';
import type { LabelJournal } from './journal';

const BEFORE = ['sample', 'split', 'group'] as const;
const AFTER = ['state', 'reader'] as const;
const RESERVED = new Set<string>([...BEFORE, ...AFTER, 'label', 'reason', 'note']);

/** What a table says of samples beside their labels. */
export interface TableContext {
  readonly samples: SampleTable;
  /** Keys by id. */
  inOrder(): readonly number[];
  splitOf(key: number): Split | null;
  groupOf(key: number): number;
}

/**
 * Writes one row a sample (or one a reader of a sample), RFC 4180, with full class names; of several answers a column each
 * with yes, no or na.
 * @throws UserError where the file cannot be written
 */
export async function exportLabels(
  labels: LabelJournal,
  context: TableContext,
  file: string,
  options: { allReaders?: boolean } = {},
): Promise<{ file: string; rows: number }> {
  const everyReader = options.allReaders ? labels.allByReader() : null;
  const { scheme } = labels;
  const columns = [...BEFORE, ...labelColumns(scheme), ...AFTER];
  const rows: Record<string, string | number>[] = [];
  for (const key of context.inOrder()) {
    const said = everyReader?.get(key) ?? [];
    for (const label of said.length > 0 ? said : [labels.label(key)])
      rows.push({
        sample: context.samples.ids[key]!,
        split: context.splitOf(key) ?? '',
        group: context.groupOf(key),
        ...labelCells(scheme, label),
        state: resolveLabel(scheme, label.value, label.state).state,
        reader: label.reader ?? '',
      });
  }
  try {
    writeFileAtomic(file, writeCsv(columns, rows));
  } catch (cause) {
    const full = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
    throw new UserError(
      full ? 'disk-full' : 'file-unreadable',
      full ? 'the disk is full: the table was not written' : 'the table cannot be written there',
      { file, cause },
    );
  }
  return { file, rows: rows.length };
}

/** A question's column; one that is called like another column is told apart. */
const questionColumn = (name: string): string => (RESERVED.has(name) ? `answer ${name}` : name);

const labelColumns = (scheme: LabelScheme): string[] =>
  scheme.kind === 'answers' ? scheme.classes.map((c) => questionColumn(c.name)) : ['label'];

function labelCells(scheme: LabelScheme, label: Label): Record<string, string> {
  const { value } = resolveLabel(scheme, label.value, label.state);
  if (scheme.kind !== 'answers') return { label: valueWords(scheme, value) ?? '' };
  const answers = answersOf(value);
  return Object.fromEntries(scheme.classes.map((c) => [questionColumn(c.name), answerTo(answers, c.id)]));
}

/** The questions that a table has a column for, by full or short name. */
function questionsIn(columns: readonly string[], scheme: LabelScheme): { id: number; column: string }[] {
  return scheme.classes.flatMap(({ id, name, short }) => {
    const column = [questionColumn(name), short].find((c) => columns.includes(c) && !RESERVED.has(c));
    return column === undefined ? [] : [{ id, column }];
  });
}

/**
 * Reads a table as `exportLabels` writes it (columns `sample` and `label`, of several answers some of their columns; `state`, `reader`, `reason`, `note` where there are any)
 * as one undoable step. Rows that say what stands there already change nothing; `split` and `group` are not read.
 * @param options.reader for rows without one
 * @throws UserError `table-invalid` (also for a sample that stands there twice with different labels of one reader), `sample-missing`, `class-missing` naming the row; nothing is changed then
 */
export async function importLabels(
  labels: LabelJournal,
  context: TableContext,
  file: string,
  options: { reader?: string } = {},
): Promise<{ file: string; rows: number; changed: number; keys: number[] }> {
  const table = await readTable(file);
  const { scheme } = labels;
  const questions = scheme.kind === 'answers' ? questionsIn(table.columns, scheme) : null;
  if (questions?.length === 0)
    throw new UserError('table-invalid', `it has no column of an answer, such as "${scheme.classes[0]!.name}"`, {
      file,
    });
  for (const column of questions ? ['sample'] : ['sample', 'label'])
    if (!table.columns.includes(column)) throw new UserError('table-invalid', `it has no column "${column}"`, { file });
  const rowsOf = new Map<string, number>();
  for (const { sample = '' } of table.rows) rowsOf.set(sample, (rowsOf.get(sample) ?? 0) + 1);
  const byReader = labels.allByReader();
  const said = new Map<string, Label>();
  const rows = new Map<string, { readonly outcome: Outcome; readonly row: number }>();
  const entries: { key: number; reader: string | null; outcome: Outcome }[] = [];
  table.rows.forEach((row, i) => {
    try {
      const key = context.samples.key(row.sample ?? '');
      const named = row.reader?.trim() || null;
      const reader = named ?? (options.reader?.trim() || null);
      const who = `${key}\n${reader ?? ''}`;
      // One row of a sample is its label; several are the last words of its readers.
      const several = rowsOf.get(row.sample ?? '')! > 1;
      const old = several
        ? (said.get(who) ?? byReader.get(key)?.findLast((l) => l.reader === reader) ?? NO_LABEL)
        : labels.label(key);
      const outcome = questions ? answersOutcome(row, old, several, questions, scheme) : rowOutcome(row, old, scheme);
      const before = rows.get(who);
      if (before && !(sameValue(outcome.value, before.outcome.value) && outcome.state === before.outcome.state))
        throw new UserError(
          'table-invalid',
          `"${row.sample}" stands in row ${before.row} too, with another label or state of the same reader`,
        );
      rows.set(who, { outcome, row: i + 2 });
      if (saysTheSame(outcome, old) && (several || named === null || named === old.reader)) return;
      said.set(who, { ...outcome, reader, event: null });
      entries.push({ key, reader, outcome });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(error.code, `row ${i + 2}: ${error.reason}`, { file, cause: error });
    }
  });
  if (entries.length > 0) labels.bring(entries);
  return { file, rows: table.rows.length, changed: entries.length, keys: [...new Set(entries.map((e) => e.key))] };
}

const saysTheSame = (outcome: Outcome, old: Label): boolean =>
  sameValue(outcome.value, old.value) &&
  outcome.state === old.state &&
  outcome.note === old.note &&
  outcome.reason === old.reason;

function rowOutcome(row: Readonly<Record<string, string>>, old: Label, scheme: LabelScheme): Outcome {
  const name = row.label?.trim() ?? '';
  const found = scheme.classes.find((c) => c.name === name) ?? scheme.classes.find((c) => c.short === name);
  if (name !== '' && !found) throw new UserError('class-missing', `there is no class "${name}" in this project`);
  const state = stateOf(row.state?.trim() ?? '', found !== undefined);
  const reason = row.reason?.trim() || old.reason || 'from a table';
  const base = { ...old, value: null };
  return outcomeOf(
    base,
    { class: found?.id, state, note: row.note, ...(state === 'excluded' ? { reason } : {}) },
    false,
    scheme,
  );
}

/**
 * Questions without a column keep their answers; an empty cell is "not assessed". Where several readers have a row each, a
 * reader says nothing of what that reader did not assess.
 */
function answersOutcome(
  row: Readonly<Record<string, string>>,
  old: Label,
  several: boolean,
  questions: readonly { id: number; column: string }[],
  scheme: LabelScheme,
): Outcome {
  const given = questions.map(({ id, column }) => ({ id, said: answerIn(row[column] ?? '', column) }));
  const before = answersOf(old.value);
  const said = given.filter((g) => !several || g.said !== 'na' || answerTo(before, g.id) !== 'na');
  const answers = Object.fromEntries(said.map((g) => [g.id, g.said]));
  const text = row.state?.trim() ?? '';
  const state = text === '' ? undefined : stateOf(text, false);
  if (state === 'unlabelled') return outcomeOf(old, { state, note: row.note }, false, scheme);
  if (said.length === 0 && state === undefined)
    return outcomeOf(old, { note: row.note ?? old.note ?? '' }, false, scheme);
  const reason = row.reason?.trim() || old.reason || 'from a table';
  const change = { answers, state, note: row.note, ...(state === 'excluded' ? { reason } : {}) };
  return outcomeOf(old, change, false, scheme);
}

/** @throws UserError `value-invalid` */
function answerIn(text: string, column: string): Answer {
  const said = answerFrom(text);
  if (said !== null) return said;
  throw new UserError('value-invalid', `"${text}" in the column "${column}" is no answer: write yes, no or na`);
}

function stateOf(text: string, hasClass: boolean): LabelState {
  if (text === '') return hasClass ? 'labelled' : 'unlabelled';
  const state = labelState.safeParse(text);
  if (!state.success)
    throw new UserError('value-invalid', `"${text}" is no state; the states are ${labelState.options.join(', ')}`);
  return state.data;
}
