import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticArrays } from '@main/cli/bench/synthetic';
import { readArray } from '@main/formats';
import { resourcePath } from '@main/project/resources';
import { hasReference, referencePath } from '../../shared-data';
import { npy } from '../formats/npyFile';
import { pngOf } from '../import/setup';
import { floats, relativeError } from '../reference/arrays';
import { builtCommandLine, finished } from './built';
import type { Residua } from './built';

let residua: Residua;
let project: string;
beforeAll(async () => {
  residua = await builtCommandLine();
  project = join(residua.dir, 'breast.residua');
});
afterAll(() => residua.remove());

/** Answers of commands that must succeed. */
const ask = async (...args: string[]): Promise<Record<string, unknown>> => {
  const ran = await residua.run(...args, '--json');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  return ran.json();
};
const errorOf = (answer: Record<string, unknown>): { code: string; message: string; file?: string } =>
  answer.error as { code: string; message: string; file?: string };

describe('words', () => {
  it('--help is no mistake, and wrong options end the process with 2 (words.test.ts has them all)', async () => {
    const help = await residua.run('labels', '--help');
    expect([help.code, help.stdout.slice(0, 14)]).toEqual([0, 'Usage: residua']);
    const wrong = await residua.run('train', '--project', 'p', '--epochs', '0', '--json');
    expect([wrong.code, errorOf(wrong.json()).code]).toEqual([2, 'value-invalid']);
  });
});

describe('volumes', () => {
  const small = (...parts: string[]): string => resolve(import.meta.dirname, '../../fixtures/volumes/small', ...parts);
  interface Said {
    readonly volumes: { readonly sha256: string; readonly notes: string[]; readonly files: string[] }[];
    readonly refused: { readonly file: string; readonly reason: string }[];
  }

  it('info says what is in files and folders, and why others are not read', async () => {
    const bad = join(residua.dir, 'bad.nii');
    writeFileSync(bad, readFileSync(small('int16.nii')).subarray(0, 400));
    const answer = (await ask('volume', 'info', small('series.nii.gz'), small('slices'), bad)) as unknown as Said;
    expect(answer.volumes.map(({ files }) => files.length)).toEqual([1, 1, 1, 3]);
    expect(Object.keys(answer.volumes[0]!).slice(0, 12).join()).toBe(
      'files,modality,size,spacing,origin,direction,type,unit,min,max,mean,sha256',
    );
    expect(answer.volumes[3]!.notes[0]).toMatch(/neither millimetres nor directions/);
    expect(answer.refused).toEqual([{ file: bad, reason: 'it is cut short: 72 of 120 bytes of voxels are missing' }]);
    const none = await residua.run('volume', 'info', bad, '--json');
    expect(none.code).toBe(1);
    expect(none.json()).toEqual({ volumes: [], refused: answer.refused });
  });

  it('convert writes what was read, never over an original', async () => {
    const out = join(residua.dir, 'out.nii.gz');
    const written = await ask('volume', 'convert', small('series.nii.gz'), out, '--volume', '2');
    const after = (await ask('volume', 'info', out)) as unknown as Said;
    expect(after.volumes[0]!.sha256).toBe((written.volume as Said['volumes'][0]).sha256);
    const over = await residua.run('volume', 'convert', out, out, '--json');
    expect([over.code, errorOf(over.json()).code]).toEqual([1, 'value-invalid']);
    const several = await residua.run('volume', 'convert', small('series.nii.gz'), out, '--json');
    expect(errorOf(several.json()).message).toMatch(/holds 3 volumes.*--volume/);
  });
});

