import type { TableReport } from '@shared/domain';

/** How many lists of a table's oddities have something in them. */
export const listsOf = (report: TableReport): number =>
  [report.withoutFile, report.withoutRow, report.conflicts].filter(({ count }) => count > 0).length;
