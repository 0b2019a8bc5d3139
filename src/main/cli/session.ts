import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { computeEntry, volumesEntry, createServices, localClient } from '@main/api';
import type { Services } from '@main/api';
import { forkSpawner } from '@main/compute';
import { readHolder } from '@main/project';
import { followLocal } from '@main/project/disk/mirror';
import { placeOf } from '@main/project/disk/place';
import { connectSocket } from '@main/web';
import type { Client } from '@shared/contract';
import type { ProjectInfo } from '@shared/domain';
import { UserError } from '@shared/errors';
import { sampleKeys } from '@shared/sampleKeys';

/** Services of this process, without a window. */
export const ownServices = (
  options: { shell?: Services['shell']; socket?: string; userDataDir?: string } = {},
): Services =>
  createServices({
    shell: 'command-line',
    spawner: { spawn: (environment) => forkSpawner(computeEntry()).spawn(environment) },
    volumeSpawner: { spawn: (environment) => forkSpawner(volumesEntry()).spawn(environment) },
    ...options,
  });

/** A project that a command works on, and through whom. */
export interface Session {
  readonly client: Client;
  readonly info: ProjectInfo;
  close(): Promise<void>;
}

/** Another command line holds a project for moments only, unless it trains: it is waited for so many milliseconds. */
const PATIENCE = 3000;
/** A holder that answers nothing for so many milliseconds hangs or is stopped: then it is named instead of waited for. */
const ANSWERS_WITHIN = 10_000;

/**
 * Opens a project in this process; where the app (or `serve`) has it open, works through that process instead, by the
 * same procedures.
 * @throws UserError project-locked where somebody holds it who does not answer
 */
export async function openProject(dir: string): Promise<Session> {
  const path = followLocal(dir);
  if (!existsSync(join(path, 'project.db')))
    throw new UserError('project-missing', 'there is no Residua project here', { file: dir });
  sayWhere(path);
  for (const start = performance.now(); ;) {
    const session = (await throughHolder(path)) ?? (await openHere(path, performance.now() - start > PATIENCE));
    if (session) return session;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A database on a network or in a cloud's folder may be damaged: whoever works on one there should know. */
function sayWhere(path: string): void {
  const { kind, name } = placeOf(path);
  if (kind === 'local') return;
  const where =
    kind === 'network' ? `on a network (${name ?? 'shared folder'})` : `in a folder of ${name ?? 'a cloud'}`;
  process.stderr.write(
    `${path} lies ${where}, where a database may be damaged: work on a project on a local disk, with dated backups there (open it in the app to bring it here)\n`,
  );
}

/** Through the process that has the project open; null where none answers. */
async function throughHolder(path: string): Promise<Session | null> {
  const { socket } = readHolder(path) ?? { socket: null };
  if (socket === null) return null;
  try {
    const connection = await connectSocket(socket, ANSWERS_WITHIN);
    const info = await connection.client.project.info({}, { signal: AbortSignal.timeout(ANSWERS_WITHIN) });
    if (info && resolve(info.dir) === path)
      return { client: connection.client, info, close: () => Promise.resolve(connection.close()) };
    connection.close();
  } catch (error) {
    // It has just ended, or is stuck; whether the project is free shows when it is opened.
    if (!(error instanceof UserError && error.code === 'connection-lost')) throw error;
  }
  return null;
}

/** In this process. @returns null where somebody has it and there is patience left */
async function openHere(path: string, lastTry: boolean): Promise<Session | null> {
  const services = ownServices();
  try {
    const client = localClient(services);
    return {
      client,
      info: await client.project.open({ dir: path, elsewhere: 'there' }),
      close: () => services.close(),
    };
  } catch (error) {
    await services.close();
    if (!lastTry && error instanceof UserError && error.code === 'project-locked') return null;
    throw error;
  }
}

/** Does something with a project and closes it whatever happens. */
export async function withProject<T>(dir: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openProject(dir);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Keys by sample id. @throws UserError sample-missing */
export async function keyOf(client: Client, sample: string): Promise<number> {
  const keys = await sampleKeys(client, { filter: { text: sample }, sort: 'id' });
  for (let at = 0; at < keys.length; at += 1000) {
    const rows = await client.samples.rows({ keys: keys.slice(at, at + 1000) });
    const row = rows.find(({ id }) => id === sample);
    if (row) return row.key;
  }
  throw new UserError('sample-missing', `the project has no sample "${sample}"`);
}
