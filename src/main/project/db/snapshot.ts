import { open, rm } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import Database from 'libsql/promise';
import { z } from 'zod';
import { databaseError } from './sqlite';

/**
 * Writes a database as of one moment into a new file. A reader of its own does it beside the event loop: whoever writes
 * labels meanwhile notices nothing, and what is written after the moment is not in the copy.
 * @throws UserError `disk-full`, `file-unreadable`, `project-damaged`; nothing is left behind then
 */
export async function snapshotDatabase(from: string, to: string): Promise<void> {
  const reader = new Database(`${pathToFileURL(from).href}?mode=ro`, {});
  try {
    await reader.exec('PRAGMA busy_timeout = 5000');
    await reader.exec(`VACUUM INTO '${to.replaceAll("'", "''")}'`);
    const handle = await open(to, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(to, { force: true });
    throw databaseError(error, to);
  } finally {
    reader.close();
  }
}

/** What SQLite finds wrong with a database; null where it is sound. Beside the event loop, as it reads every page. */
export async function integrityFault(file: string): Promise<string | null> {
  const reader = new Database(`${pathToFileURL(file).href}?mode=ro`, {});
  try {
    const statement = (await reader.prepare('PRAGMA integrity_check')) as { all(): Promise<unknown> };
    const rows = z.array(z.object({ integrity_check: z.string() })).parse(await statement.all());
    return rows[0]?.integrity_check === 'ok' ? null : (rows[0]?.integrity_check ?? 'no answer');
  } catch (error) {
    throw databaseError(error, file);
  } finally {
    reader.close();
  }
}
