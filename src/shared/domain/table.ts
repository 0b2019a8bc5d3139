import { z } from 'zod';

/** What the cells under `path` name: volumes of a patient, study or series, or files. */
export const tableKey = z.enum(['file', 'patient', 'study', 'series']);
export type TableKey = z.infer<typeof tableKey>;

/** What a column of a table may be to a sample. */
export const tableRole = z.enum(['path', 'label', 'patient', 'split', 'reader']);
export type TableRole = z.infer<typeof tableRole>;

const column = z.string().min(1);

/**
 * How a table is read: which column is what, and what its spellings mean. Kept with the project's originals (its patients are names that
 * no export may contain) and used again for the next table. A role that is null is not in the table; one that is absent is looked for by
 * its own name.
 */
export const tableMap = z.strictObject({
  path: column,
  /** Of studies; found out by itself unless given. */
  by: tableKey.optional(),
  label: column.nullable(),
  patient: column.nullable().optional(),
  split: column.nullable().optional(),
  reader: column.nullable().optional(),
  /** Of several yes/no questions: a column each, in place of `label`. Cells say yes, no or nothing; `labels` translates others. */
  answers: z.array(column).min(1).optional(),
  /** Found out by itself unless given. */
  delimiter: z.string().length(1).optional(),
  encoding: z.string().min(1).optional(),
  /** Of an XLSX; the first one unless given. */
  sheet: z.string().min(1).optional(),
  /** Spelling → class; null: no label. What is absent means itself. */
  labels: z.record(z.string(), z.string().nullable()).optional(),
  /** Spelling of an id → the patient's id. What is absent means itself, blanks and zeros included. */
  patients: z.record(z.string(), z.string().min(1)).optional(),
  /** Columns to filter by; all that have no role, and no name that looks like identity, unless given. */
  metadata: z.array(column).optional(),
});
export type TableMap = z.infer<typeof tableMap>;
/** What a person writes into a map's file: what is absent is found out, or asked for. */
export const partialTableMap = tableMap.partial();
export type PartialTableMap = z.infer<typeof partialTableMap>;

/** A list of which only the beginning travels. */
export const listed = <T extends z.ZodType>(item: T) => z.object({ count: z.number().int(), first: z.array(item) });

/** What a table says that cannot be taken as it stands; every line is for a person to look at. */
export const tableReport = z.object({
  rows: z.number().int(),
  /** Rows that name no picture of the folder; `row` counts from 1, the header included. */
  withoutFile: listed(z.object({ row: z.number().int(), path: z.string() })),
  /** Pictures that no row names: they come in unlabelled. */
  withoutRow: listed(z.string()),
  /** Pictures whose rows say different things: they come in unlabelled. */
  conflicts: listed(
    z.object({
      id: z.string(),
      rows: z.array(z.number().int()),
      column: z.string(),
      values: z.array(z.string()),
      /** Readers of these rows, where there are several. */
      readers: z.array(z.string()).default([]),
    }),
  ),
  /** Pictures whose patient is blank: each is a group of its own. */
  blankPatients: z.number().int(),
  /** Ids that are equal but for blanks, case and leading zeros: one patient only if a person says so. */
  alikePatients: listed(z.array(z.string())),
  /** Spellings of labels that are equal but for blanks and case, after the map. */
  alikeLabels: z.array(z.array(z.string())),
});
export type TableReport = z.infer<typeof tableReport>;

/** What the mapping step shows. */
export const tablePreview = z.object({
  file: z.string(),
  columns: z.array(z.string()),
  /** The first 20, in the order of `columns`. */
  rows: z.array(z.array(z.string())),
  encoding: z.string(),
  /** null of an XLSX. */
  delimiter: z.string().nullable(),
  sheets: z.array(z.string()),
  sheet: z.string().nullable(),
  /** As far as it is known or guessed; `guessed` are the roles that a person should look at. */
  map: partialTableMap,
  guessed: z.array(tableRole),
  /** Columns that hold nothing but yes, no and gaps: each may be a question of its own. */
  answerable: z.array(z.string()),
  /** Why it cannot be read so; null where it can. */
  problem: z.string().nullable(),
  /** Spellings in the column of labels, or in those of answers, the most frequent first; at most 500. */
  labels: z.array(z.object({ value: z.string(), count: z.number().int() })),
  /** null while there is a problem. */
  report: tableReport.nullable(),
});
export type TablePreview = z.infer<typeof tablePreview>;
