// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import ImportPage from '@renderer/features/import/ImportPage.vue';
import { useImport } from '@renderer/features/import';
import type { GrowthReview, TablePreview } from '@shared/domain';
import { UserError } from '@shared/errors';
import { mountPage } from '../mountPage';
import { PageServices, review } from '../pageServices';

const PATHS = { paths: ['/data/breastmnist.npz'] };
const TABLE: TablePreview = {
  file: '/data/scans/list.csv',
  columns: ['Datei', 'Befund'],
  rows: [['1.png', 'benign']],
  encoding: 'utf-8',
  delimiter: ';',
  sheets: [],
  sheet: null,
  map: {},
  guessed: [],
  answerable: [],
  problem: null,
  labels: [],
  report: null,
};
const GROWTH: GrowthReview = {
  importId: 'draft',
  project: '/p.residua',
  dimensions: '2d',
  added: 0,
  known: 17,
  unlabelled: 0,
  removed: { count: 0, first: [] },
  changedPixels: { count: 0, first: [] },
  differences: { count: 0, first: [] },
  writes: { untouched: 0, all: 0, none: 0 },
  patients: { count: 1, first: [{ sample: 'a.png', from: 'P1', to: 'P2' }] },
  patientSplits: {
    counts: { train: 10, val: 2, test: 3 },
    groups: 15,
    leftOutAsLeak: 2,
    testLeaks: 0,
    patientLeaks: 0,
    stratified: true,
    moved: 2,
    voids: { times: 1, runs: 1 },
  },
  newClasses: [],
  splits: { withGroup: 0, brought: 0, drawn: 0, none: 0 },
  duplicates: { exact: 0, near: 0 },
  pairs: [],
  pairsInAll: 0,
  voidsScorings: 0,
  quarantined: [],
  table: null,
};

