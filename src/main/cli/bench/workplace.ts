import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localClient } from '@main/api';
import type { Services } from '@main/api';
import type { Client } from '@shared/contract';
import { importProject } from '../commands/import';
import type { ImportOptions } from '../commands/import';
import type { Context } from '../context';
import { ownServices } from '../session';

/** A folder of its own for a measurement: projects and settings of the person are left alone. */
export interface Workplace {
  readonly dir: string;
  /** Settings, for `RESIDUA_HOME`. */
  readonly home: string;
  remove(): void;
}

export const workplace = (): Workplace => lastingWorkplace(mkdtempSync(join(tmpdir(), 'residua-bench-')));

/** One in a folder that is kept from call to call. */
export function lastingWorkplace(dir: string): Workplace {
  const home = join(dir, 'home');
  mkdirSync(home, { recursive: true });
  return { dir, home, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export const READER = 'bench';

/** Makes a project of files or of the bundled sample, with a reader named, and closes it again. */
export async function makeProject(
  place: Workplace,
  name: string,
  paths: readonly string[],
  context: Context,
  options: Pick<ImportOptions, 'splits'> = {},
): Promise<{ dir: string; seconds: number; samples: number }> {
  const start = performance.now();
  const dir = join(place.dir, `${name}.residua`);
  const services = ownServices({ userDataDir: place.home });
  try {
    const client = localClient(services);
    const what = paths.length > 0 ? { paths } : { paths, sample: 'breastmnist' };
    const { samples } = await importProject(client, what, { ...options, project: dir, name }, context);
    await client.project.setReader({ reader: READER });
    return { dir, seconds: (performance.now() - start) / 1000, samples };
  } finally {
    await services.close();
  }
}

/** Services as a window has them: the probe follows every change. */
export const withLiveProject = <T>(place: Workplace, dir: string, work: (client: Client) => Promise<T>): Promise<T> =>
  withOpened(ownServices({ shell: 'browser', userDataDir: place.home }), dir, work);

/** Services as a command has them: nothing is computed but what it asks for. */
export const withQuietProject = <T>(place: Workplace, dir: string, work: (client: Client) => Promise<T>): Promise<T> =>
  withOpened(ownServices({ userDataDir: place.home }), dir, work);

async function withOpened<T>(services: Services, dir: string, work: (client: Client) => Promise<T>): Promise<T> {
  try {
    const client = localClient(services);
    await client.project.open({ dir });
    return await work(client);
  } finally {
    await services.close();
  }
}
