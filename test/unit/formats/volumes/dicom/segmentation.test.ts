import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromCielab, toCielab } from '@main/formats/volumes/dicom/cielab';
import { decimal } from '@main/formats/volumes/dicom/encode';
import { listVolumes } from '@main/formats/volumes';
import type { VolumeEntry } from '@main/formats/volumes';
import { writeMask } from '@main/formats/volumes/writeMask';
import type { WrittenMask } from '@main/formats/volumes/write/mask';
import { centreAt, MaskEdit, maskGridOf, stamp } from '@shared/mask';
import type { MaskGeometry } from '@shared/domain';
import type { Vec3 } from '@shared/space';
import reference from '../../../../fixtures/masks/reference.json';
import { one } from './read';
import type { Whole } from './read';

const DATA = resolve(import.meta.dirname, '../../../../../../shared/data');
const out = mkdtempSync(join(tmpdir(), 'residua-seg-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));
/** Where `test/fixtures/masks/reference.py` finds the files, to ask other readers about them. */
const keep = process.env['RESIDUA_KEEP_MASKS'];

const geometryOf = ({ header }: VolumeEntry): MaskGeometry => ({
  size: header.size,
  spacing: header.spacing,
  origin: header.origin,
  direction: header.direction,
  spacingKind: header.spacingKind,
  ...(header.positions ? { positions: header.positions } : {}),
});

/** Two balls, off the middle in every direction, so that any flip shows; the second is of segment 2. */
function balls(geometry: MaskGeometry): WrittenMask {
  const [width, height, depth] = geometry.size;
  const data = new Uint8Array(width * height * depth);
  const grid = maskGridOf(geometry, geometry.positions);
  const at = (x: number, y: number, z: number): Vec3 =>
    centreAt(grid, [Math.floor(x * width), Math.floor(y * height), Math.floor(z * depth)]);
  const edit = new MaskEdit({ size: geometry.size, data });
  stamp(edit, grid, at(0.3, 0.4, 0.35), { radius: 14, plane: null }, { value: 1 });
  stamp(edit, grid, at(0.6, 0.7, 0.75), { radius: 9, plane: null }, { value: 2 });
  const segments = [
    { value: 1, name: 'Läsion', colour: '#d55e00' },
    { value: 4, name: '肝脏', colour: '#0072b2' },
    { value: 9, name: 'nothing', colour: '#009e73' },
  ];
  return { name: 'Two balls', geometry, segments, data };
}

const SERIES = {
  mr: 'dicom/mr_t1_pddl_40sl',
  tilted: 'dicom/ct_ge_gantry_tilt_28sl',
  enhanced: 'dicom/enhanced_multiframe',
};
type Name = keyof typeof SERIES;

describe.each(Object.keys(SERIES) as Name[])('a segmentation of %s', (name) => {
  let entry: VolumeEntry;
  let mask: WrittenMask;
  let read: Whole;
  const file = join(out, `${name}.dcm`);
  beforeAll(async () => {
    const { volumes } = await listVolumes([join(DATA, SERIES[name])]);
    entry = volumes[0]!;
    mask = balls(geometryOf(entry));
    await writeMask(mask, entry, file);
    read = await one(file);
    if (!keep) return;
    copyFileSync(file, join(keep, `${name}.dcm`));
    await writeMask(mask, entry, join(keep, `${name}.nii.gz`));
  });

  it('comes back as the label map that it was, voxel by voxel in the patient', () => {
    expect(read.header.labels).toEqual([
      { value: 1, name: 'Läsion', colour: '#d55e00' },
      { value: 2, name: '肝脏', colour: '#0072b2' },
    ]);
    expect(read.header.modality).toBe('SEG');
    const from = maskGridOf(read.header);
    const [width, height, depth] = read.header.size;
    const [, , slices] = mask.geometry.size;
    const grid = maskGridOf(mask.geometry);
    // Its first slice is the first one in which something is drawn.
    const first = mask.data.findIndex((v) => v > 0);
    const shift = Math.floor(first / (width * height));
    expect(depth).toBeLessThanOrEqual(slices - shift);
    for (const voxel of [
      [0, 0, 0],
      [width - 1, height - 1, depth - 1],
    ] as Vec3[]) {
      const there = centreAt(grid, [voxel[0], voxel[1], voxel[2] + shift]);
      centreAt(from, voxel).forEach((at, axis) => expect(at).toBeCloseTo(there[axis]!, 3));
    }
    const start = shift * width * height;
    expect(read.values.every((value, i) => value === mask.data[start + i])).toBe(true);
  });

  it('lies where pydicom, highdicom, dcmqi and SimpleITK find it', () => {
    const pinned = reference[name];
    const grid = maskGridOf(mask.geometry);
    const [width, height] = mask.geometry.size;
    for (const index of [1, 2]) {
      let [count, sum] = [0, [0, 0, 0]];
      mask.data.forEach((value, at) => {
        if (value !== index) return;
        const place = centreAt(grid, [at % width, Math.floor(at / width) % height, Math.floor(at / (width * height))]);
        count += 1;
        sum = sum.map((s, axis) => s + place[axis]!);
      });
      const segment = pinned.segments[index - 1]!;
      expect(segment.voxels).toBe(count);
      segment.centre.forEach((at, axis) => expect(at).toBeCloseTo(sum[axis]! / count, 2));
    }
    expect(read.sha256).toBe(pinned.sha256);
  });
});

describe('a mask as NIfTI', () => {
  it('has the values of its segments on the grid of its image', async () => {
    const { volumes } = await listVolumes([join(DATA, SERIES.tilted)]);
    const mask = balls(geometryOf(volumes[0]!));
    const to = join(out, 'tilted.nii.gz');
    expect(await writeMask(mask, volumes[0]!, to)).toMatchObject({ segments: 2 });
    const [entry] = (await listVolumes([to])).volumes;
    const { header } = entry!;
    expect(header.size).toEqual(mask.geometry.size);
    header.origin.forEach((at, axis) => expect(at).toBeCloseTo(mask.geometry.origin[axis]!, 3));
    header.direction.forEach((at, i) => expect(at).toBeCloseTo(mask.geometry.direction[i]!, 5));
    expect(header.type).toBe('uint8');
  });
  it('is not written of an uneven stack, nor an empty segmentation', async () => {
    const plain: MaskGeometry = {
      size: [4, 4, 3],
      spacing: [1, 1, 1],
      origin: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
      spacingKind: 'patient',
    };
    const segments = [{ value: 1, name: 'one', colour: '#d55e00' }];
    const mask = { name: 'mask', geometry: plain, segments, data: new Uint8Array(48) };
    const uneven = { ...mask, geometry: { ...plain, positions: [0, 1, 5] } };
    await expect(writeMask(uneven, null, join(out, 'no.nii.gz'))).rejects.toThrow('unevenly spaced');
    await expect(writeMask(mask, null, join(out, 'no.dcm'))).rejects.toThrow('nothing is drawn');
    await expect(
      writeMask({ ...mask, geometry: { ...plain, spacingKind: 'none' } }, null, join(out, 'no.dcm')),
    ).rejects.toThrow('millimetres');
    await expect(writeMask(mask, null, join(out, 'no.png'))).rejects.toThrow('masks are written as');
  });
  it('of an uneven stack is a segmentation that keeps every place', async () => {
    const geometry: MaskGeometry = {
      size: [5, 4, 3],
      spacing: [1, 1, 2],
      origin: [3, 2, 1],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
      spacingKind: 'patient',
      positions: [1, 3, 10],
    };
    const mask = {
      name: 'mask',
      geometry,
      segments: [{ value: 1, name: 'one', colour: '#d55e00' }],
      data: new Uint8Array(60).map((_, i) => (i % 7 === 0 ? 1 : 0)),
    };
    await writeMask(mask, null, join(out, 'uneven.dcm'));
    const { header, values } = await one(join(out, 'uneven.dcm'));
    expect(header.positions).toEqual([1, 3, 10]);
    expect([...values]).toEqual([...mask.data]);
  });
});

describe('what a segmentation is written with', () => {
  it('colours that come back', () => {
    const hex = fc.integer({ min: 0, max: 0xffffff }).map((n) => `#${n.toString(16).padStart(6, '0')}`);
    fc.assert(
      fc.property(hex, (colour) => {
        expect(fromCielab(toCielab(colour))).toBe(colour);
      }),
    );
  });
  it('decimals of at most 16 characters, as near as they can be', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value) => {
        const text = decimal(value);
        expect(text.length).toBeLessThanOrEqual(16);
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(value)));
      }),
    );
  });
});
