import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { UserError } from '@shared/errors';
import { placeOf } from '../disk/place';

/** What goes into and comes out of the database. (A boolean would abort the process inside the driver.) */
export type Value = string | number | null;
/** Rows in one text of JSON. */
const AT_A_TIME = 1000;
/** Rows, as a list a column. */
export type ColumnsOf<Row extends readonly Value[]> = { readonly [I in keyof Row]: readonly Row[I][] };

/**
 * A SQLite file with prepared statements by their text, rows as arrays, and errors that a person can act on.
 * The file itself must never be opened by other means in this process: closing it would drop SQLite's locks on it.
 */
export class Db {
  private readonly database: Database.Database;
  private readonly statements = new Map<string, Database.Statement>();
  /** Called where the disk is full; true: some room was made, and the transaction is tried once more. */
  makeRoom: (() => boolean) | null = null;

  private constructor(
    readonly file: string,
    url: string,
  ) {
    try {
      this.database = new Database(url);
    } catch (error) {
      throw databaseError(error, file);
    }
  }

  /**
   * Opens or makes a file for writing; a transaction is durable when `transaction` returns. On a network or in a cloud's folder
   * a write-ahead log is not safe (its index is memory that all who have it open must share): the older journal serves there.
   */
  static open(file: string): Db {
    const db = new Db(file, file);
    const mode = placeOf(file).kind === 'local' ? 'wal' : 'delete';
    db.guard(() => {
      db.database.exec('PRAGMA busy_timeout = 5000');
      if (db.get<[string]>(`PRAGMA journal_mode = ${mode}`)?.[0] !== mode)
        throw new UserError(
          'project-damaged',
          `this disk cannot keep a database safely (it allows no journal of the kind "${mode}")`,
          {
            file,
          },
        );
      // The log is moved into the file while nobody waits (`settle`); the limit is for scripts that never pause.
      db.database.exec(
        'PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA wal_autocheckpoint = 4000',
      );
    });
    return db;
  }

  /** Opens a file that another process may be writing. */
  static openReadOnly(file: string): Db {
    const url = pathToFileURL(file).href;
    const db = new Db(file, `${url}?mode=ro`);
    try {
      db.guard(() => db.database.exec('PRAGMA busy_timeout = 5000'));
      db.get('SELECT count(*) FROM sqlite_master');
      return db;
    } catch (error) {
      // A folder that we may not write to: the shared memory of the log cannot be made, and nobody can be writing.
      if (!(error instanceof UserError && error.code === 'file-unreadable')) throw error;
      const frozen = new Db(file, `${url}?immutable=1`);
      frozen.get('SELECT count(*) FROM sqlite_master');
      return frozen;
    }
  }

  exec(sql: string): void {
    this.guard(() => this.database.exec(sql));
  }

  /** @returns the number of rows changed */
  run(sql: string, ...values: readonly Value[]): number {
    return this.guard(() => this.statement(sql).run(...values).changes);
  }

  get<Row extends readonly Value[]>(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.guard(() => this.statement(sql).get(...values) as Row | undefined);
  }

  all<Row extends readonly Value[]>(sql: string, ...values: readonly Value[]): Row[] {
    return this.guard(() => this.statement(sql).all(...values) as Row[]);
  }

  /**
   * All rows of a table with a column `key`, in the order of that key: some at a time, a list a column. SQLite hands them over as
   * JSON: value by value, as `all` does it, takes twice as long, and a list a row a third more. Reals keep 15 digits.
   * @param where narrows the rows; `values` are its own
   */
  *byKey<Row extends readonly Value[]>(
    table: string,
    columns: readonly string[],
    where = 'TRUE',
    ...values: readonly Value[]
  ): Generator<ColumnsOf<Row>> {
    const [last] = this.get<[number | null]>(`SELECT max(key) FROM ${table} WHERE ${where}`, ...values)!;
    const sql = `SELECT ${columns.map((column) => `json_group_array(${column})`).join()} FROM
      (SELECT * FROM ${table} WHERE ${where} AND key >= ? AND key < ? ORDER BY key)`;
    for (let from = 0; from <= (last ?? -1); from += AT_A_TIME) {
      const texts = this.get<string[]>(sql, ...values, from, from + AT_A_TIME)!;
      yield texts.map((text) => JSON.parse(text) as Value[]) as unknown as ColumnsOf<Row>;
    }
  }

  /** Runs `work` as one transaction: all of it is on the disk when this returns, nothing of it when it throws. */
  transaction<T>(work: () => T): T {
    try {
      return this.attempt(work);
    } catch (error) {
      if (!(error instanceof UserError && error.code === 'disk-full' && this.makeRoom?.())) throw error;
      return this.attempt(work);
    }
  }

  private attempt<T>(work: () => T): T {
    return this.guard(() => {
      this.database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.database.exec('COMMIT');
        return result;
      } catch (error) {
        // A full disk has rolled back already.
        if (this.database.inTransaction) this.database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** Moves what it can of the log into the file, without waiting for readers. */
  settle(): void {
    this.guard(() => this.database.exec('PRAGMA wal_checkpoint(PASSIVE)'));
  }

  /** Moves the whole log into the file, so that one file holds everything. */
  checkpoint(): void {
    this.guard(() => this.database.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
  }

  close(): void {
    this.statements.clear();
    this.database.close();
  }

  private statement(sql: string): Database.Statement {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.database.prepare(sql);
      // Rows of statements that return none cannot be raw.
      if (statement.reader) statement.raw();
      this.statements.set(sql, statement);
    }
    return statement;
  }

  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw databaseError(error, this.file);
    }
  }
}

/** What SQLite's error means to a person. */
export function databaseError(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const options = { file, cause: error };
  if (code === 'SQLITE_FULL')
    return new UserError(
      'disk-full',
      'the disk is full: this change was not saved, everything saved before is safe; free some space and do it again',
      options,
    );
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT'))
    return new UserError(
      'project-damaged',
      'the database is damaged; the folder "backups" beside it holds the last copies, the newest of which can be put in its place',
      options,
    );
  if (code.startsWith('SQLITE_BUSY'))
    return new UserError('project-locked', 'another process holds the database', options);
  if (
    code.startsWith('SQLITE_IOERR') ||
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    error.message.includes('ConnectionFailed')
  )
    return new UserError(
      'file-unreadable',
      `the database cannot be read or written (${code || 'no access'}); nothing of this change was saved`,
      options,
    );
  return error;
}
