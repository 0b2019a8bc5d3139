import { appendFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { dicom, isDicom } from '@main/formats/volumes/dicom';
import { build, ctSlice, words, type Elements } from './build';
import { codes, one, whole, written } from './read';

const files = (slices: Readonly<Record<string, Elements>>): string[] =>
  written(Object.fromEntries(Object.entries(slices).map(([name, elements]) => [name, build(elements)])));
const stack = (
  places: readonly number[],
  more: (z: number, i: number) => Elements = () => ({}),
): Record<string, Elements> =>
  Object.fromEntries(places.map((z, i) => [`${String(i).padStart(3, '0')}.dcm`, ctSlice(z, more(z, i))]));
const without = (elements: Elements, ...tags: string[]): Elements =>
  Object.fromEntries(Object.entries(elements).filter(([key]) => !tags.some((tag) => key.startsWith(tag))));
const note = (header: { notes: readonly { code: string; values: object }[] }, code: string): object | undefined =>
  header.notes.find((n) => n.code === code)?.values;

describe('encodings', () => {
  it('reads implicit, open sequences and deflated alike', async () => {
    const elements = { ...ctSlice(2), '00081140 SQ': [{ '00081150 UI': '1.2', '00081155 UI': '1.2.3' }] };
    const plain = await one(...written({ a: build(elements) }));
    const others = [
      build(elements, { implicit: true }),
      build(elements, { open: true }),
      build(elements, { implicit: true, open: true }),
      deflated(build(elements)),
    ];
    for (const [i, bytes] of others.entries())
      expect((await one(...written({ [`b${i}`]: bytes }))).sha256).toBe(plain.sha256);
  });

  it('reads a file without preamble and meta header, and says so', async () => {
    for (const implicit of [false, true]) {
      const { header } = await one(...written({ a: build(ctSlice(2), { bare: true, implicit }) }));
      expect(codes(header)).toEqual(expect.arrayContaining(['no-preamble', 'syntax-assumed']));
    }
  });

  it('is known by its first bytes, with and without preamble', () => {
    const head = (bytes: Buffer): Buffer => bytes.subarray(0, 144);
    expect(isDicom(head(build(ctSlice(0))))).toBe(true);
    expect(isDicom(head(build(ctSlice(0), { bare: true })))).toBe(true);
    expect(isDicom(head(build(ctSlice(0), { bare: true, implicit: true })))).toBe(true);
    expect(isDicom(Buffer.from('8,9,label\n1,2,3\n4,5,6,7,8,9,10'))).toBe(false);
    expect(isDicom(Buffer.alloc(348))).toBe(false);
    expect(isDicom(Buffer.alloc(3))).toBe(false);
  });

  function deflated(file: Buffer): Buffer {
    const end = file.indexOf(Buffer.from([8, 0, 8, 0]));
    const meta = Buffer.from(file.subarray(0, end));
    const uid = meta.indexOf('1.2.840.10008.1.2.1');
    const longer = Buffer.concat([
      meta.subarray(0, uid - 2),
      Buffer.from([22, 0]),
      Buffer.from('1.2.840.10008.1.2.1.99'),
    ]);
    return Buffer.concat([longer, deflateRawSync(file.subarray(end))]);
  }
});

describe('values', () => {
  it('cuts what lies above the stored bits, shifts by the high bit, keeps the sign', async () => {
    const stored = (more: Elements, values: readonly number[]) =>
      one(
        ...written({
          a: build({ ...ctSlice(0), '00281052 DS': '0', '00280101 US': 12, ...more, '7fe00010 OW': words(values) }),
        }),
      );
    const values = [0xf001, 0x0fff, 0x0800, 0x07ff, ...Array<number>(8).fill(0)];
    expect([...(await stored({ '00280102 US': 11 }, values)).values.slice(0, 4)]).toEqual([1, -1, -2048, 2047]);
    expect([...(await stored({ '00280102 US': 11, '00280103 US': 0 }, values)).values.slice(0, 4)]).toEqual([
      1, 4095, 2048, 2047,
    ]);
    expect([
      ...(
        await stored({ '00280102 US': 15 }, [0x0010, 0xfff0, 0x8000, 0x7ff0, ...Array<number>(8).fill(0)])
      ).values.slice(0, 4),
    ]).toEqual([1, -1, -2048, 2047]);
  });

  it('reads 8, 32 bits, float and double pixels, and single bits', async () => {
    const size = { '00280010 US': 1, '00280011 US': 3, '00281052 DS': '0' };
    const base = without(ctSlice(0), '7fe00010', '00280100', '00280101', '00280102', '00280103');
    const read = (more: Elements) => one(...written({ a: build({ ...base, ...size, ...more }) }));
    const bits = (allocated: number, signed: number): Elements => ({
      '00280100 US': allocated,
      '00280101 US': allocated,
      '00280102 US': allocated - 1,
      '00280103 US': signed,
    });
    expect([...(await read({ ...bits(8, 0), '7fe00010 OB': new Uint8Array([1, 2, 255]) })).values]).toEqual([
      1, 2, 255,
    ]);
    expect([...(await read({ ...bits(8, 1), '7fe00010 OB': new Uint8Array([1, 2, 255]) })).values]).toEqual([1, 2, -1]);
    const long = new Uint8Array(Int32Array.of(-5, 70000, 3).buffer);
    expect([...(await read({ ...bits(32, 1), '7fe00010 OW': long })).values]).toEqual([-5, 70000, 3]);
    const float = new Uint8Array(Float32Array.of(0.5, -2, 1e9).buffer);
    expect([...(await read({ '00280100 US': 32, '7fe00008 OF': float })).values]).toEqual([0.5, -2, 1e9]);
    const double = new Uint8Array(Float64Array.of(0.25, -2, 8).buffer);
    expect([...(await read({ '00280100 US': 64, '7fe00009 OD': double })).values]).toEqual([0.25, -2, 8]);
    const frames = { ...bits(1, 0), '00280008 IS': '3', '7fe00010 OB': new Uint8Array([0b10101101, 0b1]) };
    expect([...(await read(frames)).values]).toEqual([1, 0, 1, 1, 0, 1, 0, 1, 1]);
  });

  it('rescales in float64 and rounds once; slices of a PET differ in their slope', async () => {
    const slopes = ['0.1', '0.333333'];
    const { header, values, slices } = await one(
      ...files(
        stack([0, 2], (_, i) => ({
          '00281053 DS': slopes[i]!,
          '00281052 DS': '0',
          '00541001 CS': 'BQML',
          '00080060 CS': 'PT',
          '00080016 UI': '1.2.840.10008.5.1.4.1.1.128',
        })),
      ),
    );
    expect(header.unit).toBe('Bq/ml');
    expect(values[1]).toBe(Math.fround(1 * 0.1));
    expect(values[13]).toBe(Math.fround(21 * 0.333333));
    expect(slices.every((s) => s.values instanceof Float32Array)).toBe(true);
  });

  it('maps through a modality LUT, with its ends beyond its range', async () => {
    const lut = [{ '00283002 US': [3, 5, 16], '00283004 LO': 'OD', '00283006 US': [100, 200, 300] }];
    const { header, values } = await one(
      ...written({
        a: build({
          ...without(ctSlice(0), '00281052', '00281053'),
          '00283000 SQ': lut,
          '7fe00010 OW': words([0, 5, 6, 7, 9, 0, 0, 0, 0, 0, 0, 0]),
        }),
      }),
    );
    expect([...values.slice(0, 5)]).toEqual([100, 100, 200, 300, 300]);
    expect(header.unit).toBe('OD');
    expect(codes(header)).toContain('modality-lut');
  });

  it('HU only where a rescale says so', async () => {
    expect((await one(...files(stack([0, 2])))).header.unit).toBe('HU');
    const bare = ctSlice(0);
    expect((await one(...written({ a: build(without(bare, '00281052', '00281053')) }))).header.unit).toBeNull();
    expect((await one(...written({ a: build({ ...bare, '00281054 LO': 'US' }) }))).header.unit).toBeNull();
  });

  it('padding after rescale, windows with their function, MONOCHROME1', async () => {
    const { header } = await one(
      ...written({
        a: build({
          ...ctSlice(0),
          '00280120 SS': -2000,
          '00280004 CS': 'MONOCHROME1',
          '00281050 DS': '40\\-600',
          '00281051 DS': '80\\1500',
          '00281055 LO': 'BRAIN\\LUNG',
          '00281056 CS': 'SIGMOID',
        }),
      }),
    );
    expect(header.padding).toEqual({ from: -3024, to: -3024 });
    expect(header.windows).toEqual([
      { center: 40, width: 80, function: 'SIGMOID', explanation: 'BRAIN' },
      { center: -600, width: 1500, function: 'SIGMOID', explanation: 'LUNG' },
    ]);
    expect(codes(header)).toEqual(expect.arrayContaining(['monochrome1', 'padding']));
  });

  it('a VOI LUT is noted, and is a table over the values over which it rises, behind the windows', async () => {
    const table = [{ '00283002 US': [6, 100, 8], '00283003 LO': 'BONE', '00283006 US': [0, 0, 0, 100, 200, 200] }];
    const { header } = await one(...written({ a: build({ ...ctSlice(0), '00283010 SQ': table }) }));
    expect(codes(header)).toContain('voi-lut');
    const own = {
      center: 103,
      width: 2,
      function: 'LINEAR_EXACT',
      table: [0, 100 / 255, 200 / 255],
      explanation: 'BONE',
    };
    expect(header.windows).toEqual([own]);
    const both = build({ ...ctSlice(0), '00283010 SQ': table, '00281050 DS': '40', '00281051 DS': '80' });
    const beside = await one(...written({ b: both }));
    expect(beside.header.windows).toEqual([{ center: 40, width: 80, function: 'LINEAR' }, own]);
  });

  it('uncompressed pixels in fragments, padded to an even length', async () => {
    const { '7fe00010 OW': _pixels, ...rest } = ctSlice(0);
    const bits = {
      '00280010 US': 1,
      '00280011 US': 3,
      '00280100 US': 8,
      '00280101 US': 8,
      '00280102 US': 7,
      '00280103 US': 0,
    };
    const syntax = '1.2.840.10008.1.2.1.98';
    const read = (fragment: Uint8Array) =>
      one(...written({ a: build({ ...rest, ...bits }, { syntax, fragments: [new Uint8Array(0), fragment] }) }));
    expect([...(await read(Uint8Array.of(1, 2, 3))).values]).toEqual([-1023, -1022, -1021]);
    await expect(read(Uint8Array.of(1, 2))).rejects.toThrow(/2 of its 3 bytes/);
  });

  const colour = (photometric: string, pixels: readonly number[], more: Elements = {}): Elements => ({
    ...without(ctSlice(0), '7fe00010', '00281052', '00281053'),
    '00280002 US': 3,
    '00280004 CS': photometric,
    '00280006 US': 0,
    '00280010 US': 1,
    '00280011 US': 2,
    '00280100 US': 8,
    '00280101 US': 8,
    '00280102 US': 7,
    '00280103 US': 0,
    '7fe00010 OB': Uint8Array.from(pixels),
    ...more,
  });

  it('colours: RGB by pixel and by plane, YBR_FULL, YBR_FULL_422, palette', async () => {
    const read = async (elements: Elements) => [...(await one(...written({ a: build(elements) }))).values];
    expect(await read(colour('RGB', [255, 0, 0, 1, 2, 3]))).toEqual([255, 0, 0, 1, 2, 3]);
    expect(await read(colour('RGB', [255, 1, 0, 2, 0, 3], { '00280006 US': 1 }))).toEqual([255, 0, 0, 1, 2, 3]);
    expect(await read(colour('YBR_FULL', [76, 85, 255, 255, 128, 128]))).toEqual([254, 0, 0, 255, 255, 255]);
    expect(await read(colour('YBR_FULL_422', [100, 50, 128, 128]))).toEqual([100, 100, 100, 50, 50, 50]);
    const table = { '00281101 US': [4, 0, 16], '00281102 US': [4, 0, 16], '00281103 US': [4, 0, 16] };
    const entries = (values: readonly number[]) => words(values.map((v) => v * 257));
    const palette = colour('PALETTE COLOR', [1, 3], {
      ...table,
      '00280002 US': 1,
      '00281201 OW': entries([0, 10, 20, 30]),
      '00281202 OW': entries([0, 11, 21, 31]),
      '00281203 OW': entries([0, 12, 22, 32]),
    });
    expect(await read(palette)).toEqual([10, 11, 12, 30, 31, 32]);
  });
});

describe('millimetres', () => {
  const projection = (more: Elements): Elements => ({
    ...without(ctSlice(0), '00200032', '00200037', '00280030', '00180050', '00281052', '00281053'),
    '00080060 CS': 'DX',
    '00080016 UI': '1.2.840.10008.5.1.4.1.1.1.1',
    ...more,
  });
  const header = async (more: Elements) => (await one(...written({ a: build(projection(more)) }))).header;

  it('at the detector unless calibrated', async () => {
    expect(await header({ '00181164 DS': '0.2\\0.1' })).toMatchObject({
      spacing: [0.1, 0.2, 1],
      spacingKind: 'detector',
    });
    expect(await header({ '00181164 DS': '0.2\\0.1', '00280030 DS': '0.2\\0.1' })).toMatchObject({
      spacingKind: 'detector',
    });
    expect(await header({ '00181164 DS': '0.2\\0.1', '00280030 DS': '0.18\\0.09' })).toMatchObject({
      spacing: [0.09, 0.18, 1],
      spacingKind: 'patient',
    });
    const none = await header({});
    expect(none).toMatchObject({ spacing: [1, 1, 1], spacingKind: 'none' });
    expect(codes(none)).toContain('no-spacing');
  });

  it('of an ultrasound by its calibrated regions, where they agree', async () => {
    const region = (x: number): Elements => ({
      '00186012 US': 1,
      '00186024 US': 3,
      '00186026 US': 3,
      '0018602c FD': x,
      '0018602e FD': -0.02,
    });
    expect(await header({ '00186011 SQ': [region(0.01), region(0.01)] })).toMatchObject({
      spacing: [0.1, 0.2, 1],
      spacingKind: 'region',
    });
    expect(await header({ '00186011 SQ': [region(0.01), region(0.03)] })).toMatchObject({ spacingKind: 'none' });
  });
});

describe('series', () => {
  it('sorts by position when names and instance numbers lie, and says so', async () => {
    const places = [6, 0, 4, 2, 8];
    const paths = files(stack(places, (_, i) => ({ '00200013 IS': String(i) })));
    const { header, values } = await one(...paths);
    expect(header.files).toEqual([1, 3, 2, 0, 4].map((i) => paths[i]));
    expect([0, 1, 2, 3, 4].map((k) => values[12 * k])).toEqual([0, 20, 40, 60, 80].map((v) => v - 1024));
    expect(header).toMatchObject({ size: [4, 3, 5], spacing: [0.25, 0.5, 2], origin: [-10, -20, 0] });
    expect(codes(header)).toContain('order-repaired');
  });

  it('tells studies and series in one folder apart', async () => {
    const { volumes } = await dicom.list([
      ...files(stack([0, 2, 4])),
      ...files(stack([0, 2], () => ({ '0020000e UI': '1.9', '00200011 IS': '7' }))),
      ...files(stack([0], () => ({ '0020000d UI': '1.8', '00080020 DA': '20190101' }))),
    ]);
    expect(volumes.map(({ header }) => [header.study!.uid, header.series!.uid, header.size[2]])).toEqual([
      ['1.8', '1.2.3.4', 1],
      ['1.2.3', '1.2.3.4', 3],
      ['1.2.3', '1.9', 2],
    ]);
  });

  it.each([
    ['echo', '00180081 DS', ['10', '80']],
    ['b-value', '00189087 FD', [0, 1000]],
    ['time', '00200100 IS', ['1', '2']],
    ['type', '00080008 CS', ['ORIGINAL\\PRIMARY\\M', 'ORIGINAL\\PRIMARY\\P']],
    ['acquisition', '00200012 IS', ['1', '2']],
  ] as const)('one series, several volumes: %s', async (kind, tag, values) => {
    const own = values.map((value, k) =>
      files(
        stack([0, 2, 4], (z) => ({
          [tag]: value,
          '7fe00010 OW': words(Array.from({ length: 12 }, () => z + 100 * k)),
        })),
      ),
    );
    const { volumes } = await dicom.list(own.flat().reverse());
    expect(volumes.map(({ header }) => header.size[2])).toEqual([3, 3]);
    expect(volumes.map(({ header }) => note(header, 'one-of-several'))).toEqual(
      values.map((value, i) => ({ kind, value: String(value), index: i + 1, count: 2 })),
    );
    expect((await whole(volumes[1]!)).values[12]).toBe(102 - 1024);
  });

  it('orientations and sizes become volumes of their own; a stray is named', async () => {
    const sagittal = files(stack([0], () => ({ '00200037 DS': '0\\1\\0\\0\\0\\-1' })));
    const { volumes } = await dicom.list([...files(stack([0, 2, 4])), ...sagittal]);
    expect(volumes.map(({ header }) => header.size[2])).toEqual([3, 1]);
    expect(note(volumes[0]!.header, 'differing-slices')).toMatchObject({ count: 1 });
  });

  it('the same place twice with nothing to tell apart: first and second visit', async () => {
    const again = files(
      stack([0, 2, 4], (z) => ({
        '00200013 IS': String(z + 100),
        '7fe00010 OW': words(Array.from({ length: 12 }, () => 7)),
      })),
    );
    const { volumes } = await dicom.list([...again, ...files(stack([0, 2, 4]))]);
    expect(volumes.map(({ header }) => header.size[2])).toEqual([3, 3]);
    expect((await whole(volumes[1]!)).values[0]).toBe(7 - 1024);
  });

  it('copies are duplicates only where position and pixels are equal', async () => {
    const copies = files({ 'copy.dcm': ctSlice(2), 'other.dcm': ctSlice(2, {}, 9) });
    const { volumes } = await dicom.list([...files(stack([0, 2, 4])), ...copies]);
    expect(volumes.map(({ header }) => header.size[2])).toEqual([3, 1]);
    expect(note(volumes[0]!.header, 'duplicate-slices')).toMatchObject({ count: 1 });
  });

  it('missing slices, uneven steps and sub-stacks', async () => {
    const gap = (await dicom.list(files(stack([0, 2, 4, 8, 10])))).volumes;
    expect(gap).toHaveLength(1);
    expect(gap[0]!.header).toMatchObject({ size: [4, 3, 5], spacing: [0.25, 0.5, 2], positions: [0, 2, 4, 8, 10] });
    expect(note(gap[0]!.header, 'missing-slices')).toEqual({ count: 1, positions: '6 mm' });
    const thick = (await dicom.list(files(stack([0, 2, 4, 10, 15, 20], (z) => ({ '00180050 DS': z < 9 ? '2' : '5' })))))
      .volumes;
    expect(thick.map(({ header }) => header.size[2])).toEqual([3, 3]);
    const uneven = (await dicom.list(files(stack([0, 2, 4, 7, 9, 11])))).volumes;
    expect(uneven).toHaveLength(1);
    expect(note(uneven[0]!.header, 'uneven-spacing')).toEqual({ smallest: 2, largest: 3 });
  });

  it('a tilted gantry leans the third axis', async () => {
    const tilt = (10 * Math.PI) / 180;
    const orientation = `1\\0\\0\\0\\${Math.cos(tilt)}\\${-Math.sin(tilt)}`;
    const { header } = await one(...files(stack([0, 3, 6], () => ({ '00200037 DS': orientation }))));
    expect(note(header, 'gantry-tilt')).toEqual({ degrees: 10 });
    expect(header.spacing[2]).toBeCloseTo(3, 9);
    expect([2, 5, 8].map((i) => header.direction[i])).toEqual([0, 0, 1]);
  });

  it('slices that lie beside the line of the others make no volume', async () => {
    const { volumes, refused } = await dicom.list(
      files(stack([0, 2, 4], (z) => ({ '00200032 DS': `${z === 2 ? -4 : -10}\\-20\\${z}` }))),
    );
    expect(volumes).toEqual([]);
    expect(refused).toMatchObject(['mixed', 'mixed', 'mixed'].map((code) => ({ code })));
  });

  it('slices without positions go by their instance numbers', async () => {
    const paths = files(
      Object.fromEntries([3, 1, 2].map((n) => [`${n}.dcm`, without(ctSlice(n), '00200032', '00200037')])),
    );
    const { header } = await one(...paths);
    expect(header.files).toEqual([paths[1], paths[2], paths[0]]);
    expect(codes(header)).toContain('no-positions');
  });

  it('projections are pictures of their own, not slices', async () => {
    const { volumes } = await dicom.list(
      files(
        Object.fromEntries(
          [1, 2].map((n) => [`${n}.dcm`, { ...without(ctSlice(n), '00200032', '00200037'), '00080060 CS': 'CR' }]),
        ),
      ),
    );
    expect(volumes.map(({ header }) => header.size)).toEqual([
      [4, 3, 1],
      [4, 3, 1],
    ]);
  });
});

describe('reading', () => {
  it('gives slices in the order asked for, and can be called off', async () => {
    const { volumes } = await dicom.list(files(stack([0, 2, 4, 6, 8])));
    const open = await dicom.open(volumes[0]!);
    const controller = new AbortController();
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for await (const { index, values } of open.slices([2, 3, 1, 4, 0], controller.signal)) {
        expect(values[0]).toBe(index * 20);
        seen.push(index);
        if (seen.length === 3) controller.abort();
      }
    };
    await expect(read()).rejects.toThrow(/abort/i);
    expect(seen).toEqual([2, 3, 1]);
  });

  it('a file that changed since it was listed is not read as what it was', async () => {
    const paths = files(stack([0, 2]));
    const { volumes } = await dicom.list(paths);
    appendFileSync(paths[1]!, '\0\0');
    await expect(whole(volumes[0]!)).rejects.toThrow(/changed since it was listed/);
  });
});

