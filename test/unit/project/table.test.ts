import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classOf } from '@shared/domain';
import { READ, Workshop, projectOf, sampleOf } from './fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

const write = (text: string): string => {
  const file = join(shop.root, 'in.csv');
  writeFileSync(file, text);
  return file;
};

describe('a table of labels', () => {
  it('goes out as RFC 4180 with full class names, one row a sample', async () => {
    const p = await shop.start(
      projectOf([sampleOf(0, { id: 'a,"b"' }), sampleOf(1), sampleOf(2, { class: null, leak: true })]),
    );
    p.labels.set([1], { state: 'excluded', reason: 'blurred' }, READ);
    const file = join(shop.root, 'out.csv');
    expect(await p.labels.exportCsv(file)).toEqual({ file, rows: 3 });
    expect(readFileSync(file, 'utf8')).toBe(
      [
        'sample,split,group,label,state,reader',
        '"a,""b""",train,0,malignant,labelled,',
        'sample_00001,train,1,"normal, benign",excluded,Ana',
        'sample_00002,,2,,unlabelled,',
        '',
      ].join('\r\n'),
    );
    await expect(p.labels.exportCsv(join(shop.root, 'no', 'out.csv'))).rejects.toMatchObject({
      code: 'file-unreadable',
    });
  });

  it('is refused where it says two things of one sample by one reader; readers may disagree', async () => {
    const p = await shop.start(3);
    const before = p.labels.position;
    const twice = write(
      'sample,label\nsample_00000,malignant\nsample_00001,malignant\nsample_00000,"normal, benign"\n',
    );
    await expect(p.labels.importCsv(twice, { reader: 'Ana' })).rejects.toMatchObject({
      code: 'table-invalid',
      message: expect.stringMatching(/row 4: "sample_00000" stands in row 2 too/),
    });
    expect(p.labels.position).toBe(before);
    const two = write(
      'sample,label,reader\nsample_00000,malignant,Ana\nsample_00000,"normal, benign",Ben\nsample_00000,malignant,Ana\n',
    );
    expect(await p.labels.importCsv(two)).toMatchObject({ rows: 3, changed: 2 });
  });

  it('comes back the same way: nothing changes, or exactly what was edited, in one undoable step', async () => {
    const p = await shop.start(5);
    p.labels.set([0], { class: 1 }, READ);
    p.labels.set([1], { state: 'unsure' }, { ...READ, reader: 'Ben' });
    p.labels.set([2], { state: 'excluded', reason: 'blurred' }, READ);
    const file = join(shop.root, 'labels.csv');
    await p.labels.exportCsv(file);
    const before = p.labels.position;
    expect(await p.labels.importCsv(file)).toEqual({ file, rows: 5, changed: 0, keys: [] });
    expect(p.labels.position).toBe(before);
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(
        'sample_00003,val,3,"normal, benign",labelled,',
        'sample_00003,val,3,malignant,checked,Dr Cem',
      ),
    );
    expect(await p.labels.importCsv(file)).toMatchObject({ rows: 5, changed: 1, keys: [3] });
    expect(p.index.rows([3])[0]).toMatchObject({ class: 0, state: 'checked', reader: 'Dr Cem' });
    expect(p.labels.history(3)[1]).toMatchObject({ origin: 'imported' });
    expect(p.base().readers).toEqual(['Ana', 'Ben', 'Dr Cem']);
    p.labels.undo();
    expect(p.index.rows([3])[0]).toMatchObject({ class: 1, state: 'labelled', reader: null });
  });

  it('holds one row a reader when asked, and brings another project to the same labels', async () => {
    const p = await shop.start(3);
    p.labels.set([0], { class: 0 }, { ...READ, reader: 'Ben' });
    p.labels.set([0], { class: 1 }, READ);
    p.labels.set([1], { class: 0 }, READ);
    p.labels.undo();
    const file = join(shop.root, 'readers.csv');
    expect((await p.labels.exportCsv(file, { allReaders: true })).rows).toBe(5);
    expect(readFileSync(file, 'utf8').split('\r\n').slice(1, 5)).toEqual([
      'sample_00000,train,0,malignant,labelled,',
      'sample_00000,train,0,malignant,checked,Ben',
      'sample_00000,train,0,"normal, benign",checked,Ana',
      'sample_00001,train,1,"normal, benign",labelled,',
    ]);
    const other = await shop.start(3);
    expect((await other.labels.importCsv(file)).changed).toBe(2);
    expect(other.labels.byReader(0).map((l) => [l.reader, classOf(l.value)])).toEqual([
      [null, 0],
      ['Ben', 0],
      ['Ana', 1],
    ]);
    expect(other.index.rows([0, 1, 2]).map((r) => [r.class, r.state, r.reader])).toEqual(
      p.index.rows([0, 1, 2]).map((r) => [r.class, r.state, r.reader]),
    );
    expect((await other.labels.importCsv(file)).changed).toBe(0);
    // Both rows of the sample are one step; its events join old to new.
    expect(other.labels.history(0).map((e) => [e.oldState, e.newState, classOf(e.newValue)])).toEqual([
      ['unlabelled', 'labelled', 0],
      ['labelled', 'checked', 0],
      ['checked', 'checked', 1],
    ]);
    expect(other.labels.undo()).toMatchObject({
      keys: [0],
      oldValue: { class: 1 },
      newValue: { class: 0 },
      newState: 'labelled',
    });
    expect(
      other.labels
        .history(0)
        .slice(3)
        .map((e) => [e.origin, classOf(e.oldValue), e.newState]),
    ).toEqual([
      ['undo', 1, 'checked'],
      ['undo', 0, 'labelled'],
    ]);
    expect(other.labels.redo()).toMatchObject({ newValue: { class: 1 }, newState: 'checked' });
    expect(other.labels.byReader(0)).toHaveLength(3);
  });

  it('is refused as a whole with its row named, and changes nothing then', async () => {
    const p = await shop.start(3);
    const refused = async (text: string): Promise<unknown> => {
      const error: unknown = await p.labels.importCsv(write(text)).catch((e: unknown) => e);
      expect(p.labels.position).toBe(3);
      return error;
    };
    const head = 'sample,label,state\n';
    expect(await refused('sample,class\nsample_00000,malignant\n')).toMatchObject({
      code: 'table-invalid',
      reason: 'it has no column "label"',
    });
    expect(await refused(`${head}sample_00000,malignant,checked\nnobody,malignant,\n`)).toMatchObject({
      code: 'sample-missing',
      reason: expect.stringMatching(/^row 3: there is no sample "nobody"/),
    });
    expect(await refused(`${head}sample_00000,cat,\n`)).toMatchObject({
      code: 'class-missing',
      reason: expect.stringContaining('row 2'),
    });
    expect(await refused(`${head}sample_00000,malignant,sure\n`)).toMatchObject({
      code: 'value-invalid',
      reason: expect.stringContaining('"sure" is no state'),
    });
    expect(await refused(`${head}sample_00000,,checked\n`)).toMatchObject({ code: 'value-invalid' });
    expect(await refused(`${head}sample_00000,malignant\n`)).toMatchObject({ code: 'table-invalid' });
    const done = await p.labels.importCsv(
      write(
        'label,sample,note,reason,state\n,sample_00000,,,\nmalign,sample_00001,late,,\n,sample_00002,,motion,excluded\n',
      ),
      { reader: 'Ana' },
    );
    expect(done).toMatchObject({ rows: 3, changed: 3 });
    expect(p.index.rows([0, 1, 2]).map((r) => [r.class, r.state, r.reader, r.note, r.reason])).toEqual([
      [null, 'unlabelled', 'Ana', null, null],
      [0, 'labelled', 'Ana', 'late', null],
      [null, 'excluded', 'Ana', null, 'motion'],
    ]);
  });
});
