import { UserError } from '@shared/errors';
import type { Db } from './sqlite';

/** "RSDA": tells our databases from others'. */
export const APPLICATION_ID = 0x52534441;

const states = `('unlabelled', 'labelled', 'checked', 'unsure', 'excluded')`;
const onlyAppended = (table: string): string => `
CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table} BEGIN SELECT raise(ABORT, '${table} are only ever appended'); END;
CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table} BEGIN SELECT raise(ABORT, '${table} are only ever appended'); END;`;

/**
 * The steps from an empty file to the present format; step i makes version i + 1. A step that was released never changes.
 * `events` and `schemes` are the truth; `labels` is their view, kept in the same transactions.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE samples (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  content_hash TEXT NOT NULL,
  width INTEGER NOT NULL, height INTEGER NOT NULL, depth INTEGER NOT NULL,
  channels INTEGER NOT NULL, type TEXT NOT NULL, low REAL NOT NULL, high REAL NOT NULL,
  source INTEGER NOT NULL, pack TEXT, pack_offset INTEGER, file TEXT,
  thumb_offset INTEGER, thumb_width INTEGER, thumb_height INTEGER,
  patient TEXT, official_split TEXT
) STRICT;

CREATE TABLE split_versions (
  version INTEGER PRIMARY KEY, policy TEXT NOT NULL, seed INTEGER NOT NULL, created_at TEXT NOT NULL,
  patients_known INTEGER NOT NULL, test_leaks INTEGER NOT NULL, near_looked_for INTEGER NOT NULL
) STRICT;
CREATE TABLE split_members (
  version INTEGER NOT NULL REFERENCES split_versions(version), key INTEGER NOT NULL REFERENCES samples(key),
  split TEXT CHECK (split IN ('train', 'val', 'test')), leak INTEGER NOT NULL, grp INTEGER NOT NULL,
  PRIMARY KEY (version, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE pairs (
  number INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES samples(key), b INTEGER NOT NULL REFERENCES samples(key),
  exact INTEGER NOT NULL, data TEXT NOT NULL
) STRICT;
CREATE INDEX pairs_a ON pairs(a);
CREATE INDEX pairs_b ON pairs(b);
CREATE TABLE pair_decisions (
  version INTEGER NOT NULL REFERENCES split_versions(version), number INTEGER NOT NULL REFERENCES pairs(number),
  joined INTEGER NOT NULL, PRIMARY KEY (version, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE schemes (
  version INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, clock INTEGER NOT NULL, time TEXT NOT NULL,
  reader TEXT NOT NULL, origin TEXT NOT NULL CHECK (origin IN ('imported', 'read', 'undo', 'redo')),
  refers INTEGER REFERENCES schemes(version), scheme TEXT NOT NULL
) STRICT;
${onlyAppended('schemes')}

CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, clock INTEGER NOT NULL, time TEXT NOT NULL,
  key INTEGER NOT NULL REFERENCES samples(key), sample TEXT NOT NULL, content_hash TEXT NOT NULL,
  scheme TEXT NOT NULL, scheme_version INTEGER NOT NULL REFERENCES schemes(version), target TEXT NOT NULL, box TEXT,
  reader TEXT NOT NULL, old_value TEXT, new_value TEXT,
  old_state TEXT NOT NULL CHECK (old_state IN ${states}), new_state TEXT NOT NULL CHECK (new_state IN ${states}),
  reason TEXT, note TEXT,
  origin TEXT NOT NULL CHECK (origin IN ('imported', 'read', 'suggestion', 'bulk', 'undo', 'redo', 'script')),
  context TEXT, batch TEXT, refers TEXT REFERENCES events(id),
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_sample ON events(key, position);
CREATE INDEX events_of_batch ON events(batch, position) WHERE batch IS NOT NULL;
${onlyAppended('events')}

CREATE TABLE labels (
  key INTEGER PRIMARY KEY REFERENCES samples(key), value TEXT, state TEXT NOT NULL, reader TEXT, reason TEXT, note TEXT,
  event TEXT, changed_at TEXT NOT NULL, position INTEGER NOT NULL
) STRICT;

CREATE TABLE test_scorings (
  number INTEGER PRIMARY KEY, run TEXT NOT NULL, time TEXT NOT NULL, reader TEXT,
  split_version INTEGER NOT NULL REFERENCES split_versions(version), journal INTEGER NOT NULL
) STRICT;
${onlyAppended('test_scorings')}
CREATE TABLE runs (run TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, name TEXT NOT NULL, note TEXT NOT NULL) STRICT;
`,
  // Columns of tables to filter by; `codes` are 32-bit little-endian words by key as base64, 0 for none, else a place in the JSON list plus 1.
  `
CREATE TABLE metadata (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, vocabulary TEXT NOT NULL, codes TEXT NOT NULL
) STRICT;
`,
  // Rounds of blind re-reading of the test split; `keys` is their queue, a JSON array in order.
  `
CREATE TABLE rereads (
  number INTEGER PRIMARY KEY, reader TEXT NOT NULL, seed INTEGER NOT NULL, started_at TEXT NOT NULL, journal INTEGER NOT NULL,
  keys TEXT NOT NULL, ended_at TEXT
) STRICT;
`,
  `ALTER TABLE split_versions ADD COLUMN stratified INTEGER NOT NULL DEFAULT 1;`,
  // Test samples of patients who are in train or validation too.
  `
ALTER TABLE split_versions ADD COLUMN patient_leaks INTEGER NOT NULL DEFAULT 0;
UPDATE split_versions SET patient_leaks = (
  SELECT coalesce(sum(tests), 0) FROM (
    SELECT sum(m.split = 'test') AS tests, sum(m.split IN ('train', 'val')) AS others
    FROM split_members m JOIN samples s ON s.key = m.key
    WHERE m.version = split_versions.version AND s.patient IS NOT NULL GROUP BY s.patient
  ) WHERE others > 0
) WHERE patients_known = 1;
`,
  // Other patients of known samples; `changes` is a JSON array of [key, before, after] with keyed hashes.
  `
CREATE TABLE patient_changes (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, clock INTEGER NOT NULL, time TEXT NOT NULL,
  reader TEXT NOT NULL, origin TEXT NOT NULL CHECK (origin IN ('imported', 'undo', 'redo')),
  refers INTEGER REFERENCES patient_changes(number),
  split_version INTEGER NOT NULL REFERENCES split_versions(version), changes TEXT NOT NULL
) STRICT;
${onlyAppended('patient_changes')}
`,
  // Volumes of studies, de-identified: `info` is what `VolumeInfo` says, `about` the rest, `look` the small pictures in which near-duplicates
  // are looked for (float32 as base64). Where their files lie stands in the identity file alone.
  `
CREATE TABLE volumes (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, patient TEXT, study TEXT NOT NULL,
  info TEXT NOT NULL, about TEXT NOT NULL, look TEXT NOT NULL
) STRICT;
ALTER TABLE samples ADD COLUMN volume INTEGER REFERENCES volumes(key);
CREATE TABLE text_reviews (
  number INTEGER PRIMARY KEY, volume INTEGER NOT NULL REFERENCES volumes(key),
  verdict TEXT NOT NULL CHECK (verdict IN ('clean', 'identity')), reader TEXT NOT NULL, time TEXT NOT NULL
) STRICT;
${onlyAppended('text_reviews')}
`,
  // Boxes in volumes that are samples. `box_events` are the truth, `changes` a JSON array of {key, sample, volume, before, after}; `boxes` is
  // their view: where each box is, or was when it was removed.
  `
CREATE TABLE box_events (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, clock INTEGER NOT NULL, time TEXT NOT NULL,
  reader TEXT NOT NULL, origin TEXT NOT NULL CHECK (origin IN ('read', 'script', 'undo', 'redo')),
  refers INTEGER REFERENCES box_events(number), changes TEXT NOT NULL
) STRICT;
${onlyAppended('box_events')}
CREATE TABLE boxes (
  key INTEGER PRIMARY KEY REFERENCES samples(key), volume INTEGER NOT NULL REFERENCES volumes(key),
  box TEXT NOT NULL, gone INTEGER NOT NULL
) STRICT;
`,
  // Masks over volumes; a mask is what it began with and its steps. `initial` and edits are runs (base64); `volume` names no file.
  `
CREATE TABLE masks (
  id TEXT PRIMARY KEY, volume TEXT NOT NULL, name TEXT NOT NULL, geometry TEXT NOT NULL, segments TEXT NOT NULL, initial TEXT,
  device TEXT NOT NULL, time TEXT NOT NULL, reader TEXT NOT NULL
) STRICT;
CREATE INDEX masks_of_volume ON masks(volume);
${onlyAppended('masks')}
CREATE TABLE mask_steps (
  mask TEXT NOT NULL REFERENCES masks(id), position INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
  device TEXT NOT NULL, time TEXT NOT NULL, reader TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('edit', 'segments', 'undo', 'redo', 'name', 'removed')),
  refers INTEGER, content TEXT,
  PRIMARY KEY (mask, position)
) STRICT;
${onlyAppended('mask_steps')}
`,
];

/** @throws UserError `project-newer` or `project-damaged` where this is no database that we may write to */
export function formatVersion(db: Db, migrations: readonly string[] = MIGRATIONS): number {
  const version = db.get<[number]>('PRAGMA user_version')?.[0] ?? 0;
  const application = db.get<[number]>('PRAGMA application_id')?.[0] ?? 0;
  if (application !== APPLICATION_ID) {
    if (version === 0 && db.get<[number]>('SELECT count(*) FROM sqlite_master')?.[0] === 0) return 0;
    throw new UserError('project-damaged', 'this is not the database of a Residua project', { file: db.file });
  }
  if (version > migrations.length)
    throw new UserError(
      'project-newer',
      `the project was written by a newer Residua (format ${version}, this one knows ${migrations.length}); nothing was changed, update Residua to open it`,
      { file: db.file },
    );
  return version;
}

/** Brings the database to the present format, each step in a transaction of its own; `before` runs ahead of a step on an existing project. */
export function migrate(db: Db, before: (from: number) => void, migrations: readonly string[] = MIGRATIONS): void {
  for (let version = formatVersion(db, migrations); version < migrations.length; version++) {
    if (version > 0) before(version);
    db.transaction(() => {
      db.exec(migrations[version]!);
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
    });
  }
}