describe('multi-frame', () => {
  const frames = (more: Elements): Elements => ({
    ...without(ctSlice(0), '00200032', '00200037', '00180050', '00280030'),
    '00280008 IS': '4',
    '7fe00010 OW': words(Array.from({ length: 48 }, (_, i) => Math.floor(i / 12))),
    ...more,
  });

  it('enhanced: per-frame before shared groups, stacks by position', async () => {
    const group = (z: number): Elements => ({
      '00209113 SQ': [{ '00200032 DS': `0\\0\\${z}` }],
      '00289145 SQ': [{ '00281052 DS': '0', '00281053 DS': String(z + 1) }],
    });
    const shared = {
      '00209116 SQ': [{ '00200037 DS': '1\\0\\0\\0\\1\\0' }],
      '00289110 SQ': [{ '00280030 DS': '2\\1', '00180050 DS': '3' }],
    };
    for (const open of [false, true]) {
      const elements = frames({ '52009229 SQ': [shared], '52009230 SQ': [6, 0, 3, 9].map(group) });
      const { header, values } = await one(...written({ a: build(elements, { open }) }));
      expect(header).toMatchObject({ size: [4, 3, 4], spacing: [1, 2, 3], origin: [0, 0, 0] });
      expect([0, 1, 2, 3].map((k) => values[12 * k])).toEqual([1 * 1, 2 * 4, 0, 3 * 10]);
    }
  });

  it('RT dose: offsets of its frames, scaled to Gy', async () => {
    const dose = frames({
      '00080016 UI': '1.2.840.10008.5.1.4.1.1.481.2',
      '00080060 CS': 'RTDOSE',
      '00200032 DS': '1\\2\\3',
      '00200037 DS': '1\\0\\0\\0\\1\\0',
      '00280030 DS': '2\\2',
      '3004000c DS': '0\\5\\10\\15',
      '3004000e DS': '0.5',
      '30040002 CS': 'GY',
    });
    const { header, values } = await one(...written({ a: build(without(dose, '00281052', '00281053')) }));
    expect(header).toMatchObject({ size: [4, 3, 4], spacing: [2, 2, 5], origin: [1, 2, 3], unit: 'Gy' });
    expect(values[36]).toBe(1.5);
  });

  it('a film of frames without places is a stack without millimetres between them', async () => {
    const { header } = await one(...written({ a: build(frames({ '00080060 CS': 'US' })) }));
    expect(header.size).toEqual([4, 3, 4]);
    expect(note(header, 'no-positions')).toEqual({ by: 'frame' });
  });
});

