import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MEDMNIST } from '@main/project/import/medmnist';
import { npy, npz } from '../formats/npyFile';
import { pngOf } from '../import/setup';
import { builtCommandLine, type Residua } from './built';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

/** As ChestMNIST: grey 28×28 and 14 findings, each a brighter patch at a place of its own. */
const QUESTIONS = 14;
const NAMES = MEDMNIST.chestmnist!.classes;
const says = (i: number, q: number): boolean => ((Math.imul(i * QUESTIONS + q + 1, 2654435761) >>> 15) & 3) === 0;
function chest(split: string, from: number, count: number): Record<string, Buffer> {
  const images = Uint8Array.from({ length: count * 784 }, (_, at) => {
    const [i, y, x] = [from + Math.floor(at / 784), Math.floor((at % 784) / 28), at % 28];
    const q = 4 * Math.floor(y / 7) + Math.floor(x / 7);
    const noise = (Math.imul(from * 784 + at + 1, 2246822519) >>> 17) & 63;
    return noise + (q < QUESTIONS && says(i, q) ? 180 : 0);
  });
  const labels = Uint8Array.from({ length: count * QUESTIONS }, (_, at) =>
    Number(says(from + Math.floor(at / QUESTIONS), at % QUESTIONS)),
  );
  return {
    [`${split}_images`]: npy('|u1', [count, 28, 28], images),
    [`${split}_labels`]: npy('|u1', [count, QUESTIONS], labels),
  };
}

let residua: Residua;
let project: string;
beforeAll(async () => {
  residua = await builtCommandLine();
  project = join(residua.dir, 'chest.residua');
  const parts = [chest('train', 0, 60), chest('val', 60, 20), chest('test', 80, 20)];
  writeFileSync(join(residua.dir, 'chestmnist.npz'), npz(Object.assign({}, ...parts) as Record<string, Buffer>));
});
afterAll(() => residua.remove());

const ask = async (...args: string[]): Promise<Record<string, unknown>> => {
  const ran = await residua.run(...args, '--json');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  return ran.json();
};
/** The table of labels, by sample. */
async function exported(): Promise<Map<string, Record<string, string>>> {
  const file = join(residua.dir, 'out.csv');
  await ask('labels', 'export', file, '--project', project);
  const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\r\n');
  const columns = head!.split(',');
  return new Map(
    lines.map((line) => {
      const cells = line.split(',');
      return [cells[0]!, Object.fromEntries(columns.map((name, c) => [name, cells[c]!]))];
    }),
  );
}

describe('several answers from the command line', () => {
  it('come from an npz of fourteen columns, by their official names', async () => {
    const answer = await ask('import', join(residua.dir, 'chestmnist.npz'), '--project', project);
    expect(answer).toMatchObject({ samples: 100, classes: NAMES, splits: { train: 60, val: 20, test: 20 } });
  });

  it('are set one by one, the others staying, and exported a column each', async () => {
    const [first, second, third] = NAMES as [string, string, string];
    const before = (await exported()).get('train_0004')!;
    const answers = ['--answer', `${first}=yes`, '--answer', `${second}=no`, '--answer', `${third}=na`];
    const set = ['labels', 'set', '--project', project, '--sample', 'train_0004'];
    expect(await ask(...set, ...answers, '--reader', 'Ada')).toEqual({ event: expect.any(String), saved: true });
    const after = (await exported()).get('train_0004')!;
    expect(after).toEqual({
      ...before,
      [first]: 'yes',
      [second]: 'no',
      [third]: 'na',
      state: 'checked',
      reader: 'Ada',
    });
    const wrong = await residua.run(...set, '--answer', `${first}=perhaps`, '--reader', 'Ada', '--json');
    expect(wrong.code).not.toBe(0);
    const unknown = await residua.run(...set, '--answer', 'cough=yes', '--reader', 'Ada', '--json');
    expect(unknown.stdout).toContain('there is no question');
  });
});

it('come from the columns of a table, by its map', async () => {
  const root = join(residua.dir, 'scans');
  mkdirSync(root);
  for (let i = 1; i <= 4; i++) writeFileSync(join(root, `${i}.png`), await pngOf(i));
  const table = join(root, 'findings.csv');
  writeFileSync(table, 'path,edema,mass\n1.png,1,maybe\n2.png,0,yes\n3.png,,no\n');
  const map = join(root, 'map.json');
  writeFileSync(map, JSON.stringify({ answers: ['edema', 'mass'], labels: { maybe: null } }));
  const dir = join(residua.dir, 'scans.residua');
  expect(await ask('import', root, '--table', table, '--map', map, '--project', dir)).toMatchObject({
    samples: 4,
    classes: ['edema', 'mass'],
  });
  // A later table is read by the same map.
  writeFileSync(join(root, '5.png'), await pngOf(5));
  writeFileSync(table, 'path,edema,mass\n1.png,1,maybe\n5.png,no,1\n');
  expect(await ask('import', root, '--table', table, '--project', dir)).toMatchObject({ added: 1, samples: 5 });
  const file = join(residua.dir, 'scans.csv');
  await ask('labels', 'export', file, '--project', dir);
  const lines = readFileSync(file, 'utf8').split('\r\n');
  expect(lines.find((line) => line.startsWith('1.png'))).toContain(',yes,na,labelled');
  expect(lines.find((line) => line.startsWith('5.png'))).toContain(',no,yes,labelled');
});
