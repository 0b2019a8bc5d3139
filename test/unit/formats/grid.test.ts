import { describe, expect, it } from 'vitest';
import { readGrid } from '@main/formats';
import { refused, testFolder } from './folder';
import { zip } from './npyFile';

const folder = testFolder();
const utf16 = (text: string, big = false): Uint8Array => {
  const bytes = Buffer.from(text, 'utf16le');
  return big ? bytes.swap16() : bytes;
};
const grid = (bytes: Uint8Array | string, options = {}): ReturnType<typeof readGrid> =>
  readGrid(folder.write('t.csv', bytes), options);

describe('encodings of tables', () => {
  const TEXT = 'path,label\nü.png,gutartig\né.png,bösartig\n';
  const EXPECTED = [
    ['ü.png', 'gutartig'],
    ['é.png', 'bösartig'],
  ];

  it.each([
    ['UTF-8', Buffer.from(TEXT), 'utf-8'],
    ['UTF-8 with a mark', Buffer.from('\ufeff' + TEXT), 'utf-8'],
    ['UTF-16 with a mark', utf16('\ufeff' + TEXT), 'utf-16le'],
    ['UTF-16 of the other order with a mark', utf16('\ufeff' + TEXT, true), 'utf-16be'],
    ['UTF-16', utf16(TEXT), 'utf-16le'],
    ['UTF-16 of the other order', utf16(TEXT, true), 'utf-16be'],
    ['Latin-1', Buffer.from(TEXT, 'latin1'), 'windows-1252'],
  ])('%s is recognised', async (_, bytes, encoding) => {
    expect(await grid(bytes)).toMatchObject({ encoding, delimiter: ',', columns: ['path', 'label'], rows: EXPECTED });
  });

  it('GBK is recognised, as Python writes it', async () => {
    // '路径,标签\n图1.png,良性\n图2.png,恶性\n'.encode('gbk')
    const bytes = Uint8Array.of(
      194,
      183,
      190,
      182,
      44,
      177,
      234,
      199,
      169,
      10,
      205,
      188,
      49,
      46,
      112,
      110,
      103,
      44,
      193,
      188,
      208,
      212,
      10,
      205,
      188,
      50,
      46,
      112,
      110,
      103,
      44,
      182,
      241,
      208,
      212,
      10,
    );
    expect(await grid(bytes)).toMatchObject({
      encoding: 'gb18030',
      columns: ['路径', '标签'],
      rows: [
        ['图1.png', '良性'],
        ['图2.png', '恶性'],
      ],
    });
    expect((await grid(bytes, { encoding: 'GBK' })).columns).toEqual(['路径', '标签']);
  });

  it('a given encoding is taken at its word, and one that does not fit is refused', async () => {
    expect((await grid(Buffer.from('é,b\n1,2\n'), { encoding: 'latin-1' })).columns[0]).toBe('Ã©');
    await refused(grid(Buffer.from('é,b\n', 'latin1'), { encoding: 'utf-8' }), 'table-invalid', /not UTF-8 text/);
    await refused(grid('a,b\n', { encoding: 'klingon' }), 'value-invalid', /no text encoding "klingon"/);
  });
});

describe('shapes of tables', () => {
  it('recognises delimiters, and takes a given one', async () => {
    for (const d of [',', ';', '\t', '|'])
      expect(await grid(`path${d}label\n1.png${d}"x, y; z"\n`)).toMatchObject({
        delimiter: d,
        rows: [['1.png', 'x, y; z']],
      });
    expect((await grid('a;b,c\n1;2,3\n', { delimiter: ',' })).columns).toEqual(['a;b', 'c']);
  });

  it('drops columns without name and value, names those with values', async () => {
    expect(await grid('a,,b,\n1,x,2,\n')).toMatchObject({ columns: ['a', 'column 2', 'b'], rows: [['1', 'x', '2']] });
  });

  it('refuses spreadsheets that it cannot read', async () => {
    await refused(readGrid(folder.write('t.xls', 'x')), 'file-unsupported', /save it as .xlsx/);
  });
});

describe('XLSX', () => {
  it('reads what openpyxl writes: hidden sheets left out, ids with their zeros, dates, all else as text', async () => {
    const read = await readGrid('test/fixtures/tables/openpyxl.xlsx');
    expect(read).toMatchObject({ delimiter: null, sheets: ['Notes', 'Fälle 病例'], sheet: 'Fälle 病例' });
    expect(read.columns).toEqual(['path', 'label', 'patient', 'split', 'reader', 'taken', 'score', 'checked']);
    expect(read.rows).toEqual([
      ['a/1.png', 'Benign ', '00042', 'train', 'Dr Müller', '2026-03-14', '0.25', 'TRUE'],
      ['a/2.png', 'benign', '0042', 'train', '', '2026-03-15 08:30:00', '1234567890123', 'FALSE'],
      ['a/3.png', '恶性', 'P-7', 'test', '李医生', '', '', ''],
      // A formula that nobody has computed yet has no value.
      ['a/4.png', 'a\nb', '<&>"', 'test', '', '', '', ''],
    ]);
    expect((await readGrid('test/fixtures/tables/openpyxl.xlsx', { sheet: 'Notes' })).columns).toEqual(['nothing']);
    await refused(
      readGrid('test/fixtures/tables/openpyxl.xlsx', { sheet: 'Sheet1' }),
      'table-invalid',
      /no sheet "Sheet1" \(it has "Notes", "Fälle 病例"\)/,
    );
  });

  const part = (name: string, text: string) => ({ name, data: Buffer.from(text) });
  const RELS = part('xl/_rels/workbook.xml.rels', '<r><Relationship Id="r1" Target="worksheets/s.xml"/></r>');
  const BOOK = part('xl/workbook.xml', '<w><sheets><sheet name="S" r:id="r1"/></sheets></w>');
  const sheet = (text: string): Promise<unknown> =>
    readGrid(folder.write('t.xlsx', zip([RELS, BOOK, part('xl/worksheets/s.xml', text)])));

  it('refuses what is no XLSX, is broken, or means harm', async () => {
    await refused(readGrid(folder.write('t.xlsx', 'not a zip')), 'file-damaged', /not a whole XLSX/);
    await refused(readGrid(folder.write('t.xlsx', zip([part('a.xml', '<a/>')]))), 'file-damaged', /no workbook/);
    await refused(sheet('<s><row><c r="A1"><v>1</v></c>'), 'file-damaged', /not a whole XLSX/);
    await refused(sheet('<s><row><c r="XFD1"><v>1</v></c></row></s>'), 'table-invalid', /XFD1 lies outside/);
    await refused(sheet('<s><row><c t="s"><v>7</v></c></row></s>'), 'table-invalid', /the text 7, which there is not/);
    await refused(sheet('<s><row/></s>'), 'table-invalid', /empty/);
    // Entities that a file defines for itself are never put in: a billion laughs are none.
    await refused(
      sheet('<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><s><row><c t="str"><v>&b;</v></c></row></s>'),
      'file-damaged',
      /not a whole XLSX/,
    );
  });

  it('reads an inline text, a prefix before the names, and cells without an address', async () => {
    expect(
      await sheet(
        '<x:s><x:row><x:c t="inlineStr"><x:is><x:t>pa</x:t><x:t>th</x:t></x:is></x:c><x:c t="str"><x:v>b_x0041_</x:v></x:c></x:row><x:row><x:c r="B2"><x:v>1E3</x:v></x:c></x:row></x:s>',
      ),
    ).toMatchObject({ columns: ['path', 'bA'], rows: [['', '1000']] });
  });
});
