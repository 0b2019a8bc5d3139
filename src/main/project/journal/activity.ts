import type { ActivityPage, BoxEvent, LabelScheme, SchemeChange, SchemeEvent } from '@shared/domain';
import { labelScheme } from '@shared/domain';
import { schemeChanges } from '@shared/schemeChanges';
import type { Db } from '../db/sqlite';
import { selectEvents, valueText } from './events';
import { boxEvents } from '../boxes/steps';
import { patientEvents } from './patientSteps';

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

/**
 * Events that fit, newest first, and the changes of classes between them.
 * @param withheld keys whose events are kept back: what is in them would unblind a reader
 */
export function activityPage(
  db: Db,
  query: ActivityQuery,
  scheme: LabelScheme,
  o: { importedUpTo: number; withheld: readonly number[]; idOf: (key: number) => string },
): Pick<ActivityPage, 'events' | 'schemes' | 'patients' | 'boxes' | 'withheld' | 'more'> {
  const { importedUpTo, withheld, idOf } = o;
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
  if (withheld.length > 0) only(`key NOT IN (SELECT value FROM json_each(?))`, JSON.stringify(withheld));
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
  const more = events.length > query.limit;
  const page = events.slice(0, query.limit);
  const from = more ? page.at(-1)!.position : -1;
  const schemes = query.key === undefined ? schemeEvents(db, query, from) : [];
  const patients = query.key === undefined && !text ? patientEvents(db).filter((e) => fits(e, query, from)) : [];
  const boxes = boxEvents(db).filter(
    (e) => fits(e, query, from) && boxesFit(e, query.key === undefined ? null : idOf(query.key), text),
  );
  return { events: page, schemes, patients, boxes, withheld: withheld.length, more };
}

type SchemeRow = [string, number, string, string, SchemeEvent['origin'], string, string, number];

/** Changes of classes that fit, newest first. @param from position of the page's oldest event; −1 on the last page */
function schemeEvents(db: Db, query: ActivityQuery, from: number): SchemeEvent[] {
  const rows = db.all<SchemeRow>(
    `SELECT s.id, s.version, s.time, s.reader, s.origin, s.scheme, b.scheme,
       (SELECT coalesce(max(e.position), 0) FROM events e WHERE e.clock < s.clock)
     FROM schemes s JOIN schemes b ON b.version = s.version - 1 ORDER BY s.version DESC`,
  );
  const text = query.text?.trim().toLowerCase();
  return rows
    .map(([id, version, time, reader, origin, now, before, after]) => {
      const changes = schemeChanges(schemeOf(before), schemeOf(now));
      return { id, version, time, reader, origin, after, changes };
    })
    .filter(
      (s) =>
        s.changes.length > 0 &&
        fits(s, query, from) &&
        !(query.withoutImported && s.origin === 'imported') &&
        (!text || s.changes.some((c) => wordsOf(c).includes(text))),
    );
}

/** Whether what is no event of a label belongs on a page. @param from position of the page's oldest event */
const fits = (
  { after, reader, origin }: { after: number; reader: string; origin: string },
  query: ActivityQuery,
  from: number,
): boolean =>
  after >= from &&
  (query.before === null || after < query.before) &&
  (query.reader === undefined || reader === query.reader) &&
  (query.origin === undefined || origin === query.origin);

/** @param sample id of the only one that is asked for; null: all */
const boxesFit = ({ boxes }: BoxEvent, sample: string | null, text: string | undefined): boolean =>
  (sample === null || boxes.some((box) => box.sample === sample)) &&
  (!text || boxes.some((box) => box.sample.toLowerCase().includes(text)));

const schemeOf = (text: string): LabelScheme => labelScheme.parse(JSON.parse(text));
const wordsOf = (change: SchemeChange): string =>
  Object.entries(change)
    .flatMap(([name, value]) => (name === 'kind' ? [] : value))
    .join('\n')
    .toLowerCase();
