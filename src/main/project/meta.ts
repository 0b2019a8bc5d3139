import { z } from 'zod';
import { decisionRule, duplicateCounts, givenCopy, head, inputRecipe, likeness, NEAR } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Db } from './db/sqlite';

/** Single facts about a project, each JSON in the table `meta`. */
const FACTS = {
  id: z.uuid(),
  name: z.string(),
  createdAt: z.string(),
  dimensions: z.enum(['2d', '3d']),
  flips: z.boolean(),
  input: inputRecipe,
  /** A person said how volumes become what the network sees: it no longer follows the data that come in before the first run. */
  inputChosen: z.boolean().default(false),
  duplicates: duplicateCounts,
  /** Correlation above which pictures are near-duplicates, chosen with the import. */
  likeness: likeness.default(NEAR),
  /** Who reads now. */
  reader: z.string().nullable(),
  rule: decisionRule,
  /** What the person chose to predict; null: the default rule. */
  predictor: z.object({ run: z.string().nullable(), head }).nullable(),
  /** The last event of the import itself: what lies before cannot be undone. */
  importedUpTo: z.number().int(),
  /** Present in a copy that was given to a colleague. */
  given: givenCopy,
  /** Folder that dated copies of the database go to, beside those in `backups/`. */
  backupsTo: z.string(),
  /** How the search for near-duplicates ended that an import could not do; null: it has not. */
  nearSearch: z.enum(['cancelled', 'too-many']).nullable().default(null),
};
export type Facts = { [Name in keyof typeof FACTS]: z.infer<(typeof FACTS)[Name]> };

/** A fact that not every project has. @throws UserError `project-damaged` where it is not what it should be */
export function findFact<Name extends 'given' | 'backupsTo'>(db: Db, name: Name): Facts[Name] | null {
  return db.get('SELECT 1 FROM meta WHERE name = ?', name) === undefined ? null : getFact(db, name);
}

export function dropFact(db: Db, name: 'backupsTo'): void {
  db.run('DELETE FROM meta WHERE name = ?', name);
}

export function getFact<Name extends keyof Facts>(db: Db, name: Name): Facts[Name] {
  const row = db.get<[string]>('SELECT value FROM meta WHERE name = ?', name);
  const parsed = FACTS[name].safeParse(row ? (JSON.parse(row[0]) as unknown) : undefined);
  if (!parsed.success)
    throw new UserError('project-damaged', `it does not say its "${name}"`, { file: db.file, cause: parsed.error });
  return parsed.data as Facts[Name];
}

export function setFact<Name extends keyof Facts>(db: Db, name: Name, value: Facts[Name]): void {
  db.run(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    name,
    JSON.stringify(value),
  );
}