describe('the import page', () => {
  it('opens on the pairs that have to be decided, and one key goes on by the rule of the command line', async () => {
    const services = new PageServices();
    const { text, press } = await mountPage(ImportPage, services, '/import');
    await useImport().begin(PATHS);
    await flushPromises();
    expect(text()).toContain('48 more lie within one split');
    expect(text()).toContain('Going on joins all 104');
    expect(text()).toMatch(/Identical pairs\s*1/);
    await press('Enter');
    expect(services.committed).toMatchObject({
      name: 'breastmnist',
      policy: 'official',
      positive: 0,
      flips: false,
      pairs: {},
    });
    expect(services.committed).not.toHaveProperty('dir', expect.any(String));
    expect(text()).toContain('breastmnist is ready');
    expect(services.called('project.setClasses')).toEqual([]);
  });

  it('says of patients on both sides of the published split how many test images leak by them', async () => {
    const services = new PageServices();
    services.review = review({ patientsKnown: 90, patientLeaks: 7 });
    const { text } = await mountPage(ImportPage, services, '/import');
    await useImport().begin(PATHS);
    await flushPromises();
    expect(text()).toContain('7 test images are of patients who are in training or validation too');
    expect(text()).toContain('28 test images have a twin and 7 a patient in training or validation');
  });

  it('takes decisions by keys, and never parts identical pixels', async () => {
    const services = new PageServices();
    const { text, press } = await mountPage(ImportPage, services, '/import');
    const draft = useImport();
    await draft.begin(PATHS);
    await flushPromises();
    await press('d');
    expect(draft.pairs).toEqual({});
    await press('d');
    await press('s');
    expect(draft.pairs).toEqual({ 1: false, 2: true });
    expect(text()).toContain('103 near pairs: 102 joined, 1 left apart; you decided 2.');
    await press('a');
    expect(Object.values(draft.pairs).every(Boolean)).toBe(true);
    expect(Object.keys(draft.pairs)).toHaveLength(103);
  });

  it('looks for near-duplicates again by another threshold, and keeps all else that was said', async () => {
    const services = new PageServices();
    const { page, text } = await mountPage(ImportPage, services, '/import');
    const draft = useImport();
    await draft.begin(PATHS);
    await flushPromises();
    draft.name = 'mine';
    draft.pairs = { 1: false };
    services.review = review({ likeness: 0.98, pairs: [], pairsInAll: 0 });
    const select = page.find<HTMLSelectElement>('.threshold select');
    expect(select.element.value).toBe('0.99');
    const looking = select.setValue('0.98');
    expect(draft.canGoOn).toBe(false);
    await looking;
    await flushPromises();
    expect(services.called('imports.review').at(-1)).toEqual({ importId: 'draft', likeness: 0.98 });
    expect(draft).toMatchObject({ name: 'mine', pairs: {}, canGoOn: true, review: { likeness: 0.98 } });
    expect(text()).toContain('likeness > .980');
  });

  it('keeps the first of two columns that are chosen faster than the services answer', async () => {
    const services = new PageServices();
    services.preview = TABLE;
    const { page } = await mountPage(ImportPage, services, '/import');
    await useImport().begin({ paths: ['/data/scans'] });
    await flushPromises();
    const [path, label] = page.findAll<HTMLSelectElement>('.role select');
    let answer = (): void => undefined;
    services.held.set('imports.previewTable', new Promise((go) => (answer = go)));
    await path!.setValue('Datei');
    await label!.setValue('Befund');
    answer();
    await flushPromises();
    expect(services.called('imports.previewTable').at(-1)).toMatchObject({ map: { path: 'Datei', label: 'Befund' } });
    expect(useImport().table?.map).toEqual({ path: 'Datei', label: 'Befund' });
  });

  it('leads back to the columns as they were mapped, and reads anew from there', async () => {
    const services = new PageServices();
    services.preview = TABLE;
    const { button } = await mountPage(ImportPage, services, '/import');
    const draft = useImport();
    await draft.begin({ paths: ['/data/scans'] });
    await draft.remap({ path: 'Datei', label: 'Befund', labels: { benign: 'gutartig' } });
    await draft.readMapped();
    await flushPromises();
    expect(draft.phase).toBe('review');
    button('Columns of the table').click();
    await flushPromises();
    expect(services.called('imports.cancel')).toEqual([{ importId: 'draft' }]);
    expect(draft.phase).toBe('table');
    expect(draft.table?.map).toEqual({ path: 'Datei', label: 'Befund', labels: { benign: 'gutartig' } });
    await draft.remap({ path: 'Datei' });
    await draft.readMapped();
    expect(services.called('imports.inspect').at(-1)).toMatchObject({ paths: ['/data/scans'], map: { path: 'Datei' } });
  });

  it('asks whose samples are of which a table names another patient, says what that does, and does it', async () => {
    const services = new PageServices();
    services.growth = GROWTH;
    const { page, text, button } = await mountPage(ImportPage, services, '/import');
    const draft = useImport();
    await draft.begin({ paths: ['/data/a.npz'], into: true });
    await flushPromises();
    expect(text()).toMatch(/a\.png\s*P1\s*P2/);
    expect(draft.canGoOn).toBe(false);
    expect(text()).not.toContain('left out as leaks');
    await page.find('input[type="radio"][value="take"]').setValue();
    await flushPromises();
    expect(text()).toContain('10 / 2 / 3');
    expect(text()).toContain('2 are left out as leaks');
    expect(text()).toContain('voids 1 scoring of the test split');
    button('Add to the project').click();
    await flushPromises();
    expect(services.called('imports.grow')).toMatchObject([{ patients: 'take', voidTestScores: true }]);
  });

  it('does not label or decide from a text field', async () => {
    const { press, page } = await mountPage(ImportPage, new PageServices(), '/import');
    const draft = useImport();
    await draft.begin(PATHS);
    draft.step = 'files';
    await flushPromises();
    page.find<HTMLInputElement>('input').element.focus();
    await press('Enter');
    expect(draft.phase).toBe('review');
  });

  it('cancels at once while it reads, and what arrives later is no longer of interest', async () => {
    const services = new PageServices();
    let go: () => void = () => undefined;
    services.held.set('imports.review', new Promise((resolve) => (go = resolve)));
    const { text, button } = await mountPage(ImportPage, services, '/import');
    const draft = useImport();
    const reading = draft.begin(PATHS);
    await flushPromises();
    services.say({
      type: 'import',
      progress: { importId: 'draft', stage: 'hashing', done: 390, total: 780, secondsLeft: 2 },
    });
    await flushPromises();
    expect(text()).toContain('Reading breastmnist.npz');
    expect(text()).toContain('390 / 780');
    button('Cancel').click();
    await flushPromises();
    expect(services.called('imports.cancel')).toEqual([{ importId: 'draft' }]);
    go();
    await reading;
    expect(draft.phase).toBe('nothing');
    expect(draft.review).toBeNull();
  });

  it('says which file failed and why, and that nothing was written', async () => {
    const services = new PageServices();
    services.failing.set(
      'imports.review',
      new UserError('file-damaged', 'the archive ends early', { file: '/data/breastmnist.npz' }),
    );
    const { text } = await mountPage(ImportPage, services, '/import');
    await useImport().begin(PATHS);
    await flushPromises();
    expect(text()).toContain('/data/breastmnist.npz: the archive ends early');
    expect(text()).toContain('Nothing was written');
  });

  it('stores colours, keys and order as a scheme of their own once the project is there', async () => {
    const services = new PageServices();
    const { button } = await mountPage(ImportPage, services, '/import');
    const draft = useImport();
    await draft.begin(PATHS);
    draft.step = 'classes';
    await flushPromises();
    button('Move normal, benign up').click();
    await draft.commit();
    const [input] = services.called('project.setClasses') as {
      classes: { id: number; order: number }[];
      positive: number;
    }[];
    expect(input?.classes.map((c) => [c.id, c.order])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(input?.positive).toBe(0);
  });

  it('does not go on with two classes of one name', async () => {
    const services = new PageServices();
    const { text } = await mountPage(ImportPage, services, '/import');
    const draft = useImport();
    await draft.begin(PATHS);
    draft.step = 'classes';
    draft.classes = draft.classes.map((c) => ({ ...c, name: 'same' }));
    await flushPromises();
    expect(text()).toContain('Two classes have this name.');
    await draft.commit();
    expect(services.committed).toBeNull();
  });

  it('says so where nothing is alike, and where no splits are brought', async () => {
    const services = new PageServices();
    services.review = review({
      pairs: [],
      pairsInAll: 0,
      officialSplits: null,
      duplicates: { exact: 0, near: 0, withDifferentLabels: 0, testLeaks: 0 },
      splits: { official: null, 'leak-free': null, new: { train: 546, val: 78, test: 156 } },
      suggested: { policy: 'new', positive: 0 },
    });
    const { text } = await mountPage(ImportPage, services, '/import');
    await useImport().begin(PATHS);
    await flushPromises();
    expect(text()).toContain('No two images are identical');
    expect(text()).toContain('The files bring no splits');
    expect(text()).not.toContain('As published');
  });
});
