import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServices, localClient, type Services } from '@main/api';
import type { Spawner } from '@main/compute';
import type { Client } from '@shared/contract';
import type { ImportDecisions } from '@shared/domain';

/** For tests in which no compute process has anything to do. */
export const noCompute: Spawner = {
  spawn: () => {
    throw new Error('a compute process was started where none is needed');
  },
};

export interface Fixture {
  readonly home: string;
  readonly services: Services;
  readonly client: Client;
  close(): Promise<void>;
}

/** Services of their own in a fresh home folder. */
export function openServices(options: Partial<Parameters<typeof createServices>[0]> = {}): Fixture {
  const home = mkdtempSync(join(tmpdir(), 'residua-api-'));
  const services = createServices({
    shell: 'command-line',
    spawner: noCompute,
    volumeSpawner: noCompute,
    userDataDir: join(home, 'user'),
    ...options,
  });
  return {
    home,
    services,
    client: localClient(services),
    close: async () => {
      await services.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export const decisions = (dir: string, more: Partial<ImportDecisions> = {}): ImportDecisions => ({
  name: 'Breast',
  dir,
  policy: 'official',
  positive: 0,
  kind: 'single',
  flips: false,
  pairs: {},
  seed: 1,
  ...more,
});

/** Imports the bundled BreastMNIST through the contract. */
export async function importBreast(client: Client, dir: string, more: Partial<ImportDecisions> = {}) {
  const { importId } = await client.imports.inspect({ paths: [], sample: 'breastmnist' });
  const review = await client.imports.review({ importId });
  return { review, result: await client.imports.commit({ importId, decisions: decisions(dir, more) }) };
}
