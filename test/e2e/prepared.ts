import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { syntheticArrays } from '@main/cli/bench/synthetic';
import { startApp, type App } from './app';

const root = resolve(import.meta.dirname, '../..');

/**
 * Projects that several tests begin with, made once by the command line and copied: what a window does there, other tests show.
 * `breast`: BreastMNIST with the probe's features. `small`: 60 synthetic pictures, trained for one epoch, its test split scored.
 */
const MAKE = {
  breast: (project: string, home: string): void => {
    const file = join(root, 'resources', 'samples', 'breastmnist.npz');
    residua(home, 'import', file, '--project', project, '--name', 'breastmnist');
    residua(home, 'predict', '--project', project);
  },
  small: (project: string, home: string): void => {
    const arrays = join(home, 'arrays');
    mkdirSync(arrays, { recursive: true });
    residua(home, 'import', ...syntheticArrays(arrays, 60), '--project', project, '--name', 'small');
    residua(home, 'train', '--project', project, '--epochs', '1', '--score-test');
  },
};
type Prepared = keyof typeof MAKE;

function residua(home: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'out/main/cli.js'), ...args, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, RESIDUA_HOME: home },
    maxBuffer: 1e9,
  });
  if (status !== 0) throw new Error(`residua ${args.join(' ')}: ${stderr}`);
}

/** Whole or not there: a test that was cut off leaves nothing that another one would take. */
function made(name: Prepared): string {
  const place = join(process.env.RESIDUA_PREPARED!, `${name}.residua`);
  if (existsSync(place)) return place;
  const work = mkdtempSync(join(process.env.RESIDUA_PREPARED!, 'making-'));
  MAKE[name](join(work, 'project.residua'), join(work, 'home'));
  renameSync(join(work, 'project.residua'), place);
  return place;
}

/** A home in which a copy of the project is the most recent one. */
export function homeWith(name: Prepared): { home: string; project: string } {
  const home = mkdtempSync(join(tmpdir(), 'residua-e2e-'));
  const project = join(home, `${name}.residua`);
  cpSync(made(name), project, { recursive: true });
  residua(home, 'labels', 'log', '--project', project, '--limit', '1');
  return { home, project };
}

/** The app with a copy of the project open in Browse. */
export async function startWith(name: Prepared): Promise<App> {
  const app = await startApp({ home: homeWith(name).home });
  await app.page.locator('.recent .open').first().click();
  await app.page.getByRole('navigation').getByRole('link', { name: 'Browse' }).click();
  return app;
}