describe('blocks', () => {
  const fixture = (...parts: string[]): string => resolve(import.meta.dirname, '../../fixtures/blocks', ...parts);

  it('says what a folder holds', async () => {
    const answer = await ask('block', 'list', fixture('gemma2'));
    expect(answer).toMatchObject({ format: 'safetensors', family: 'Gemma 2', layers: [0, 1], layerCount: 2 });
    expect(answer).toMatchObject({ width: 16, heads: 4, keyValueHeads: 2, headSize: 8, hidden: 24, rotary: true });
    expect(answer).toMatchObject({ absorbed: true, types: ['F32'], licence: null });
  });

  it('computes a block as the original does', async () => {
    const expected = fixture('qwen3', 'expected.npz');
    const output = join(residua.dir, 'y.npz');
    const target = `${fixture('qwen3')}:1`;
    const answer = await ask('block', 'run', target, '--input', expected, '--output', output, '--causal', '--rotary');
    expect(answer).toMatchObject({ family: 'Qwen 3', layers: [1], shape: [2, 9, 16], causal: true, rotary: true });
    for (const [name, as] of [
      ['block', 'block1_rotary_causal'],
      ['block_norm', 'block1_rotary_causal_norm'],
    ] as const) {
      const got = await readArray(output, name);
      expect([got.dtype, got.shape]).toEqual(['float32', [2, 9, 16]]);
      expect(relativeError(got.data as Float32Array, (await floats(expected, as)).data)).toBeLessThan(1e-5);
    }
    const wide = await residua.run(
      'block',
      'run',
      fixture('gpt2-inverse'),
      '--input',
      output,
      '--output',
      'z.npz',
      '--json',
    );
    expect(errorOf(wide.json()).message).toContain('has no array "u" (it has block, block_norm)');
    const none = await residua.run('block', 'run', `${target}7`, '--input', expected, '--output', 'z.npz', '--json');
    expect(errorOf(none.json())).toMatchObject({ code: 'file-unsupported', file: fixture('qwen3') });
    expect(errorOf(none.json()).message).toContain('it holds no block 17; it has 0, 1');
  });

  it.skipIf(!hasReference)('refuses hostile files in a second and 200 MB', async () => {
    for (const name of readdirSync(referencePath('hostile'))) {
      const ran = await residua.run('block', 'list', referencePath('hostile', name), '--json');
      expect(ran.code).toBe(1);
      expect(errorOf(ran.json()).file).toBe(referencePath('hostile', name));
    }
    expect(readdirSync(residua.dir)).not.toContain('residua-pickle-was-executed');
  });
});

