/**
 * Makes a project of the hippocampus task of the Medical Segmentation Decathlon (folders `images` and `labels`): boxes around the anterior
 * and the posterior part of each subject's hippocampus, two classes, grouped by subject.
 *
 *     node scripts/hippocampus.mjs FOLDER PROJECT [SUBJECTS]
 *
 * Needs the built app (`npm run build`). SUBJECTS: how many, all unless said.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder, project, subjects] = process.argv.slice(2);
if (!folder || !project) {
  console.error('node scripts/hippocampus.mjs FOLDER PROJECT [SUBJECTS]');
  process.exit(2);
}
const residua = join(dirname(fileURLToPath(import.meta.url)), 'residua.mjs');
const run = (...args) =>
  execFileSync(process.execPath, [residua, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });

const names = readdirSync(join(folder, 'labels'))
  .filter((name) => name.endsWith('.nii.gz'))
  .sort()
  .slice(0, subjects === undefined ? undefined : Number(subjects));
const files = (part) => names.map((name) => join(folder, part, name));

const work = mkdtempSync(join(tmpdir(), 'residua-hippocampus-'));
try {
  const boxes = join(work, 'boxes.csv');
  run('volume', 'boxes', ...files('labels'), '--names', '1=anterior,2=posterior', '--margin', '2', '--out', boxes);
  run(
    'import',
    ...files('images'),
    '--studies',
    '--patients-from',
    'name',
    '--classes',
    'anterior,posterior',
    '--project',
    project,
    '--name',
    'Hippocampus',
  );
  run('boxes', 'import', boxes, '--project', project, '--reader', 'MSD');
  run('input', 'set', '--fit', '--project', project);
} finally {
  rmSync(work, { recursive: true, force: true });
}
