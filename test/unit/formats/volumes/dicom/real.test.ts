import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dicom } from '@main/formats/volumes/dicom';
import { hasShared, sharedPath } from '../../../../shared-data';
import { codes, one, whole } from './read';

/** Numbers from pydicom and SimpleITK: `test/fixtures/volumes/dicom/reference.py`. */
interface Described {
  readonly size: [number, number, number];
  readonly spacing: [number, number, number];
  readonly origin: [number, number, number];
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly sha256: string;
}
interface Stacked extends Described {
  readonly files: string[];
  readonly row: number[];
  readonly column: number[];
  readonly normal: number[];
  readonly itk: { spacing: number[]; origin: number[]; direction: number[]; size: number[] };
}
interface Reference {
  readonly tilted: Stacked[];
  readonly mr: Stacked;
  readonly enhanced: (Described & { kind: string })[];
  readonly files: Record<string, Pick<Described, 'min' | 'max' | 'mean' | 'sha256'>>;
}
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../fixtures/volumes/dicom/reference.json'), 'utf8'),
) as Reference;

const inFolder = (...parts: string[]): string[] =>
  readdirSync(sharedPath('data', ...parts))
    .filter((name) => name.endsWith('.dcm'))
    .map((name) => sharedPath('data', ...parts, name));
const close = (found: readonly number[], expected: readonly number[], digits = 5): void => {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, digits);
  });
};
const column = (direction: readonly number[], axis: number): number[] => [0, 3, 6].map((at) => direction[at + axis]!);

describe.skipIf(!hasShared)('real series', () => {
  it('head CT with a tilted gantry: two stacks, as acquired', async () => {
    const { volumes, refused } = await dicom.list(inFolder('dicom', 'ct_ge_gantry_tilt_28sl').reverse());
    expect(refused).toEqual([]);
    expect(volumes).toHaveLength(2);
    for (const [i, entry] of volumes.entries()) {
      const expected = reference.tilted[i]!;
      const { header, sha256 } = await whole(entry);
      expect(header.size).toEqual(expected.size);
      expect(header.files.map((path) => path.slice(-6))).toEqual(expected.files);
      close(header.origin, expected.origin);
      close(column(header.direction, 0), expected.row);
      close(column(header.direction, 1), expected.column);
      // The third axis leads from slice to slice: straight to the head, 18.5° off row × column.
      close(column(header.direction, 2), [0, 0, 1]);
      const lean = column(header.direction, 2).reduce((sum, v, k) => sum + v * expected.normal[k]!, 0);
      close(header.spacing, [...expected.spacing.slice(0, 2), expected.spacing[2] / lean]);
      expect(sha256).toBe(expected.sha256);
      expect(header.unit).toBe('HU');
      expect(header.notes).toContainEqual({ code: 'gantry-tilt', values: { degrees: 18.5 } });
      expect(header.notes).toContainEqual({ code: 'sub-stack', values: { index: i + 1, count: 2 } });
      expect(header.padding).toEqual({ from: expect.any(Number) as number, to: expect.any(Number) as number });
    }
  });

  it('triple-oblique MR: as pydicom and ITK', async () => {
    const { header, sha256 } = await one(...inFolder('dicom', 'mr_t1_pddl_40sl'));
    const expected = reference.mr;
    expect(header.size).toEqual(expected.size);
    close(header.spacing, expected.spacing);
    close(header.spacing, expected.itk.spacing, 3);
    close(header.origin, expected.origin);
    close(header.origin, expected.itk.origin);
    close(header.direction, expected.itk.direction, 4);
    expect(header.spacingKind).toBe('patient');
    expect(sha256).toBe(expected.sha256);
  });

  it('Philips enhanced multi-frame: magnitude and field map, each with its own scaling', async () => {
    const { volumes, refused } = await dicom.list(inFolder('dicom', 'enhanced_multiframe'));
    expect(refused).toEqual([]);
    expect(volumes).toHaveLength(2);
    for (const expected of reference.enhanced) {
      const entry = volumes.find(({ header }) =>
        header.notes.some(
          ({ code, values }) => code === 'one-of-several' && String(values['value']).includes(`\\${expected.kind}`),
        ),
      );
      const { header, sha256 } = await whole(entry!);
      expect(header.size).toEqual(expected.size);
      close(header.spacing, expected.spacing);
      close(header.origin, expected.origin);
      expect(sha256).toBe(expected.sha256);
    }
  });
});

