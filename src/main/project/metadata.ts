import { z } from 'zod';
import { UserError } from '@shared/errors';
import type { Db } from './db/sqlite';
import type { NewMetadata } from './types';

/** A column of a table, by key: few different values, each named once. */
export interface MetadataColumn {
  readonly name: string;
  /** In the order of screens: numbers by size. */
  readonly values: readonly string[];
  /** Place in `values` plus 1; 0: the table says nothing. */
  readonly codes: Uint32Array;
}

const compare = new Intl.Collator('en', { numeric: true }).compare;
const vocabulary = z.array(z.string());

/** What tables said of samples beside labels, patients and splits. */
export function loadMetadata(db: Db, samples: number): MetadataColumn[] {
  return db
    .all<[string, string, string]>('SELECT name, vocabulary, codes FROM metadata ORDER BY number')
    .map(([name, words, packed]) => {
      const bytes = Buffer.from(packed, 'base64');
      const codes = new Uint32Array(samples);
      const values = vocabulary.parse(JSON.parse(words));
      if (bytes.length > 4 * samples)
        throw new UserError('project-damaged', `its column "${name}" has more values than samples`, { file: db.file });
      for (let key = 0; 4 * key < bytes.length; key++) codes[key] = bytes.readUInt32LE(4 * key);
      return { name, values, codes };
    });
}

/** Writes all columns anew; call inside a transaction. */
export function writeMetadata(db: Db, columns: readonly NewMetadata[]): void {
  db.run('DELETE FROM metadata');
  columns.forEach(({ name, values }, number) => {
    const words = [...new Set(values)].filter((v) => v !== null).sort(compare);
    const code = new Map(words.map((word, i) => [word, i + 1]));
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, key) => bytes.writeUInt32LE(value === null ? 0 : code.get(value)!, 4 * key));
    db.run('INSERT INTO metadata VALUES (?, ?, ?, ?)', number, name, JSON.stringify(words), bytes.toString('base64'));
  });
}

/** The value of one sample; null where the table says nothing. */
export const metadataValue = ({ values, codes }: MetadataColumn, key: number): string | null =>
  codes[key] === 0 ? null : values[codes[key]! - 1]!;
