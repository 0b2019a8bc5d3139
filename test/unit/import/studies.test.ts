import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { studyOptions } from '@shared/domain';
import { UserError } from '@shared/errors';
import { Project } from '@main/project';
import { giveProject } from '@main/project/copy';
import { inspectGrowth, rebuildCache, relink } from '@main/project/import';
import { sharedPath } from '../../shared-data';
import { accept, importFolder } from './setup';
import { folderOf, leaksIn, PLANTED, writeSeries } from './studiesSetup';

const folder = importFolder();
const open = (dir: string): Promise<Project> => Project.open(dir, { holder: 'cli' });
const options = (more: object = {}) => ({ studies: studyOptions.parse(more) });

/** A project of four planted patients, of whom the third's series is cut short. */
async function plantedProject(name: string): Promise<{ dir: string; root: string }> {
  const root = folder.path(name, 'disk');
  for (const n of [1, 2, 3, 4]) writeSeries(folder, `${name}/disk`, n);
  for (const file of writeSeries(folder, `${name}/disk`, 3)) writeFileSync(file, readFileSync(file).subarray(0, -9));
  const table = folder.write(
    `${name}/labels.csv`,
    'PatientID,label\nPLANTED-ID-1,benign\nPLANTED-ID-2,malignant\nPLANTED-ID-4,benign\n',
  );
  const draft = await folder.inspect(root, { table });
  const dir = folder.path(`${name}.residua`);
  await draft.commit(accept(draft.review()), { dir });
  return { dir, root };
}

describe('studies with planted identifiers', () => {
  it('come in with labels by patient, and whose they are stands in the identity file alone', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { dir, root } = await plantedProject('planted');
    const project = await open(dir);
    const errors: string[] = [];
    try {
      const base = project.base();
      expect(base.samples).toBe(3);
      expect(base.name).toBe('Studies');
      expect(base.scheme.classes.map((c) => c.name)).toEqual(['benign', 'malignant']);
      expect(project.index.metadata.map((column) => column.name)).toContain('Body part');
      // The damaged one is put aside with its reason, where the person finds it.
      expect(base.quarantined).toHaveLength(4);
      expect(base.quarantined[0]!.file).toContain(folderOf(3));
      expect(base.quarantined[0]!.reason).toContain('cut short');

      const [first] = project.volumes.all();
      expect(first!.about.attributes).toMatchObject({
        Modality: 'CT',
        BodyPartExamined: 'CHEST',
        SeriesDescription: 'AX LUNG 3mm',
        StudyDescription: 'CT Thorax',
        PatientSex: 'F',
        PatientAge: '090Y',
        PatientWeight: '61.5',
        Manufacturer: 'SIEMENS',
      });
      expect(first!.about.attributes['StudyDate']).toMatch(/^(20[01]\d)\d{4}$/);
      const read = await project.volumes.read(0);
      expect([...read.info.size]).toEqual([4, 3, 4]);

      project.setReader('Reader');
      await giveProject(project, folder.path('copy'), { originals: true, cache: true, identity: false });
      await cp(project.dir, folder.path('beside'), { recursive: true });
      // Nothing that a person or a log is told names a file or a patient.
      renameSync(root, `${root}-moved`);
      project.volumes.forget();
      await project.volumes.read(0).catch((error: unknown) => errors.push(told(error)));
      await project.volumes.open(1).catch((error: unknown) => errors.push(told(error)));
      const states = await project.lookForOriginals();
      expect(states[0]).toMatchObject({ kind: 'studies', missing: 3 });
      errors.push(states[0]!.examples.join());
      const bad = join(`${root}-moved`, folderOf(1), 'PLANTEDFILE_1.dcm');
      const whole = readFileSync(bad);
      writeFileSync(bad, whole.subarray(0, -6));
      renameSync(`${root}-moved`, root);
      await project.volumes.read(0).catch((error: unknown) => errors.push(told(error)));
      errors.push(project.sourceOf(0));
      expect(errors).toHaveLength(5);
      errors.push(JSON.stringify({ volumes: project.volumes.all(), metadata: project.index.metadata }));
    } finally {
      await project.close();
    }
    expect(PLANTED.filter((text) => readFileSync(join(dir, 'identity.json'), 'utf8').includes(text))).toEqual(
      expect.arrayContaining(['PLANTEDNAME', 'PLANTED-ID', 'PLANTEDFOLDER', '19330731', '20190423', '1.2.99.7777']),
    );
    expect(leaksIn(dir, PLANTED, ['identity.json'])).toEqual([]);
    expect(leaksIn(folder.path('copy'), PLANTED)).toEqual([]);
    expect(leaksIn(folder.path('staging'), PLANTED)).toEqual([]);
    const said = [...errors, ...logged.mock.calls.flat().map(String)].join('\n');
    expect(PLANTED.filter((text) => said.includes(text))).toEqual([]);
    logged.mockRestore();
  });

  it('keep nothing of a patient where nothing is to be kept, and days apart where dates are moved', async () => {
    writeSeries(folder, 'dates', 1);
    writeSeries(folder, 'dates', 2, { '00080020 DA': '20190430', '00100020 LO': 'PLANTED-ID-1' });
    const draft = await folder.inspect(folder.path('dates'));
    await draft.commit(accept(draft.review()), { dir: folder.path('dates.residua') });
    const project = await open(folder.path('dates.residua'));
    const [a, b] = project.volumes.all().map(({ about }) => about.attributes['StudyDate']!);
    const day = (text: string): number =>
      Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6))) / 86_400_000;
    expect(day(b!) - day(a!)).toBe(7);
    expect(project.base().groups).toBe(1);
    await project.close();

    const none = { characteristics: false, dates: false, safePrivate: false, descriptors: false };
    const bare = await folder.inspect(folder.path('dates'), options({ deidentify: none }));
    await bare.commit(accept(bare.review()), { dir: folder.path('bare.residua') });
    const empty = await open(folder.path('bare.residua'));
    expect(Object.keys(empty.volumes.get(0).about.attributes).sort()).toEqual([
      'BodyPartExamined',
      'Manufacturer',
      'Modality',
    ]);
    await empty.close();
  });

  it('are found again where they were moved to, and told from others', async () => {
    const { dir, root } = await plantedProject('moved');
    const away = folder.path('moved', 'elsewhere', 'disk');
    await cp(root, away, { recursive: true });
    renameSync(root, `${root}-gone`);
    const other = join(away, folderOf(2), 'PLANTEDFILE_0.dcm');
    const bytes = readFileSync(other);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    writeFileSync(other, bytes);
    const project = await open(dir);
    const found = await relink(project, folder.path('moved', 'elsewhere'));
    expect(found).toMatchObject({ matched: 2, differentInAll: 1, missingInAll: 0 });
    await expect(project.volumes.read(0)).resolves.toBeDefined();
    await expect(project.volumes.read(1)).rejects.toMatchObject({ code: 'file-damaged' });
    // Their pictures come from there too, at the places where they lay.
    const before = await project.pixels.thumb(0);
    writeFileSync(other, readFileSync(join(`${root}-gone`, folderOf(2), 'PLANTEDFILE_0.dcm')));
    project.volumes.forget();
    await project.pixels.close();
    await rebuildCache(project);
    expect(await project.pixels.thumb(0)).toEqual(before);
    await project.close();
  });
});

