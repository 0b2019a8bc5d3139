import type { LabelOrigin, LabelValue, Split } from '@shared/domain';
import type { Db } from '../db/sqlite';
import { TARGET_NOTE, valueOf } from './events';

/** Where labels came from, counted over the whole journal: what a report says of them. */
export interface LabelCensus {
  /** Events by origin, and how many labels of now stand on one of that origin. */
  readonly origins: readonly { readonly origin: LabelOrigin; readonly events: number; readonly standing: number }[];
  /** What people had on screen when they read single samples: the model's prediction, none, or the model hidden. */
  readonly onScreen: { readonly prediction: number; readonly none: number; readonly hidden: number };
  /** Readings of test samples with nothing on screen but their pixels. */
  readonly blind: number;
  /** Samples whose label came with the data: what it was, what it is now, how many, in which split. */
  readonly sinceImport: readonly {
    readonly from: LabelValue;
    readonly to: LabelValue;
    readonly split: Split | null;
    readonly samples: number;
  }[];
}

export function census(db: Db, splitVersion: number): LabelCensus {
  const standing = new Map(
    db.all<[LabelOrigin, number]>(
      'SELECT e.origin, count(*) FROM labels l JOIN events e ON e.id = l.event GROUP BY e.origin',
    ),
  );
  const origins = db
    .all<[LabelOrigin, number]>('SELECT origin, count(*) FROM events GROUP BY origin ORDER BY origin')
    .map(([origin, events]) => ({ origin, events, standing: standing.get(origin) ?? 0 }));
  const [hidden, prediction, none] = db.get<[number, number, number]>(
    `SELECT coalesce(sum(hidden), 0), coalesce(sum(NOT hidden AND shown), 0), coalesce(sum(NOT hidden AND NOT shown), 0) FROM (
       SELECT json_extract(context, '$.modelHidden') = 1 AS hidden,
         coalesce(json_type(context, '$.probabilities') = 'array', 0) AS shown
       FROM events WHERE context IS NOT NULL AND target <> ? AND origin IN ('read', 'suggestion'))`,
    TARGET_NOTE,
  )!;
  const [blind] = db.get<[number]>(
    `SELECT count(*) FROM events WHERE json_type(context, '$.blindReread') = 'integer' AND target <> ?`,
    TARGET_NOTE,
  )!;
  const sinceImport = db
    .all<[string, string | null, Split | null, number]>(
      `SELECT f.new_value, l.value, m.split, count(*)
       FROM (SELECT key, new_value, min(position) FROM events WHERE origin = 'imported' AND new_value IS NOT NULL GROUP BY key) f
       JOIN labels l ON l.key = f.key LEFT JOIN split_members m ON m.version = ? AND m.key = f.key
       GROUP BY f.new_value, l.value, m.split ORDER BY f.new_value, l.value, m.split`,
      splitVersion,
    )
    .map(([from, to, split, samples]) => ({ from: valueOf(from), to: valueOf(to), split, samples }));
  return { origins, onScreen: { prediction, none, hidden }, blind, sinceImport };
}
