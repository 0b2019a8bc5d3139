import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { npyHeader, syntheticArrays } from '@main/cli/bench/synthetic';
import { sharedPath } from '../shared-data';
import { startApp, type App } from './app';

const root = resolve(import.meta.dirname, '../..');

export const VOLUMES = { count: 4, depth: 6, height: 8, width: 10 } as const;

/**
 * Projects that several tests begin with, made once by the command line and copied: what a window does there, other tests show.
 * `volumes`: four small volumes of an array, labelled. `study`: a volume in a NIfTI file of its own, not labelled.
 * `breast`: BreastMNIST with the probe's features. `small`: 60 synthetic pictures, trained for one epoch, its test split scored.
 */
const MAKE = {
  volumes: (project: string, home: string): void => {
    const { count, depth, height, width } = VOLUMES;
    const [images, labels] = [join(home, 'images.npy'), join(home, 'labels.npy')];
    const voxels = new Uint8Array(count * depth * height * width).map((_, i) => (i * 37 + (i >> 5) ** 2) % 200);
    mkdirSync(home, { recursive: true });
    writeFileSync(images, Buffer.concat([npyHeader('|u1', [count, depth, height, width]), voxels]));
    writeFileSync(labels, Buffer.concat([npyHeader('|u1', [count]), Uint8Array.of(0, 1, 0, 1)]));
    residua(home, 'import', images, labels, '--project', project, '--name', 'volumes');
  },
  study: (project: string): void => {
    // Its original is looked for where it was imported from.
    const folder = join(process.env.RESIDUA_PREPARED!, 'study-files');
    mkdirSync(folder, { recursive: true });
    copyFileSync(sharedPath('data/nifti/msd_hippocampus/images/hippocampus_001.nii.gz'), join(folder, 'scan.nii.gz'));
    const home = join(folder, 'home');
    residua(home, 'import', folder, '--studies', '--classes', 'small,large', '--project', project, '--name', 'study');
  },
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
