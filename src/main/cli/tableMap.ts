import { readFile, stat } from 'node:fs/promises';
import { partialTableMap, type PartialTableMap, type TableReport } from '@shared/domain';
import { UserError } from '@shared/errors';
import { counted } from './output';

const MOST_BYTES = 64 * 1024 * 1024;
const LISTED = 10;

/** Reads a map of a table's columns. @throws UserError naming the file, and what in it is wrong */
export async function readTableMap(file: string): Promise<PartialTableMap> {
  const wrong = (reason: string, cause?: unknown): UserError => new UserError('value-invalid', reason, { file, cause });
  let said: unknown;
  try {
    if ((await stat(file)).size > MOST_BYTES) throw wrong('it is too large to be a map of columns');
    said = JSON.parse((await readFile(file, 'utf8')).replace(/^\ufeff/, ''));
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong(`it is not JSON: ${error.message}`, error);
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new UserError('file-missing', 'there is no such file', { file, cause: error });
    if (error instanceof UserError) throw error;
    throw new UserError('file-unreadable', 'it cannot be read', { file, cause: error });
  }
  const map = partialTableMap.safeParse(said);
  if (map.success) return map.data;
  const [issue] = map.error.issues;
  const where = issue!.path.length > 0 ? `"${issue!.path.join('.')}": ` : '';
  throw wrong(`${where}${issue!.message} (it may hold ${Object.keys(partialTableMap.shape).join(', ')})`, map.error);
}

/** What a person has to look at, in words. @param growing samples that are there keep their labels */
export function tableLines(report: TableReport, growing = false): string[] {
  const lines = [`table: ${counted(report.rows, 'row')}`];
  const list = <T>(
    what: string,
    rest: string,
    { count, first }: { count: number; first: T[] },
    say: (item: T) => string,
  ): void => {
    if (count === 0) return;
    lines.push(`${counted(count, what)} ${rest}:`, ...first.slice(0, LISTED).map((item) => `  ${say(item)}`));
    if (count > LISTED) lines.push(`  … and ${count - LISTED} more`);
  };
  list('row', 'without a file', report.withoutFile, ({ row, path }) => `row ${row}: ${path || '(no path)'}`);
  list(
    'file',
    growing ? 'without a row: new ones unlabelled, known ones as they were' : 'without a row, unlabelled',
    report.withoutRow,
    (id) => id,
  );
  list(
    'sample',
    growing
      ? 'whose rows say different things: new ones unlabelled, known ones as they were'
      : 'whose rows say different things, unlabelled',
    report.conflicts,
    ({ id, rows, column, values, readers }) => {
      const by = readers.length > 0 ? ` (${readers.join(', ')})` : '';
      return `${id}: rows ${rows.join(', ')}${by} say ${values.join(' / ')} in "${column}"`;
    },
  );
  if (report.blankPatients > 0)
    lines.push(`${counted(report.blankPatients, 'sample')} without a patient, each a group of its own`);
  list('list', 'of ids that may be one patient; not merged', report.alikePatients, (ids) =>
    ids.map((id) => JSON.stringify(id)).join(', '),
  );
  list(
    'list',
    'of labels that may be one class; not merged',
    { count: report.alikeLabels.length, first: report.alikeLabels },
    (labels) => labels.map((label) => JSON.stringify(label)).join(', '),
  );
  return lines;
}