describe.skipIf(!hasShared)('transfer syntaxes', () => {
  const wado = (name: string): string => sharedPath('data', 'dicom_transfer_syntaxes', 'ctimage_wado', name);

  const pictures = Object.entries(reference.files).filter(([name]) => !name.startsWith('dcm_qa_ts'));

  it.each(pictures)('%s', async (name, expected) => {
    const path =
      name.startsWith('bad_') || name.startsWith('malformed')
        ? sharedPath('data', name)
        : sharedPath('data', 'dicom_transfer_syntaxes', name);
    const { volumes, refused } = await dicom.list([path]);
    expect(refused).toEqual([]);
    const found = await whole(volumes[0]!);
    const { values } = found;
    let [min, max, sum] = [Infinity, -Infinity, 0];
    for (const v of values) [min, max, sum] = [Math.min(min, v), Math.max(max, v), sum + v];
    // Lossy JPEG: decoders may round their cosine transform differently by one grey value.
    const lossyJpeg = /4\.5[0-5]|jpeg_baseline/.test(name);
    if (lossyJpeg) {
      const one = Math.abs((await dicom.open(volumes[0]!)).scaling.slope) * 1.0001;
      expect(Math.abs(sum / values.length - expected.mean)).toBeLessThan(0.01 * Math.max(1, Math.abs(expected.mean)));
      expect(Math.abs(min - expected.min)).toBeLessThanOrEqual(2 * one);
      expect(Math.abs(max - expected.max)).toBeLessThanOrEqual(2 * one);
    } else expect(found.sha256).toBe(expected.sha256);
  });

  it('lossless copies of one image are one image', async () => {
    const names = readdirSync(wado('.'))
      .filter(
        (name) =>
          name === 'CTImage.dcm' || /LittleEndian|BigEndian|Deflated|LosslessOnly|LSLossless|Process14|RLE/.test(name),
      )
      .filter((name) => name.startsWith('CTImage'));
    expect(names.length).toBe(10);
    const sums = new Set<string>();
    for (const name of names) sums.add((await one(wado(name))).sha256);
    expect(sums.size).toBe(1);
  });

  it('12-bit JPEG: extended, spectral selection and full progression hold the same picture', async () => {
    const names = readdirSync(wado('.')).filter((name) => /Process(2_4|6_8|10_12)/.test(name));
    expect(names).toHaveLength(3);
    const found = await Promise.all(names.map((name) => one(wado(name))));
    expect(new Set(found.map(({ sha256 }) => sha256)).size).toBe(1);
    // Against the picture that was compressed: a few of its grey values off, no garbage.
    const { values } = await one(wado('CTImage.dcm'));
    let sum = 0;
    let count = 0;
    values.forEach((v, i) => {
      if (v < -1000 || v > 1000) return;
      sum += Math.abs(v - found[0]!.values[i]!);
      count++;
    });
    expect(sum / count).toBeLessThan(20);
    expect(codes(found[0]!.header)).toContain('lossy');
  });

  it('dcm_qa_ts: nine encodings of a mosaic equal its NIfTI', async () => {
    const nifti = readFileSync(sharedPath('data', 'dicom_transfer_syntaxes', 'dcm_qa_ts', '1.nii'));
    const affine = [280, 296, 312].map((at) => [0, 4, 8, 12].map((k) => nifti.readFloatLE(at + k)));
    // RAS → LPS; the NIfTI's second axis runs the other way (dcm2niix turns rows bottom up).
    const lps = affine.map((line, i) => line.map((v) => (i < 2 ? -v : v)));
    for (const path of inFolder('dicom_transfer_syntaxes', 'dcm_qa_ts')) {
      const { header, values } = await one(path);
      expect(header.size).toEqual([64, 64, 35]);
      close(header.spacing, [3.25, 3.25, 3.6], 4);
      const origin = [0, 1, 2].map((i) => lps[i]![3]! + 63 * lps[i]![1]!);
      close(header.origin, origin, 3);
      for (let i = 0; i < 3; i++) {
        close([header.direction[3 * i]! * 3.25], [lps[i]![0]!], 4);
        close([header.direction[3 * i + 1]! * 3.25], [-lps[i]![1]!], 4);
        close([header.direction[3 * i + 2]! * header.spacing[2]], [lps[i]![2]!], 4);
      }
      let differing = 0;
      for (let z = 0; z < 35; z++)
        for (let y = 0; y < 64; y++)
          for (let x = 0; x < 64; x++)
            if (nifti.readInt16LE(352 + 2 * ((z * 64 + 63 - y) * 64 + x)) !== values[(z * 64 + y) * 64 + x])
              differing++;
      expect(differing).toBe(0);
      expect(header.notes).toContainEqual({ code: 'mosaic', values: { tiles: 35 } });
    }
  });

  it('dcm_qa_ts as a folder: nine copies are one volume', async () => {
    const { volumes, refused } = await dicom.list(inFolder('dicom_transfer_syntaxes', 'dcm_qa_ts'));
    expect(refused).toEqual([]);
    expect(volumes).toHaveLength(1);
    expect(volumes[0]!.header.notes).toContainEqual({
      code: 'duplicate-slices',
      values: { count: 8 * 35, files: expect.stringContaining('2.dcm') as string },
    });
  });

  it('ultrasound: colours, region calibration or pixels only', async () => {
    const colour = await one(wado('US-YBR_FULL_422-EVRLE.dcm'));
    expect(colour.header.components).toBe(3);
    expect(codes(colour.header)).toContain('colour');
    const plain = await one(wado('no-pixel-spacing.dcm'));
    expect(codes(plain.header)).toContain('palette');
    expect(plain.header.spacingKind === 'none' ? codes(plain.header) : ['no-spacing']).toContain('no-spacing');
  });
});

