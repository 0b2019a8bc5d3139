import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTable, writeCsv } from '@main/formats';
import { refused, testFolder } from './folder';

const folder = testFolder();
const rows = async (text: string | Uint8Array): Promise<Record<string, string>[]> =>
  (await readTable(folder.write('t.csv', text))).rows.map((row) => ({ ...row }));

describe('tables', () => {
  it('reads quotes, line ends, byte order marks and other separators', async () => {
    const expected = [
      { path: 'a,1.png', label: 'say "x"\nhere' },
      { path: 'b.png', label: '' },
    ];
    expect(await rows('path,label\r\n"a,1.png","say ""x""\nhere"\r\nb.png,\r\n')).toEqual(expected);
    expect(await rows('\ufeffpath;label\n"a,1.png";"say ""x""\nhere"\nb.png;\n\n')).toEqual(expected);
    expect(await rows('path\tlabel\na,1.png\tx')).toEqual([{ path: 'a,1.png', label: 'x' }]);
  });

  it('keeps columns apart from what every object has', async () => {
    const { columns, rows: list } = await readTable(folder.write('t.csv', '__proto__,constructor\n1,2\n'));
    expect(columns).toEqual(['__proto__', 'constructor']);
    expect(list[0]!.__proto__).toBe('1');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('says which row is wrong', async () => {
    const wrong = (text: string | Uint8Array): Promise<unknown> => rows(text);
    await refused(wrong(''), 'table-invalid', /empty/);
    await refused(wrong('path,label\na.png\n'), 'table-invalid', /row 2 has 1 values/);
    await refused(wrong('path,label\na.png,b,c\n'), 'table-invalid', /row 2 has 3 values/);
    await refused(wrong('path,path\na,b\n'), 'table-invalid', /twice/);
    await refused(wrong('path,label\n"a.png,b\n'), 'table-invalid', /quote/);
    await refused(wrong(Uint8Array.of(0xef, 0xbb, 0xbf, 112, 44, 108, 10, 0xff, 44, 98)), 'table-invalid', /UTF-8/);
    await refused(readTable(folder.path('absent.csv')), 'file-missing', /./);
  });

  it('reads back whatever it wrote', async () => {
    const text = fc.string({ unit: 'grapheme' });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1 }), async (values) => {
        const list = values.map(([a, b]) => ({ a, b }));
        const shown = list.filter(({ a, b }) => a.trim() !== '' || b.trim() !== '');
        const read = await rows(writeCsv(['a', 'b'], list));
        expect(read.filter(({ a, b }) => a!.trim() !== '' || b!.trim() !== '')).toEqual(shown);
      }),
      { numRuns: 200 },
    );
  });
});