describe('import', () => {
  it('makes a project and says what it found', async () => {
    const answer = await ask('import', resourcePath('samples', 'breastmnist.npz'), '--project', project);
    expect(answer).toEqual({
      project,
      samples: 780,
      classes: ['malignant', 'normal, benign'],
      splits: { train: 546, val: 78, test: 156 },
      groups: answer.groups,
      duplicates: { exact: 1, near: 103, withDifferentLabels: 4, testLeaks: 28 },
      quarantined: [],
    });
    expect(answer.groups).toBeLessThan(780);
  });

  it('reads a table by its map, and tells of it first where asked', async () => {
    const root = join(residua.dir, 'scans');
    mkdirSync(root);
    for (let i = 1; i <= 4; i++) writeFileSync(join(root, `${i}.png`), await pngOf(i));
    writeFileSync(
      join(root, 'list.csv'),
      'Bild;Befund;Pat\n1.png;gut;007\n2.png;b\xf6se;7\n3.png;boese;8\n9.png;gut;8\n',
      'latin1',
    );
    const dir = join(residua.dir, 'scans.residua');
    const bare = await residua.run('import', root, '--table', join(root, 'list.csv'), '--project', dir, '--json');
    expect(bare.code).toBe(1);
    expect(errorOf(bare.json())).toMatchObject({ code: 'table-invalid', file: join(root, 'list.csv') });
    expect(errorOf(bare.json()).message).toContain(
      'say in the map which one it is, such as {"path":"Bild","label":"Pat"}',
    );
    const map = join(root, 'map.json');
    writeFileSync(map, JSON.stringify({ path: 'Bild', lable: 'Befund' }));
    const table = ['--table', join(root, 'list.csv'), '--map', map];
    const mistaken = await residua.run('import', root, ...table, '--project', dir, '--json');
    expect(errorOf(mistaken.json())).toMatchObject({ code: 'value-invalid', file: map });
    writeFileSync(map, JSON.stringify({ path: 'Bild', label: 'Befund', patient: 'Pat', labels: { boese: 'böse' } }));
    const told = await ask('import', root, ...table, '--dry-run');
    expect(told).toMatchObject({
      dryRun: true,
      project: null,
      samples: 4,
      classes: ['böse', 'gut'],
      groups: 4,
      table: {
        rows: 4,
        withoutFile: { count: 1, first: [{ row: 5, path: '9.png' }] },
        withoutRow: { count: 1, first: ['4.png'] },
        alikePatients: { count: 1, first: [['007', '7']] },
      },
    });
    expect(existsSync(dir)).toBe(false);
    const { dryRun: _, ...same } = told;
    expect(await ask('import', root, ...table, '--project', dir)).toMatchObject({ ...same, project: dir });
    // The same once more, without the map: it is kept. What is new is added, what changed is written.
    writeFileSync(join(root, '5.png'), await pngOf(5));
    writeFileSync(join(root, 'list.csv'), 'Bild;Befund;Pat\n1.png;boese;007\n5.png;gut;007\n', 'latin1');
    const again = ['import', root, '--table', join(root, 'list.csv'), '--project', dir];
    const review = await ask(...again, '--dry-run');
    expect(review).toMatchObject({
      dryRun: true,
      added: 1,
      known: 4,
      splits: { withGroup: 1, drawn: 0 },
      differences: { count: 1, first: [{ sample: '1.png', from: 'gut', to: 'böse' }] },
    });
    expect(await ask(...again)).toMatchObject({
      project: dir,
      samples: 5,
      added: 1,
      known: 4,
      splitVersion: 2,
      labels: { changed: [{ sample: '1.png', from: 'gut', to: 'böse' }], kept: [] },
    });
    const fixed = await residua.run(...again, '--flips', '--json');
    expect(errorOf(fixed.json()).message).toContain('--flips is fixed');
    const said = await residua.run('import', root, ...table, '--dry-run');
    expect(said.stdout).toContain('2.png');
    expect(said.stdout).toContain('nothing was written');
  });

  it('takes a folder without labels, with the classes that are named', async () => {
    const folder = join(residua.dir, 'unlabelled');
    mkdirSync(folder);
    for (let i = 0; i < 6; i++) {
      const grey = Uint8Array.from({ length: 256 }, (_, at) => (at * (i + 3) * 37) % 256);
      await sharp(grey, { raw: { width: 16, height: 16, channels: 1 } }).toFile(join(folder, `${i}.png`));
    }
    const dir = join(residua.dir, 'unlabelled.residua');
    const answer = await ask('import', folder, '--project', dir, '--classes', 'tumour, normal');
    expect(answer).toMatchObject({ samples: 6, classes: ['tumour', 'normal'], stratified: false });
    await ask('labels', 'set', '--project', dir, '--sample', '3.png', '--class', 'normal', '--reader', 'A');
    const rows = await ask('labels', 'export', join(residua.dir, 'some.csv'), '--project', dir);
    expect(rows.rows).toBe(6);
    expect(readFileSync(join(residua.dir, 'some.csv'), 'utf8')).toContain('3.png');
    const predicted = await residua.run('predict', '--project', dir, '--json');
    expect(errorOf(predicted.json()).message).toContain('the probe starts at 10 groups in each class: 0 / ');
  });

  it('removes what a killed import left, and nothing of one that lives', async () => {
    const data = join(residua.dir, 'many');
    mkdirSync(data);
    syntheticArrays(data, 20_000);
    const staging = join(residua.dir, 'home', 'imports');
    const drafts = (): string[] => (existsSync(staging) ? readdirSync(staging) : []);
    const importing = async (name: string): Promise<ChildProcess> => {
      const before = drafts();
      const child = residua.start('import', data, '--project', join(residua.dir, name));
      const own = (): string | undefined => drafts().find((draft) => !before.includes(draft));
      await expect.poll(own, { timeout: 30_000, interval: 5 }).toBeDefined();
      return child;
    };
    const killed = await importing('killed.residua');
    killed.kill('SIGKILL');
    await finished(killed);
    const [left] = drafts();
    const living = await importing('living.residua');
    living.kill('SIGSTOP');
    const other = await residua.run(
      'import',
      resourcePath('samples', 'breastmnist.npz'),
      '--project',
      join(residua.dir, 'other.residua'),
    );
    expect(other.code, other.stderr).toBe(0);
    expect(drafts()).toHaveLength(1);
    expect(drafts()).not.toContain(left);
    const ended = finished(living);
    living.kill('SIGCONT');
    expect((await ended).code).toBe(0);
    expect(drafts()).toEqual([]);
    expect(readdirSync(residua.dir).filter((name) => name.includes('importing'))).toEqual([]);
  });

  it('says which file is missing, and leaves nothing behind', async () => {
    const dir = join(residua.dir, 'none.residua');
    const ran = await residua.run('import', 'nowhere.npz', '--project', dir, '--json');
    expect(ran.code).toBe(1);
    expect(errorOf(ran.json())).toMatchObject({ code: 'file-missing' });
    expect(errorOf(ran.json()).file).toContain('nowhere.npz');
    expect(existsSync(dir)).toBe(false);
    const plain = await residua.run('import', 'nowhere.npz', '--project', dir);
    expect([plain.code, plain.stdout]).toEqual([1, '']);
    expect(plain.stderr).toContain('nowhere.npz');
    expect(plain.stderr).not.toMatch(/^\s+at /m);
  });

  it('refuses a class and splits that are not there', async () => {
    const npz = resourcePath('samples', 'breastmnist.npz');
    const dir = join(residua.dir, 'refused.residua');
    const ran = await residua.run('import', npz, '--project', dir, '--positive', 'cat', '--json');
    expect(ran.code).toBe(1);
    expect(errorOf(ran.json())).toMatchObject({ code: 'class-missing' });
    expect(existsSync(dir)).toBe(false);
  });
});