describe('studies', () => {
  it('are added to a project, the known ones left as they are', async () => {
    writeSeries(folder, 'grow', 1);
    const draft = await folder.inspect(folder.path('grow'));
    const dir = folder.path('grow.residua');
    await draft.commit(accept(draft.review()), { dir });
    writeSeries(folder, 'grow', 2);
    writeSeries(folder, 'grow', 5, { '00100020 LO': 'PLANTED-ID-1' });
    const project = await open(dir);
    const growth = await inspectGrowth(project, { paths: [folder.path('grow')], stagingDir: folder.path('staging') });
    const result = await growth.commit({ changes: 'untouched', pairs: {}, patients: 'keep', voidTestScores: false });
    await project.close();
    expect(result).toMatchObject({ added: 2, known: 1, samples: 3, groups: 2, removed: [] });
    const grown = await open(dir);
    expect(grown.volumes.size).toBe(3);
    for (const key of [0, 1, 2])
      expect((await grown.volumes.read(key)).info.sha256).toBe(grown.volumes.get(key).info.sha256);
    expect(leaksIn(dir, PLANTED, ['identity.json'])).toEqual([]);
    await grown.close();
  });

  it('leave out localisers, captures and derived images unless they are asked for, and flag text in pixels', async () => {
    writeSeries(folder, 'kinds', 1);
    writeSeries(folder, 'kinds', 2, { '00080008 CS': 'ORIGINAL\\PRIMARY\\LOCALIZER' });
    writeSeries(folder, 'kinds', 3, { '00080008 CS': 'DERIVED\\SECONDARY' });
    writeSeries(folder, 'kinds', 4, { '00280301 CS': 'YES' });
    const draft = await folder.inspect(folder.path('kinds'));
    expect(draft.review().samples).toBe(2);
    expect(draft.review().quarantined.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/localiser.*"localiser"/),
      expect.stringMatching(/derived.*"derived"/),
    ]);
    await draft.discard();
    const all = await folder.inspect(folder.path('kinds'), options({ kinds: ['image', 'localiser', 'derived'] }));
    await all.commit(accept(all.review()), { dir: folder.path('kinds.residua') });
    const project = await open(folder.path('kinds.residua'));
    expect(project.volumes.all().map(({ about }) => [about.kind, about.burnedIn])).toEqual([
      ['image', null],
      ['localiser', null],
      ['derived', null],
      ['image', 'yes'],
    ]);
    // Text in pixels waits for a reader's word, which stays.
    expect(project.textReviews.queue()).toEqual([3]);
    expect(() => project.textReviews.review(3, 'clean')).toThrow(/who reads/);
    project.setReader('Reader');
    expect(project.textReviews.review(3, 'identity').text).toBe('identity');
    expect(project.textReviews.queue()).toEqual([]);
    await project.close();
    const again = await open(folder.path('kinds.residua'));
    expect(again.volumes.get(3).text).toBe('identity');
    await again.close();
  });

  it('of NIfTI take their patients from a rule or the table, and leave label maps out', async () => {
    const source = sharedPath('data/nifti/msd_hippocampus');
    const draft = await folder.inspect(source, options({ patients: 'name', series: ['hippocampus_00'] }));
    const review = draft.review();
    expect(review.samples).toBe(3);
    expect(review.patientsKnown).toBe(review.samples);
    expect(review.dimensions).toBe('3d');
    const [thumb] = await draft.thumbs([0]);
    expect(thumb!.type).toBe('uint8');
    await draft.discard();
  });
});

const told = (error: unknown): string => {
  expect(error).toBeInstanceOf(UserError);
  const { message, cause } = error as UserError;
  return `${message} ${String(cause)}`;
};

it('the planted studies leave the staging folder empty', () => {
  expect(existsSync(folder.path('staging')) ? folder.left() : []).toEqual([]);
});
