import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { listVolumes, openVolume, VolumeProblem } from '@main/formats/volumes';
import { volumeNoteCode, volumeRefusalCode } from '@shared/domain';
import en from '@shared/volumeWords/locales/en.json';
import zh from '@shared/volumeWords/locales/zh-CN.json';
import { read } from './answers';

const small = resolve(import.meta.dirname, '../../../fixtures/volumes/small');
const dir = mkdtempSync(join(tmpdir(), 'residua-refused-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const fixture = (name: string): Buffer => readFileSync(join(small, name));
function put(name: string, bytes: Uint8Array | string): string {
  writeFileSync(join(dir, name), bytes);
  return join(dir, name);
}

/** Code and values of why a file is not read, from the listing or from reading. */
async function refusalOf(...paths: string[]): Promise<{ file: string; code: string; values: object; reason: string }> {
  const { volumes, refused } = await listVolumes(paths);
  if (refused.length > 0) return refused[0]!;
  try {
    for (const entry of volumes) await read(entry);
  } catch (error) {
    if (error instanceof VolumeProblem) return error.toRefusal();
    throw error;
  }
  throw new Error(`${paths.join()} was read`);
}

function patch(bytes: Buffer, at: number, change: (view: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy.subarray(at));
  return copy;
}

describe('what is not whole or not true is refused with its file and reason', () => {
  it.each([
    ['int16.nii', 352 + 120],
    ['raw.nrrd', null],
    ['local.mha', null],
    ['rows.npy', null],
  ])('%s cut short says how much is missing', async (name, whole) => {
    const bytes = fixture(name);
    const path = put(`cut-${name}`, bytes.subarray(0, (whole ?? bytes.length) - 31));
    const need = name === 'rows.npy' ? 240 : 120;
    expect(await refusalOf(path)).toMatchObject({
      file: path,
      code: 'truncated',
      values: { have: need - 31, need, missing: 31 },
    });
  });

  it('compressed voxels that end early or were damaged', async () => {
    const gz = fixture('int16.nii.gz');
    const cut = put('cut.nii.gz', gz.subarray(0, gz.length - 40));
    expect(await refusalOf(cut)).toMatchObject({ file: cut, code: 'truncated' });
    // All voxels are there; only the checksum is not.
    const tail = put('tail.nii.gz', gz.subarray(0, gz.length - 6));
    expect(await refusalOf(tail)).toMatchObject({ file: tail, code: 'compressed-damaged' });
    const sum = put(
      'sum.nii.gz',
      patch(gz, gz.length - 8, (b) => b.writeUInt32LE(1, 0)),
    );
    expect(await refusalOf(sum)).toMatchObject({
      code: 'compressed-damaged',
      values: { detail: 'incorrect data check' },
    });
  });

  it('a checksum is looked at before the last slice is given, in whatever order and parts they are asked for', async () => {
    const gz = fixture('int16.nii.gz');
    const path = put(
      'parts.nii.gz',
      patch(gz, gz.length - 8, (b) => b.writeUInt32LE(1, 0)),
    );
    const { volumes } = await listVolumes([path]);
    const volume = await openVolume(volumes[0]!);
    const got: number[] = [];
    const take = async (order: number[]): Promise<void> => {
      for await (const { index } of volume.slices(order)) got.push(index);
    };
    await expect(take([1]).then(() => take([2, 0]))).rejects.toMatchObject({ code: 'compressed-damaged' });
    expect(got).not.toContain(0);
  });

  it('headers that promise more than there can be allocate nothing', async () => {
    const header = fixture('int16.nii');
    const large = patch(header, 42, (b) => [20_000, 20_000, 20_000].forEach((n, i) => b.writeInt16LE(n, 2 * i)));
    expect(await refusalOf(put('large.nii', large))).toMatchObject({ code: 'too-large' });
    const bomb = patch(header, 42, (b) => [1000, 1000, 100].forEach((n, i) => b.writeInt16LE(n, 2 * i)));
    expect(await refusalOf(put('lies.nii.gz', gzipSync(bomb)))).toMatchObject({ code: 'truncated' });
    const series = patch(header, 40, (b) => [7, 5, 4, 3, 3000, 3000, 3000].forEach((n, i) => b.writeInt16LE(n, 2 * i)));
    expect(await refusalOf(put('series.nii', series))).toMatchObject({ code: 'header-impossible' });
  });

  it('a stream that goes on for ever ends after its voxels', async () => {
    const path = put('zeros.nii.gz', gzipSync(Buffer.concat([fixture('int16.nii'), Buffer.alloc(70 * 2 ** 20)])));
    expect(await refusalOf(path)).toMatchObject({ code: 'header-impossible' });
  });

  it.each([
    ['negative.nii', 42, (b: Buffer): void => void b.writeInt16LE(-5, 0), 'header-impossible'],
    ['axes.nii', 40, (b: Buffer): void => void b.writeInt16LE(9, 0), 'dimensions'],
    ['complex.nii', 70, (b: Buffer): void => void b.writeInt16LE(32, 0), 'type-unsupported'],
    ['offset.nii', 108, (b: Buffer): void => void b.writeFloatLE(NaN, 0), 'header-impossible'],
    ['inside.nii', 108, (b: Buffer): void => void b.writeFloatLE(100, 0), 'header-impossible'],
    [
      'intercept.nii',
      112,
      (b: Buffer): void => (b.writeFloatLE(2, 0), void b.writeFloatLE(NaN, 4)),
      'header-impossible',
    ],
    ['magicless.nii', 344, (b: Buffer): void => void b.writeUInt32LE(0, 0), 'analyze'],
  ])('%s', async (name, at, change, code) => {
    const path = put(name, patch(fixture('int16.nii'), at, change));
    expect(await refusalOf(path)).toMatchObject({ file: path, code });
  });

  it('NRRD and MetaImage headers', async () => {
    const nrrd = fixture('raw.nrrd').toString('latin1');
    const mha = fixture('local.mha').toString('latin1');
    const cases: [string, string, RegExp | string, string][] = [
      ['a.nrrd', nrrd.replace('endian: little\n', ''), /"endian" is missing/, 'header-damaged'],
      ['b.nrrd', nrrd.replace('encoding: raw', 'encoding: bzip2'), /bzip2/, 'encoding-unsupported'],
      ['c.nrrd', nrrd.replace('type: short', 'type: block'), /block/, 'type-unsupported'],
      ['d.nrrd', nrrd.replace('sizes: 5 4 3', 'sizes: 5 4'), /2 entries for 3 axes/, 'header-damaged'],
      ['e.nrrd', nrrd.replace('sizes: 5 4 3', 'sizes: 5 0 3'), /5 × 0 × 3/, 'header-impossible'],
      [
        'f.nrrd',
        nrrd.replace(/space directions: .*/, 'space directions: (1,0,0) (2,0,0) (0,0,1)'),
        /span no volume/,
        'header-impossible',
      ],
      ['g.nrrd', 'NRRD0005\ntype: short\ndimension: 3', /missing|end/, 'header-damaged'],
      ['h.mha', mha.replace(/DimSize = .*/, 'DimSize = 5 x 3'), /DimSize/, 'header-damaged'],
      ['i.mha', mha.replace('MET_SHORT', 'MET_STRING'), /MET_STRING/, 'type-unsupported'],
      [
        'j.mha',
        mha.replace(/TransformMatrix = .*/, 'TransformMatrix = 0 0 0 0 0 0 0 0 0'),
        /span no volume/,
        'header-impossible',
      ],
      ['k.mha', mha.replace('ObjectType = Image', 'ObjectType = Tube'), /Tube/, 'no-image'],
    ];
    for (const [name, text, reason, code] of cases) {
      const refusal = await refusalOf(put(name, Buffer.from(text, 'latin1')));
      expect(refusal, name).toMatchObject({ file: join(dir, name), code });
      expect(refusal.reason, name).toMatch(reason);
    }
  });

  it('detached voxels: only those beside the header, not through a link either', async () => {
    mkdirSync(join(dir, 'inner'));
    put('secret.raw', Buffer.alloc(120));
    const header = fixture('detached.nhdr').toString('latin1');
    const naming = (file: string, data: string): string =>
      put(join('inner', file), header.replace('data file: detached.raw', `data file: ${data}`));
    expect(await refusalOf(naming('up.nhdr', '../secret.raw'))).toMatchObject({ code: 'data-outside' });
    expect(await refusalOf(naming('full.nhdr', join(dir, 'secret.raw')))).toMatchObject({ code: 'data-outside' });
    symlinkSync(join(dir, 'secret.raw'), join(dir, 'inner', 'link.raw'));
    expect(await refusalOf(naming('link.nhdr', 'link.raw'))).toMatchObject({ code: 'data-outside' });
    expect(await refusalOf(naming('none.nhdr', 'none.raw'))).toMatchObject({
      code: 'data-missing',
      values: { name: 'none.raw' },
    });
    const pair = put('alone.hdr', fixture('pair.hdr'));
    expect(await refusalOf(pair)).toMatchObject({ file: pair, code: 'data-missing' });
  });

  it('what is no volume at all, what is not there, and a folder with nothing in it', async () => {
    expect(await refusalOf(put('empty.nii', ''))).toMatchObject({ code: 'empty' });
    expect(await refusalOf(put('text.nii', 'not a NIfTI at all'))).toMatchObject({ code: 'unknown-format' });
    expect(await refusalOf(join(dir, 'nowhere.nii'))).toMatchObject({ code: 'missing' });
    mkdirSync(join(dir, 'hollow'));
    put(join('hollow', '.hidden'), 'x');
    expect(await refusalOf(join(dir, 'hollow'))).toMatchObject({ code: 'no-files', file: join(dir, 'hollow') });
  });

  it('a signed TIFF, and pages that are not alike', async () => {
    const signed = await refusalOf(join(small, '..', 'signed.tif'));
    expect(signed).toMatchObject({ code: 'type-unsupported' });
    const bytes = fixture('pages.tif');
    const cut = put('cut.tif', bytes);
    truncateSync(cut, bytes.length - 200);
    expect(['codec-failed', 'mixed']).toContain((await refusalOf(cut)).code);
  });

  it('values of which none is a number', async () => {
    const nan = Buffer.from(new Float32Array(60).fill(NaN).buffer);
    const header = fixture('raw.nrrd').toString('latin1').split('\n\n')[0]!.replace('type: short', 'type: float');
    expect(await refusalOf(put('nan.nrrd', Buffer.concat([Buffer.from(`${header}\n\n`), nan])))).toMatchObject({
      code: 'not-finite',
    });
  });
});

describe('words', () => {
  it('both languages have words with the same values for every note and refusal', () => {
    const slots = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const kind of ['notes', 'refusals'] as const) {
      const codes = (kind === 'notes' ? volumeNoteCode : volumeRefusalCode).options;
      const words: Record<string, string>[] = [en[kind], zh[kind]];
      for (const of of words) expect(Object.keys(of).sort()).toEqual([...codes].sort());
      for (const code of codes) expect(slots(words[1]![code]!), code).toEqual(slots(words[0]![code]!));
    }
  });
});
