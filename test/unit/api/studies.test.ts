import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { createRun, resolveRecipe } from '@main/training';
import { studyOptions, type PartialTableMap, type StudyImport } from '@shared/domain';
import { readingChildren } from '../compute/readingChildren';
import { importFolder } from '../import/setup';
import { folderOf, writeSeries } from '../import/studiesSetup';
import { openServices, type Fixture } from './support';

const folder = importFolder();
let opened: Fixture;
afterEach(() => opened.close());

/** Studies of so many patients, half of them with a lesion. */
function disk(name: string, count: number): { paths: string[]; table: string } {
  const rows = ['PatientID,label'];
  for (let n = 1; n <= count; n++) {
    writeSeries(folder, name, n, {}, 3);
    rows.push(`PLANTED-ID-${n},${n % 2 ? 'lesion' : 'none'}`);
  }
  return { paths: [folder.path(name)], table: folder.write(`${name}.csv`, `${rows.join('\n')}\n`) };
}

const begin = (request: { paths: string[]; table?: string }, into = false, classes: string[] = []) =>
  opened.client.imports.beginStudies({
    ...request,
    options: studyOptions.parse({}),
    into,
    decisions: {
      name: 'Studies',
      dir: into ? null : join(opened.home, 'studies.residua'),
      classes,
      positive: null,
      ordered: false,
      flips: false,
    },
  });

/** Waits until the import is in such a state. */
const until = (state: StudyImport['state']): Promise<void> =>
  vi.waitFor(() => expect(opened.services.studies.status?.state).toBe(state), { timeout: 20_000, interval: 20 });

/** A run that is finished, as a training would have left it. */
async function finishedRun(): Promise<string> {
  const session = opened.services.session();
  const { project } = session;
  const { samples, journal, hash } = session.samples();
  const { id, folder: run } = await createRun({
    projectDir: project.dir,
    runsDir: project.runsDir,
    recipe: resolveRecipe({}, project.input),
    name: '',
    note: '',
    samples,
    classes: session.classes(),
    input: project.input,
    flips: false,
    journal: { position: journal, hash },
    splitVersion: project.splits.version,
    schemeVersion: project.scheme.version,
  });
  const state = { state: 'done', error: null, startedAt: null, seconds: 1, engine: 'onnx', device: '' };
  writeFileSync(join(run, 'state.json'), JSON.stringify(state));
  return id;
}

it('classes that are typed are there before the first label, beside those of a table', async () => {
  opened = openServices({ volumeSpawner: readingChildren() });
  const { paths, table } = disk('typed', 2);
  await begin({ paths }, false, ['none', 'nodule']);
  await until('done');
  const scheme = () => opened.services.session().project.scheme;
  expect(scheme().classes.map(({ name }) => name)).toEqual(['none', 'nodule']);
  expect(scheme().classes.find(({ id }) => id === scheme().positive)?.name).toBe('nodule');
  expect((await opened.client.samples.rows({ keys: [0, 1] })).map((row) => row.class)).toEqual([null, null]);
  await opened.close();
  opened = openServices({ volumeSpawner: readingChildren() });
  await begin({ paths, table }, false, ['lesion', 'unclear']);
  await until('done');
  expect(scheme().classes.map(({ name }) => name)).toEqual(['lesion', 'none', 'unclear']);
});