describe.skipIf(!hasShared)('malformed files', () => {
  it.each([
    ['dcmjs_no-meta-length-test.dcm', 'no-image'],
    ['no-pixel-data.dcm', 'no-image'],
    ['pydicom_ExplVR_LitEndNoMeta.dcm', 'no-image'],
    ['pydicom_MR_truncated.dcm', 'truncated'],
    ['pydicom_badVR.dcm', 'header-damaged'],
    ['pydicom_meta_missing_tsyntax.dcm', 'no-transfer-syntax'],
    ['pydicom_rtplan_truncated.dcm', 'header-damaged'],
  ])('%s is refused: %s', async (name, code) => {
    const path = sharedPath('data', 'malformed', name);
    const { volumes, refused } = await dicom.list([path]);
    expect(volumes).toEqual([]);
    expect(refused).toMatchObject([{ file: path, code }]);
    expect(refused[0]!.reason.length).toBeGreaterThan(10);
  });

  it('says how much of a truncated picture is missing', async () => {
    const { refused } = await dicom.list([sharedPath('data', 'malformed', 'pydicom_MR_truncated.dcm')]);
    expect(refused[0]!.values).toEqual({ have: 8130, need: 8192, missing: 62 });
  });

  it('reads a lossless CT frame behind a header in disorder', async () => {
    const { header } = await one(sharedPath('data', 'malformed', 'bad_sequence.dcm'));
    expect(header.size).toEqual([512, 512, 1]);
    expect(header.unit).toBe('HU');
    expect(header.notes).toContainEqual({ code: 'repaired', values: { what: '(0018,9346) UN' } });
  });
});
