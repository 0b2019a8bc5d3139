import { copyFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ImportReview, PartialTableMap } from '@shared/domain';
import { Project } from '@main/project';
import { TableMapper, type ImportDraft } from '@main/project/import';
import { readIdentity } from '@main/project/identity';
import { refused } from '../formats/folder';
import { accept, importFolder, pngOf } from './setup';

const folder = importFolder();
const MAP: PartialTableMap = { path: 'file', label: 'dx', patient: 'mrn' };

async function pictures(root: string, names: readonly string[]): Promise<string> {
  for (const [i, name] of names.entries()) folder.write(`${root}/${name}`, await pngOf(i + root.length * 100));
  return folder.path(root);
}

async function committed(draft: ImportDraft, name: string): Promise<Project> {
  const dir = folder.path(`${name}.residua`);
  await draft.commit(accept(draft.review()), { dir });
  return Project.open(dir, { holder: 'cli' });
}

const classes = (review: ImportReview): [string, number][] => review.classes.map((c) => [c.name, c.count]);

describe('a table of a hospital', () => {
  it('is read by a map: odd names, spellings, ids as text, other columns to filter by', async () => {
    const root = await pictures('messy', ['a/1.png', 'a/2.png', 'a/3.png', 'a/4.png', 'a/5.png', 'a/6.png']);
    const table = folder.write(
      'tables/list.csv',
      'file;dx;mrn;site;Patient name\n../messy/a/1.png;Benign ;007;Ulm;Anna\na\\2.png;benign;7;Ulm;Berta\na/3;BENIGN;p-1 ;Bonn;C\na/4.png;malignant;P-1;;D\na/5.png;n/a;;Bonn;E\n',
    );
    const map = { ...MAP, labels: { Benign: 'benign', BENIGN: 'benign', 'n/a': null } };
    const draft = await folder.inspect(root, { table, map });
    const review = draft.review();
    expect(classes(review)).toEqual([
      ['benign', 3],
      ['malignant', 1],
    ]);
    expect(review).toMatchObject({ samples: 6, unlabelled: 2, patientsKnown: 4, quarantined: [] });
    expect(review.table).toEqual({
      rows: 5,
      withoutFile: { count: 0, first: [] },
      withoutRow: { count: 1, first: ['a/6.png'] },
      conflicts: { count: 0, first: [] },
      blankPatients: 1,
      // Proposed, and two patients until somebody says that they are one.
      alikePatients: {
        count: 2,
        first: [
          ['007', '7'],
          ['p-1 ', 'P-1'],
        ],
      },
      alikeLabels: [],
    });
    const project = await committed(draft, 'messy');
    const facets = project.index.facets({ metadata: { site: ['Bonn'] } });
    expect(facets).toMatchObject({
      matching: 2,
      metadata: [
        {
          name: 'site',
          values: [
            { value: 'Bonn', count: 2 },
            { value: 'Ulm', count: 2 },
            { value: null, count: 2 },
          ],
          more: 0,
        },
      ],
    });
    expect(facets.classes.find((c) => c.value === 0)?.count).toBe(1);
    const ids = (keys: number[]): string[] => keys.map((key) => project.index.id(key));
    expect(ids(project.index.list({ filter: { metadata: { site: ['Ulm', null] } }, sort: 'id' }))).toEqual([
      'a/1.png',
      'a/2.png',
      'a/4.png',
      'a/6.png',
    ]);
    expect(project.index.list({ filter: { metadata: { gone: ['x'] } }, sort: 'id' })).toEqual([]);
    expect(project.index.metadataOf(2)).toEqual([{ name: 'site', value: 'Bonn' }]);
    // The map is kept where patients may stand, and nowhere else.
    expect(readIdentity(project.dir).sources[0]?.map).toMatchObject({ ...map, metadata: ['site'] });
    await project.close();
  });

  it('joins ids that a person calls one patient', async () => {
    const root = await pictures('ids', ['1.png', '2.png', '3.png']);
    const table = folder.write('ids.csv', 'path,label,patient\n1.png,a,007\n2.png,b,7\n3.png,a,8\n');
    const apart = await folder.inspect(root, { table });
    expect(apart.review().groups).toBe(3);
    await apart.discard();
    const joined = await folder.inspect(root, { table, map: { patients: { '007': '7' } } });
    expect(joined.review()).toMatchObject({ groups: 2, table: { alikePatients: { count: 0 } } });
    await joined.discard();
  });

  it('lists rows without a file, files without a row, and rows that disagree; those come in unlabelled', async () => {
    const root = await pictures('gaps', ['1.png', '2.png', '3.png', '4.png', '5.png']);
    const table = folder.write(
      'gaps.csv',
      'path,label,patient\n1.png,a,P1\n1.png,b,P1\n2.png,a,P2\n2.png,a,P2\n3.png,,P3\n3.png,b,P3\n9.png,a,P9\n,a,P9\n4.png,b,P4\n4.png,b,P5\n',
    );
    const draft = await folder.inspect(root, { table });
    const review = draft.review();
    expect(review.table).toMatchObject({
      withoutFile: {
        count: 2,
        first: [
          { row: 8, path: '9.png' },
          { row: 9, path: '' },
        ],
      },
      withoutRow: { count: 1, first: ['5.png'] },
      conflicts: {
        count: 2,
        first: [
          { id: '1.png', rows: [2, 3], column: 'label', values: ['a', 'b'] },
          { id: '4.png', rows: [10, 11], column: 'patient', values: ['P4', 'P5'] },
        ],
      },
    });
    expect(classes(review)).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    expect(review.quarantined.map((q) => q.file)).toEqual(['9.png', table]);
    await draft.discard();
  });

  it('never takes a column on trust: what it cannot tell it asks for', async () => {
    const root = await pictures('odd', ['1.png', '2.png']);
    const table = folder.write('odd.csv', 'Bild,Befund,file\n1.png,gut,x\n');
    await refused(
      folder.inspect(root, { table }),
      'table-invalid',
      /no column "path" \(it has Bild, Befund, file\): say in the map which one it is, such as \{"path":"file","label":"Befund"\}/,
      table,
    );
    await refused(
      folder.inspect(root, { table, map: { path: 'Bild' } }),
      'table-invalid',
      /no column "label" .* or null where the table has no labels/,
      table,
    );
    await refused(
      folder.inspect(root, { table, map: { path: 'Bild', label: 'Diagnose' } }),
      'table-invalid',
      /"label" is the column "Diagnose", which the table does not have/,
      table,
    );
  });

  it('reads an XLSX like a CSV', async () => {
    const root = await pictures('sheet', ['a/1.png', 'a/2.png', 'a/3.png', 'a/4.png']);
    const table = folder.path('sheet', 'labels.xlsx');
    copyFileSync('test/fixtures/tables/openpyxl.xlsx', table);
    // It lies at the root and has the right columns: nobody need name it.
    const draft = await folder.inspect(root);
    expect(classes(draft.review())).toEqual([
      ['a\nb', 1],
      ['benign', 1],
      ['Benign', 1],
      ['恶性', 1],
    ]);
    expect(draft.review()).toMatchObject({
      officialSplits: { train: 2, val: 0, test: 2 },
      table: { alikeLabels: [['Benign', 'benign']], alikePatients: { first: [['00042', '0042']] } },
    });
    await draft.discard();
  });
});