describe('flags', () => {
  it('says what a person must know', async () => {
    const { header } = await one(
      ...written({
        a: build({
          ...ctSlice(0),
          '00080008 CS': 'DERIVED\\SECONDARY\\LOCALIZER',
          '00080016 UI': '1.2.840.10008.5.1.4.1.1.7',
          '0008103e LO': 'Dose Report',
          '00200060 CS': 'L',
          '00280301 CS': 'YES',
          '00282110 CS': '01',
          '00282112 DS': '12.34',
          '60000010 US': 3,
          '60000011 US': 4,
          '60000100 US': 1,
          '60003000 OW': new Uint8Array(2),
        }),
      }),
    );
    expect(codes(header)).toEqual(
      expect.arrayContaining([
        'derived',
        'localiser',
        'secondary-capture',
        'dose-report',
        'burned-in-text',
        'lossy',
        'laterality',
        'overlays-ignored',
      ]),
    );
    expect(note(header, 'burned-in-text')).toEqual({ certain: 'yes' });
    expect(note(header, 'lossy')).toEqual({ ratio: '12.3 : 1' });
    expect(note(header, 'laterality')).toEqual({ side: 'L' });
  });
});

describe('directories', () => {
  it('follows a DICOMDIR to its files, whatever the case of their names', async () => {
    const record = (name: string): Elements => ({ '00041430 CS': 'IMAGE', '00041500 CS': name });
    const directory = build(
      { '00041220 SQ': ['IMAGES\\A', 'IMAGES\\B', 'IMAGES\\GONE', '..\\OUT'].map(record) },
      { open: true },
    );
    const paths = written({ DICOMDIR: directory, 'images/a': build(ctSlice(0)), 'images/b': build(ctSlice(2)) });
    const { volumes, refused } = await dicom.list([paths[0]!]);
    expect(volumes.map(({ header }) => header.files)).toEqual([[paths[1], paths[2]]]);
    expect(refused).toMatchObject([{ code: 'missing' }]);
    expect((await dicom.list(paths)).volumes).toHaveLength(1);
  });
});