it('the test split is not scored while studies come into it, and is once they are in', async () => {
  opened = openServices({ volumeSpawner: readingChildren() });
  await begin(disk('scored', 3));
  await until('done');
  // Reading stands still in the middle, as it does for minutes where there are many.
  const { reading } = opened.services;
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const digest = reading.digest.bind(reading);
  vi.spyOn(reading, 'digest').mockImplementation(async (...args) => {
    await held;
    return digest(...args);
  });
  await begin(disk('scored', 5), true);
  const run = await finishedRun();
  const { project } = opened.services.session();
  await expect(opened.client.training.scoreTest({ run })).rejects.toMatchObject({
    code: 'run-refused',
    message: expect.stringMatching(/studies are still coming into this project.*cancel/),
  });
  expect(project.scorings.count()).toEqual({ times: 0, runs: 0 });
  goOn();
  await until('done');

  const session = opened.services.session();
  expect(session.project.base().samples).toBe(5);
  vi.spyOn(session.compute, 'scoreRun').mockResolvedValue({ probe: null, plain: null, chosen: null });
  await expect(opened.client.training.scoreTest({ run })).rejects.toThrow(/splits were drawn anew since this run/);
  await opened.client.training.scoreTest({ run: await finishedRun() });
  expect(session.project.scorings.count().times).toBe(1);
});

it('labels that are set while studies come in are all set, in the moments too in which the project is opened anew', async () => {
  opened = openServices({ volumeSpawner: readingChildren() });
  const { client, services } = opened;
  await begin(disk('labelled', 6));
  await client.project.setReader({ reader: 'Reader' });
  let set = 0;
  while (services.studies.growing !== null) {
    const change = { state: set % 2 ? 'checked' : 'unsure' } as const;
    await client.labels.set({ keys: [0], change, origin: 'read', context: null });
    set += 1;
    await new Promise((next) => setImmediate(next));
  }
  expect(services.studies.status).toMatchObject({ state: 'done', added: 6 });
  const { history } = await client.samples.detail({ key: 0 });
  expect(history.filter(({ origin }) => origin === 'read')).toHaveLength(set);
});

it('a study that is damaged is named with its reason, and the others arrive', async () => {
  opened = openServices({ volumeSpawner: readingChildren() });
  const request = disk('damaged', 5);
  await opened.client.imports.listStudies({ ...request, patients: 'none' });
  const cut = join(folder.path('damaged'), folderOf(5), 'PLANTEDFILE_1.dcm');
  writeFileSync(cut, readFileSync(cut).subarray(0, -9));
  await begin(request);
  await until('done');
  const { status } = opened.services.studies;
  expect(status).toMatchObject({ done: 5, added: 4 });
  expect(status!.refused).toEqual([
    { file: expect.stringContaining(folderOf(5)), reason: expect.stringContaining('has changed since it was listed') },
  ]);
  expect(opened.services.session().project.base().quarantined).toEqual(status!.refused);
});

it('a table is read by other columns than those that were found, also where these fit nothing', async () => {
  opened = openServices({ volumeSpawner: readingChildren() });
  const paths = [folder.path('columns')];
  for (const n of [1, 2]) writeSeries(folder, 'columns', n, {}, 3);
  const table = folder.write(
    'columns.csv',
    'PatientID,label,second opinion\nPLANTED-ID-1,lesion,none\nPLANTED-ID-2,none,lesion\n',
  );
  const list = async (map?: PartialTableMap) => {
    const found = (await opened.client.imports.listStudies({ paths, table, map, patients: 'none' }))!;
    return { ...found, labels: found.volumes.map(({ label }) => label) };
  };
  const found = await list();
  // It lies beside the studies, not in their folder.
  expect(found.tables).toEqual([]);
  expect(found).toMatchObject({ labels: ['lesion', 'none'], problem: null });
  expect(found.mapping).toMatchObject({
    columns: ['PatientID', 'label', 'second opinion'],
    map: { path: 'PatientID', by: 'patient', label: 'label' },
  });
  expect((await list({ ...found.mapping!.map, label: 'second opinion' })).labels).toEqual(['none', 'lesion']);
  const wrong = await list({ path: 'second opinion' });
  expect(wrong).toMatchObject({ labels: [null, null], problem: expect.stringMatching(/no cell of .*second opinion/) });
  expect(wrong.mapping!.columns).toHaveLength(3);
  // What a network would see of them is said before anything is read.
  expect(found.input).toMatchObject({ grid: [8, 8, 24], intensity: { kind: 'windows' } });
});
