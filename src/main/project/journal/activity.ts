import type { ActivityPage, LabelScheme } from '@shared/domain';
import type { Db } from '../db/sqlite';
import { selectEvents, valueText } from './events';

export interface ActivityQuery {
  /** Position before which to go on; null from the newest. */
  readonly before: number | null;
  readonly limit: number;
  readonly key?: number;
  readonly reader?: string;
  readonly origin?: string;
  /** In sample, note, reason, reader and class name; case does not matter. */
  readonly text?: string;
  /** Leaves out what the import brought. */
  readonly withoutImported?: boolean;
}

/** Events that fit, newest first. */
export function activityPage(
  db: Db,
  query: ActivityQuery,
  scheme: LabelScheme,
  importedUpTo: number,
): Pick<ActivityPage, 'events' | 'more'> {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const only = (condition: string, ...bound: (string | number)[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (query.before !== null) only('position < ?', query.before);
  if (query.withoutImported) only('position > ?', importedUpTo);
  if (query.key !== undefined) only('key = ?', query.key);
  if (query.reader !== undefined) only('reader = ?', query.reader);
  if (query.origin !== undefined) only('origin = ?', query.origin);
  const text = query.text?.trim().toLowerCase();
  if (text) {
    const named = scheme.classes
      .filter((c) => c.name.toLowerCase().includes(text))
      .map((c) => valueText({ class: c.id })!);
    const inClass = named.length > 0 ? ` OR new_value IN (${named.map(() => '?').join()})` : '';
    only(
      `(instr(lower(sample || char(10) || reader || char(10) || coalesce(note, '') || char(10) || coalesce(reason, '')), ?) > 0${inClass})`,
      text,
      ...named,
    );
  }
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const events = selectEvents(db, `${where} ORDER BY position DESC LIMIT ?`, ...values, query.limit + 1);
  return { events: events.slice(0, query.limit), more: events.length > query.limit };
}