describe('what is refused', () => {
  const refusal = async (bytes: Uint8Array) => {
    const { volumes, refused } = await dicom.list(written({ a: bytes }));
    expect(volumes).toEqual([]);
    expect(refused).toHaveLength(1);
    return refused[0]!;
  };

  it('a picture cut short, with how much is missing', async () => {
    const file = build(ctSlice(0));
    expect(await refusal(file.subarray(0, file.length - 10))).toMatchObject({
      code: 'truncated',
      values: { have: 14, need: 24, missing: 10 },
    });
  });

  it('sizes and depths that cannot be', async () => {
    expect(await refusal(build({ ...ctSlice(0), '00280010 US': 0 }))).toMatchObject({ code: 'header-damaged' });
    expect(await refusal(build({ ...ctSlice(0), '00281053 DS': '0' }))).toMatchObject({ code: 'header-damaged' });
    expect(await refusal(build({ ...ctSlice(0), '00280100 US': 12 }))).toMatchObject({ code: 'type-unsupported' });
    expect(await refusal(build({ ...ctSlice(0), '00280004 CS': 'HSV' }))).toMatchObject({ code: 'type-unsupported' });
    expect(await refusal(build({ ...ctSlice(0), '00280030 DS': '0.5\\wide' }))).toMatchObject({
      code: 'header-damaged',
    });
    expect(await refusal(build({ ...ctSlice(0), '00280008 IS': '1000' }))).toMatchObject({ code: 'truncated' });
  });

  it('unknown syntaxes, films, and nothing at all', async () => {
    expect(await refusal(build(ctSlice(0), { syntax: '1.2.840.10008.1.2.4.102' }))).toMatchObject({
      code: 'syntax-unsupported',
      values: { syntax: '1.2.840.10008.1.2.4.102' },
    });
    expect(await refusal(new Uint8Array(0))).toMatchObject({ code: 'empty' });
    expect(
      await refusal(build({ ...without(ctSlice(0), '7fe00010'), '00080016 UI': '1.2.840.10008.5.1.4.1.1.88.67' })),
    ).toMatchObject({ code: 'no-image', values: { what: 'X-Ray Radiation Dose SR' } });
  });

  it('a whole series goes on without its bad file', async () => {
    const paths = files(stack([0, 2, 4, 6]));
    const [bad] = written({ bad: build(ctSlice(8)).subarray(0, 400) });
    const { volumes, refused } = await dicom.list([...paths, bad!]);
    expect(volumes.map(({ header }) => header.size[2])).toEqual([4]);
    expect(refused).toHaveLength(1);
  });
});
