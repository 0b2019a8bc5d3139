import { writeFileAtomic } from '../atomicFile';
import { labelState, type LabelScheme, type LabelState, type Split } from '@shared/domain';
import { readTable, writeCsv } from '@main/formats';
import { UserError } from '@shared/errors';
import type { SampleTable } from '../samples';
import { outcomeOf, type Outcome } from './change';
import { NO_LABEL, type Label } from './fold';
import type { LabelJournal } from './journal';

const COLUMNS = ['sample', 'split', 'group', 'label', 'state', 'reader'] as const;

/** What a table says of samples beside their labels. */
export interface TableContext {
  readonly samples: SampleTable;
  /** Keys by id. */
  inOrder(): readonly number[];
  splitOf(key: number): Split | null;
  groupOf(key: number): number;
}

/**
 * Writes one row a sample (or one a reader of a sample), RFC 4180, with full class names.
 * @throws UserError where the file cannot be written
 */
export async function exportLabels(
  labels: LabelJournal,
  context: TableContext,
  file: string,
  options: { allReaders?: boolean } = {},
): Promise<{ file: string; rows: number }> {
  const everyReader = options.allReaders ? labels.allByReader() : null;
  const names = new Map(labels.scheme.classes.map((c) => [c.id, c.name]));
  const rows: Record<(typeof COLUMNS)[number], string | number>[] = [];
  for (const key of context.inOrder()) {
    const said = everyReader?.get(key) ?? [];
    for (const label of said.length > 0 ? said : [labels.label(key)])
      rows.push({
        sample: context.samples.ids[key]!,
        split: context.splitOf(key) ?? '',
        group: context.groupOf(key),
        label: label.value === null ? '' : (names.get(label.value.class) ?? ''),
        state: label.state,
        reader: label.reader ?? '',
      });
  }
  try {
    writeFileAtomic(file, writeCsv(COLUMNS, rows));
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

/**
 * Reads a table as `exportLabels` writes it (columns `sample` and `label`; `state`, `reader`, `reason`, `note` where there are any)
 * as one undoable step. Rows that say what stands there already change nothing; `split` and `group` are not read.
 * @param options.reader for rows without one
 * @throws UserError `table-invalid`, `sample-missing`, `class-missing` naming the row; nothing is changed then
 */
export async function importLabels(
  labels: LabelJournal,
  context: TableContext,
  file: string,
  options: { reader?: string } = {},
): Promise<{ file: string; rows: number; changed: number; keys: number[] }> {
  const table = await readTable(file);
  for (const column of ['sample', 'label'])
    if (!table.columns.includes(column)) throw new UserError('table-invalid', `it has no column "${column}"`, { file });
  const rowsOf = new Map<string, number>();
  for (const { sample = '' } of table.rows) rowsOf.set(sample, (rowsOf.get(sample) ?? 0) + 1);
  const byReader = labels.allByReader();
  const said = new Map<string, Label>();
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
      const outcome = rowOutcome(row, old, labels.scheme);
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
  outcome.value?.class === old.value?.class &&
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
  );
}

function stateOf(text: string, hasClass: boolean): LabelState {
  if (text === '') return hasClass ? 'labelled' : 'unlabelled';
  const state = labelState.safeParse(text);
  if (!state.success)
    throw new UserError('value-invalid', `"${text}" is no state; the states are ${labelState.options.join(', ')}`);
  return state.data;
}