describe('labels', () => {
  const set = (...args: string[]) => ['labels', 'set', '--project', project, '--sample', 'train_0009', ...args];

  it('asks who reads before the first change', async () => {
    const ran = await residua.run(...set('--class', 'malignant'), '--json');
    expect(ran.code).toBe(1);
    expect(errorOf(ran.json()).code).toBe('reader-missing');
  });

  it('sets, confirms, takes back and does again, each an event', async () => {
    const present = await labelOf('train_0009');
    const first = await ask(...set('--class', present.label!, '--reader', 'Ada'));
    expect(first).toEqual({ event: expect.any(String), saved: true });
    expect((await labelOf('train_0009')).state).toBe('checked');
    const second = await ask(
      ...set('--state', 'excluded', '--reason', 'burned-in text', '--note', 'n', '--reader', 'Ada'),
    );
    expect((await labelOf('train_0009')).state).toBe('excluded');
    const { events } = (await ask('labels', 'log', '--project', project, '--limit', '2')) as {
      events: { id: string }[];
    };
    expect(events.map(({ id }) => id)).toEqual([first.event, second.event]);
    expect(events[1]).toMatchObject({
      reader: 'Ada',
      reason: 'burned-in text',
      newState: 'excluded',
      sample: 'train_0009',
    });
    expect(await ask('labels', 'undo', '--project', project)).toMatchObject({
      saved: true,
      sample: 'train_0009',
      state: 'checked',
    });
    expect(await ask('labels', 'redo', '--project', project)).toMatchObject({ saved: true, state: 'excluded' });
    await ask('labels', 'undo', '--project', project);
    await ask('labels', 'undo', '--project', project);
    expect(await labelOf('train_0009')).toEqual(present);
  });

  it('has nothing to undo beyond the import', async () => {
    const ran = await residua.run('labels', 'undo', '--project', project, '--json');
    expect(ran.code).toBe(1);
    expect(errorOf(ran.json()).code).toBe('nothing-to-undo');
  });

  it('names what is not there', async () => {
    const sample = await residua.run(
      'labels',
      'set',
      '--project',
      project,
      '--sample',
      'train_9',
      '--class',
      'malignant',
      '--reader',
      'A',
      '--json',
    );
    expect([sample.code, errorOf(sample.json()).code]).toEqual([1, 'sample-missing']);
    const other = await residua.run(...set('--class', 'Malignant', '--reader', 'A'), '--json');
    expect([other.code, errorOf(other.json()).code]).toEqual([1, 'class-missing']);
    expect(errorOf(other.json()).message).toContain('"normal, benign"');
  });

  it('carries labels in a table, out and back', async () => {
    const file = join(residua.dir, 'labels.csv');
    expect(await ask('labels', 'export', file, '--project', project)).toEqual({ file, rows: 780 });
    const lines = readFileSync(file, 'utf8').split('\r\n');
    expect(lines[0]).toBe('sample,split,group,label,state,reader');
    expect(lines[1]).toMatch(/^test_0000,test,\d+,malignant,labelled,$/);
    expect(lines.find((line) => line.includes('"normal, benign"'))).toBeDefined();
    const at = lines.findIndex((line) => line.startsWith('train_0003,'));
    const flipped = lines[at]!.includes('malignant')
      ? lines[at]!.replace('malignant', '"normal, benign"')
      : lines[at]!.replace('"normal, benign"', 'malignant');
    lines[at] = flipped;
    writeFileSync(file, lines.join('\r\n'));
    expect(await ask('labels', 'import', file, '--project', project, '--reader', 'Bo')).toMatchObject({
      rows: 780,
      changed: 1,
    });
    expect(flipped).toContain((await labelOf('train_0003')).label);
    expect(await ask('labels', 'undo', '--project', project)).toMatchObject({ sample: 'train_0003' });
  });

  async function labelOf(sample: string): Promise<{ label?: string; state?: string }> {
    const file = join(residua.dir, 'now.csv');
    await ask('labels', 'export', file, '--project', project);
    const line = readFileSync(file, 'utf8')
      .split('\r\n')
      .find((text) => text.startsWith(`${sample},`))!;
    const fields = /^[^,]*,[^,]*,[^,]*,("(?:[^"]*)"|[^,]*),([^,]*),/.exec(line)!;
    return { label: fields[1]!.replaceAll('"', ''), state: fields[2] };
  }
});