describe('the mapping step', () => {
  it('shows what a table would mean, and guesses without believing it', async () => {
    const root = await pictures('step', ['1.png', '2.png', '3.png']);
    folder.write('step/notes.csv', 'Filename;Diagnosis;Patient ID;Age;Date of birth\n1.png;a;1;40;x\n2.png;b;2;50;y\n');
    const mapper = new TableMapper(root);
    const first = await mapper.preview(null, {});
    expect(first).toMatchObject({
      delimiter: ';',
      map: {
        path: 'Filename',
        label: 'Diagnosis',
        patient: 'Patient ID',
        split: null,
        reader: null,
        metadata: ['Age'],
      },
      guessed: ['path', 'label', 'patient'],
      problem: null,
      labels: [
        { value: 'a', count: 1 },
        { value: 'b', count: 1 },
      ],
      report: { withoutRow: { count: 1, first: ['3.png'] } },
    });
    const wrong = await mapper.preview(null, { ...first!.map, path: 'Age' });
    expect(wrong).toMatchObject({ problem: 'no row of it names a picture in the folder', report: null });
    expect(await mapper.preview(null, { delimiter: ',' })).toMatchObject({
      columns: ['Filename;Diagnosis;Patient ID;Age;Date of birth'],
      problem: expect.stringMatching(/no column "path"/),
    });
  });

  it('proposes columns that hold nothing but answers as questions, and says which words it does not know', async () => {
    const root = await pictures('asked', ['1.png', '2.png', '3.png']);
    folder.write('asked/list.csv', 'path,edema,mass,age\n1.png,1,no,40\n2.png,,perhaps,50\n3.png,0,yes,60\n');
    const mapper = new TableMapper(root);
    expect(await mapper.preview(null, {})).toMatchObject({
      answerable: ['edema'],
      problem: expect.stringMatching(/no column "label"/),
    });
    const asked = { path: 'path', answers: ['edema', 'mass'] };
    expect(await mapper.preview(null, asked)).toMatchObject({
      map: { label: null, metadata: ['age'] },
      problem: expect.stringContaining('says "perhaps" in the column "mass"'),
      labels: expect.arrayContaining([{ value: 'perhaps', count: 1 }]),
    });
    const said = await mapper.preview(null, { ...asked, labels: { perhaps: null } });
    expect(said).toMatchObject({ problem: null, report: { withoutRow: { count: 0 } } });
  });

  it('is left out where there is no table', async () => {
    expect(await new TableMapper(await pictures('bare', ['a/1.png'])).preview(null, {})).toBeNull();
  });
});
