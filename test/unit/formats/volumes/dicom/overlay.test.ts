import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dicom, overlaysOf } from '@main/formats/volumes/dicom';
import type { VolumeEntry } from '@main/formats/volumes/types';
import expected from '../../../../fixtures/volumes/dicom/overlays/expected.json';
import { build, ctSlice } from './build';
import { codes, whole, written } from './read';

const FILES = resolve(import.meta.dirname, '../../../../fixtures/volumes/dicom/overlays');
/** More bits than a picture of 3 × 4 has, all set. */
const FULL = new Uint8Array(8).fill(255);
const plane = (more: Record<string, string | number | readonly number[] | Uint8Array> = {}) => ({
  '60000010 US': 3,
  '60000011 US': 4,
  '60000050 SS': [1, 1],
  '60000100 US': 1,
  '60000102 US': 0,
  '60003000 OW': FULL,
  ...more,
});

async function listed(...paths: string[]): Promise<VolumeEntry> {
  const { volumes, refused } = await dicom.list(paths);
  expect(refused).toEqual([]);
  return volumes[0]!;
}

describe('overlays of DICOM files', () => {
  it.each(Object.keys(expected) as (keyof typeof expected)[])(
    'lie where pydicom and numpy have them: %s',
    async (name) => {
      const image = await listed(join(FILES, `${name}.dcm`));
      const overlays = await overlaysOf(image);
      const found: Record<string, string[]> = {};
      for (const overlay of overlays) {
        const { header, slices } = await whole(overlay);
        const { size, spacing, origin, direction } = image.header;
        expect(header).toMatchObject({ size, spacing, origin, direction, type: 'uint8', components: 1 });
        found[overlay.id.split('.').at(-1)!] = slices.map(({ values }) => values.join(''));
      }
      expect(found).toEqual(expected[name]);
    },
  );

  it('are named by their label, their description or their group', async () => {
    const named = async (name: string): Promise<string[]> =>
      (await overlaysOf(await listed(join(FILES, `${name}.dcm`)))).map(({ header }) => header.name);
    expect(await named('plain')).toEqual(['Findings', 'Marks of a reader']);
    expect(await named('origin')).toEqual(['6004']);
  });

  it('change no value of the picture, and are said', async () => {
    const image = await listed(join(FILES, 'embedded.dcm'));
    expect(codes(image.header)).toContain('overlays-ignored');
    const { values } = await whole(image);
    expect(Math.max(...values)).toBeLessThan(4096);
  });

  it('lie on the slices of a series that have one, in the order of the places', async () => {
    const image = await listed(
      ...written({ a: build(ctSlice(4, plane())), b: build(ctSlice(0)), c: build(ctSlice(2)) }),
    );
    const [overlay, ...others] = await overlaysOf(image);
    expect(others).toEqual([]);
    const { slices } = await whole(overlay!);
    expect(slices.map(({ values }) => values.join(''))).toEqual(['0'.repeat(12), '0'.repeat(12), '1'.repeat(12)]);
  });

  it('are refused where they are cut short, and none where a group gives no size', async () => {
    const short = await listed(...written({ a: build(ctSlice(0, plane({ '60000010 US': 300 }))) }));
    const [overlay] = await overlaysOf(short);
    await expect(whole(overlay!)).rejects.toMatchObject({ code: 'header-damaged' });
    const sizeless = await listed(...written({ a: build(ctSlice(0, { '60003000 OW': FULL })) }));
    expect(await overlaysOf(sizeless)).toEqual([]);
  });

  it("are none where the data of a group was taken out: its bit is the values' own", async () => {
    const emptied = plane();
    delete (emptied as Partial<typeof emptied>)['60003000 OW'];
    expect(await overlaysOf(await listed(...written({ a: build(ctSlice(0, emptied)) })))).toEqual([]);
  });

  it('of other files there are none', async () => {
    expect(await overlaysOf(await listed(...written({ a: build(ctSlice(0)) })))).toEqual([]);
  });
});