describe('a project that somebody has open', () => {
  it('is worked on through the one that serves it; nothing else opens a port', async () => {
    const server = residua.start('serve', '--project', project, '--json');
    const ended = finished(server);
    try {
      const line = await new Promise<string>((found) => createInterface({ input: server.stdout! }).once('line', found));
      const { url, port } = JSON.parse(line) as { url: string; port: number };
      expect(url, line).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/`));
      const answer = await ask(
        'labels',
        'set',
        '--project',
        project,
        '--sample',
        'val_0001',
        '--state',
        'unsure',
        '--reader',
        'Ada',
      );
      expect(answer.saved).toBe(true);
      const { events } = (await ask('labels', 'log', '--project', project, '--limit', '1')) as { events: object[] };
      expect(events[0]).toMatchObject({ id: answer.event, sample: 'val_0001', newState: 'unsure' });
      const page = await fetch(url, { redirect: 'manual' });
      expect(page.status).toBeLessThan(400);
    } finally {
      server.kill('SIGTERM');
    }
    expect((await ended).code).toBe(0);
    await ask('labels', 'undo', '--project', project);
  });
});

describe('training', () => {
  const heads = ['probe', 'plain', 'chosen'] as const;
  type Scores = Record<(typeof heads)[number], Record<'oof' | 'val' | 'test', { auc: number; acc: number } | null>>;
  let small: string;
  const options = ['--epochs', '1', '--seed', '7', '--json'];
  const runs = (): string[] => readdirSync(join(small, 'runs'));

  beforeAll(async () => {
    small = join(residua.dir, 'small.residua');
    const arrays = join(residua.dir, 'arrays');
    mkdirSync(arrays);
    await ask('import', ...syntheticArrays(arrays, 80), '--project', small, '--flips', '--name', 'Small');
  });

  it('withholds what was not scored, and scores on purpose', async () => {
    const ran = await residua.run('train', '--project', small, ...options);
    expect(ran.code, ran.stderr).toBe(0);
    const answer = ran.json();
    expect(Object.keys(answer).sort()).toEqual(
      'core engine epochs mode predictor preset run scores seconds timesScored'.split(' '),
    );
    expect(answer).toMatchObject({
      run: runs()[0],
      preset: 'quick',
      mode: 'outer',
      core: 'block',
      epochs: 1,
      timesScored: 0,
    });
    expect(answer.engine).toMatch(/^onnx/);
    expect(heads).toContain(answer.predictor);
    const scores = answer.scores as Scores;
    for (const head of heads) {
      expect(scores[head].oof!.auc).toBeGreaterThanOrEqual(0);
      expect(scores[head].test).toBeNull();
      expect(Object.keys(scores[head].oof!)).toEqual(['auc', 'acc']);
    }
    expect(runs()).toHaveLength(1);

    const run = answer.run as string;
    const before = await ask('predict', '--project', small, '--run', run);
    expect(before).toMatchObject({ run, withheld: 16 });
    const shown = before.predictions as { split: string; kind: string; probabilities: Record<string, number> }[];
    expect(shown).toHaveLength(64);
    expect(new Set(shown.map(({ kind }) => kind))).toEqual(new Set(['out-of-fold']));
    expect(Object.keys(shown[0]!.probabilities)).toEqual(['0', '1']);
    expect(shown[0]!.probabilities['0']! + shown[0]!.probabilities['1']!).toBeCloseTo(1, 5);

    for (const command of ['predict', 'evaluate']) {
      const said = await residua.run(command, '--project', small, '--run', run);
      expect(said.stdout.trimEnd().split('\n').at(-1)).toBe('For research, not for diagnosis.');
    }
    const oof = await ask('evaluate', '--project', small, '--run', run);
    expect(oof).toMatchObject({ run, split: 'oof', samples: 64, timesScored: 0 });
    expect((oof.scores as Record<string, { auc: number }>).probe!.auc).toBeCloseTo(scores.probe.oof!.auc, 12);
    const test = await ask('evaluate', '--project', small, '--run', run, '--split', 'test');
    expect(test).toMatchObject({ run, split: 'test', samples: 16, timesScored: 1, testScored: { times: 1, runs: 1 } });
    expect(await ask('predict', '--project', small, '--run', run)).toMatchObject({ withheld: 0 });

    const again = await ask('run', join(small, 'runs', run));
    expect(again).toMatchObject({ run, timesScored: 1 });
  }, 300_000);

  it('leaves nothing of onnxruntime’s telemetry: no id of the machine, no list of events', () => {
    expect(existsSync(join(residua.dir, 'home'))).toBe(true);
    expect(existsSync(join(residua.dir, 'home', '.cache', 'Microsoft'))).toBe(false);
  });

  it('changes labels of the scored test split in a blind re-read alone, and reports figures on both', async () => {
    const file = join(residua.dir, 'before-the-re-read.csv');
    await ask('labels', 'export', file, '--project', small);
    const rows = readFileSync(file, 'utf8').split('\r\n');
    const [sample, , , was] = rows.find((row) => row.split(',')[1] === 'test')!.split(',') as [string, ...string[]];
    const other = was === '0' ? '1' : '0';
    const set = [
      'labels',
      'set',
      '--project',
      small,
      '--sample',
      sample,
      '--class',
      other,
      '--reader',
      'Ada',
      '--json',
    ];
    const refused = await residua.run(...set);
    expect([refused.code, errorOf(refused.json()).code]).toEqual([1, 'test-frozen']);
    expect(errorOf(refused.json()).message).toContain('--blind-reread');
    const saved = await ask(...set.slice(0, -1), '--blind-reread');
    expect(Object.keys(saved).sort()).toEqual(['event', 'saved']);
    const { events } = (await ask('labels', 'log', '--project', small, '--limit', '1')) as { events: object[] };
    expect(events).toMatchObject([{ sample, origin: 'script', context: { blindReread: 0, modelHidden: true } }]);

    const out = join(residua.dir, 'methods');
    const written = await ask('export', 'methods', '--project', small, '--out', out);
    expect(written.folder).toBe(out);
    const files = written.files as string[];
    expect(files).toEqual(
      expect.arrayContaining(['methods.md', 'figures/roc-test.svg', 'figures/roc-test-original.csv']),
    );
    for (const file of files) expect(readFileSync(join(out, file)).length, file).toBeGreaterThan(20);
    const text = readFileSync(join(out, 'methods.md'), 'utf8');
    expect(text).toContain('The test split was scored 1 time, by 1 run.');
    expect(text).toContain('; re-read |');
    const chinese = await ask('export', 'methods', '--project', small, '--language', 'zh-CN');
    expect(readFileSync(join(chinese.folder as string, 'methods.md'), 'utf8')).toContain('仅供研究');
  }, 300_000);

  it('is the same to the last bit, and goes on after it was killed', async () => {
    const child = residua.start('train', '--project', small, ...options);
    const first = runs()[0]!;
    const ended = finished(child);
    let second: string | undefined;
    while (child.exitCode === null && !second) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      second = runs().find((run) => run !== first && existsSync(join(small, 'runs', run, 'metrics.jsonl')));
    }
    child.kill('SIGKILL');
    await ended;
    const resumed = await ask('run', join(small, 'runs', second!));
    expect(resumed).toMatchObject({ run: second, epochs: 1 });
    const bytes = (run: string): Buffer => readFileSync(join(small, 'runs', run, 'best.safetensors'));
    expect(bytes(second!).equals(bytes(first))).toBe(true);
    expect(runs()).toHaveLength(2);
  }, 300_000);

  it('holds the project while it trains, says so to others, and keeps the best when it is stopped', async () => {
    const child = residua.start('train', '--project', small, '--epochs', '1000', '--json');
    const ended = finished(child);
    const before = runs().length;
    while (child.exitCode === null && runs().length === before) await new Promise((resolve) => setTimeout(resolve, 20));
    const other = await residua.run('labels', 'log', '--project', small, '--json');
    expect([other.code, errorOf(other.json()).code]).toEqual([1, 'project-locked']);
    expect(errorOf(other.json()).message).toContain(`process ${child.pid}`);
    child.kill('SIGINT');
    const stopped = await ended;
    expect(stopped.code, stopped.stderr).toBe(0);
    expect(stopped.json()).toMatchObject({ epochs: 1000, timesScored: 0 });
    expect(await ask('labels', 'log', '--project', small)).toHaveProperty('events');
  }, 300_000);

  it('says why a combination is refused, and leaves no folder', async () => {
    const before = runs().length;
    const ran = await residua.run('train', '--project', small, '--mode', 'outer', '--core', 'linear', '--json');
    expect(ran.code).toBe(1);
    expect(errorOf(ran.json()).code).toBe('run-refused');
    expect(runs()).toHaveLength(before);
  });

  it('names a run that is not there', async () => {
    const ran = await residua.run('evaluate', '--project', small, '--run', 'nothing', '--json');
    expect([ran.code, errorOf(ran.json()).code]).toEqual([1, 'run-missing']);
    const folder = await residua.run('run', join(small, 'runs', 'nothing'), '--json');
    expect([folder.code, errorOf(folder.json()).code]).toEqual([1, 'run-missing']);
  });
});

describe('many at once', () => {
  it('command lines wait for one another: no label is lost', async () => {
    const samples = Array.from({ length: 6 }, (_, i) => `val_000${i + 2}`);
    const answers = await Promise.all(
      samples.map((sample) =>
        residua.run(
          'labels',
          'set',
          '--project',
          project,
          '--sample',
          sample,
          '--state',
          'unsure',
          '--reader',
          'Ada',
          '--json',
        ),
      ),
    );
    const saved = answers.filter(({ code }) => code === 0).map((ran) => ran.json().event);
    for (const ran of answers.filter(({ code }) => code !== 0)) expect(errorOf(ran.json()).code).toBe('project-locked');
    expect(saved.length).toBeGreaterThan(1);
    const { events } = (await ask('labels', 'log', '--project', project, '--limit', '6')) as {
      events: { id: string }[];
    };
    expect(events.map(({ id }) => id)).toEqual(expect.arrayContaining(saved));
  });
});

describe('doctor', () => {
  it('finds all that Residua needs', async () => {
    const answer = await ask('doctor');
    expect(answer.ok).toBe(true);
    expect((answer.checks as { name: string }[]).map(({ name }) => name)).toContain('engine onnx');
  });
});

describe('volumes', () => {
  it('go from arrays to a trained run, and to predictions of files', async () => {
    const dir = join(residua.dir, 'volumes.residua');
    const [images, labels] = volumeArrays(join(residua.dir, 'volumes'), 40);
    expect(await ask('import', images, labels, '--project', dir, '--name', 'Volumes')).toMatchObject({
      samples: 40,
      classes: ['0', '1'],
      splits: { test: 8 },
    });
    const live = await ask('predict', '--project', dir);
    expect(live).toMatchObject({ withheld: 8 });
    expect(live.predictions).toHaveLength(32);
    const { run } = await ask('train', '--project', dir, '--epochs', '1');
    expect(await ask('evaluate', '--project', dir, '--run', run as string)).toMatchObject({
      split: 'oof',
      samples: 32,
    });
    const file = join(residua.dir, 'volumes', 'few.npy');
    // One grey brighter than those of the project: volumes that it does not know.
    const brighter = bright(2).map((value) => value + 1);
    writeFileSync(file, npy('|u1', [2, ...SHAPE], brighter));
    const { predictions } = await ask('predict', file, '--project', dir, '--run', run as string);
    expect(predictions).toHaveLength(2);
    const flat = await residua.run('predict', resourcePath('..', 'docs', 'browse.png'), '--project', dir, '--json');
    expect([flat.code, errorOf(flat.json()).code]).toEqual([1, 'file-unsupported']);
  }, 300_000);

  const SHAPE = [8, 14, 14] as const;
  /** Every second volume is brighter in the middle. */
  const bright = (count: number): Uint8Array =>
    Uint8Array.from({ length: count * 8 * 14 * 14 }, (_, at) => {
      const [volume, y, x] = [Math.floor(at / 8 / 14 / 14), Math.floor(at / 14) % 14, at % 14];
      const middle = volume % 2 === 1 && Math.hypot(x - 6.5, y - 6.5) < 4 ? 90 : 0;
      return 60 + ((at * 2654435761 + volume * 40503) % 89) + middle;
    });

  function volumeArrays(folder: string, count: number): [string, string] {
    mkdirSync(folder);
    const [images, labels] = [join(folder, 'images.npy'), join(folder, 'labels.npy')];
    writeFileSync(images, npy('|u1', [count, ...SHAPE], bright(count)));
    writeFileSync(
      labels,
      npy(
        '|u1',
        [count],
        Uint8Array.from({ length: count }, (_, i) => i % 2),
      ),
    );
    return [images, labels];
  }
});
