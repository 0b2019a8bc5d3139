import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Pixels a side of a slice, and bytes of its pixels. */
export const CT_SIDE = 512;
export const CT_SLICE_BYTES = CT_SIDE * CT_SIDE * 2;
const UID = '1.2.826.0.1.3680043.10.999';
const CT_STORAGE = '1.2.840.10008.5.1.4.1.1.2';
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const LONG = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);

type Element = readonly [group: number, element: number, vr: string, value: string | number | Buffer];

/** One data element in explicit little-endian (DICOM PS3.5, 7.1.2). */
function encode([group, element, vr, value]: Element): Buffer {
  let bytes: Buffer;
  if (Buffer.isBuffer(value)) bytes = value;
  else if (typeof value === 'number') {
    bytes = Buffer.alloc(vr === 'UL' ? 4 : 2);
    if (vr === 'UL') bytes.writeUInt32LE(value);
    else bytes.writeUInt16LE(value);
  } else bytes = Buffer.from(value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' '), 'latin1');
  const head = Buffer.alloc(LONG.has(vr) ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(element, 2);
  head.write(vr, 4, 'latin1');
  if (LONG.has(vr)) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

/** A synthetic series among others. */
export interface SyntheticCt {
  /** Pixels a side of a slice. */
  readonly side: number;
  /** Number of its patient, from 1 on; each has another noise. */
  readonly patient: number;
}

/**
 * Writes a CT series of nobody as one DICOM file a slice, uncompressed: a cylinder of soft tissue with noise, 0.7 mm a pixel, 1 mm a slice.
 * @returns the files, from the lowest slice to the highest
 */
export function writeSyntheticCt(
  dir: string,
  slices: number,
  ct: SyntheticCt = { side: CT_SIDE, patient: 1 },
): string[] {
  mkdirSync(dir, { recursive: true });
  const noise = noiseOf(2 * ct.side ** 2, ct.patient);
  return Array.from({ length: slices }, (_, at) => {
    const file = join(dir, `IM${String(at).padStart(5, '0')}.dcm`);
    writeFileSync(file, dicomOf(at, ct, pixelsOf(at / slices, at, ct.side, noise)));
    return file;
  });
}

function dicomOf(at: number, { side, patient }: SyntheticCt, pixels: Buffer): Buffer {
  const uid = `${UID}.${patient}`;
  const instance = `${uid}.3.${at + 1}`;
  const meta = Buffer.concat(
    (
      [
        [2, 0x01, 'OB', Buffer.from([0, 1])],
        [2, 0x02, 'UI', CT_STORAGE],
        [2, 0x03, 'UI', instance],
        [2, 0x10, 'UI', EXPLICIT_LITTLE_ENDIAN],
        [2, 0x12, 'UI', `${UID}.0`],
      ] as Element[]
    ).map(encode),
  );
  const data: Element[] = [
    [0x08, 0x08, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
    [0x08, 0x16, 'UI', CT_STORAGE],
    [0x08, 0x18, 'UI', instance],
    [0x08, 0x60, 'CS', 'CT'],
    [0x08, 0x103e, 'LO', 'Synthetic CT'],
    [0x10, 0x20, 'LO', `SYNTHETIC-${patient}`],
    [0x18, 0x50, 'DS', '1'],
    [0x20, 0x0d, 'UI', `${uid}.1`],
    [0x20, 0x0e, 'UI', `${uid}.2`],
    [0x20, 0x13, 'IS', String(at + 1)],
    [0x20, 0x32, 'DS', [-0.35 * side, -0.35 * side, at].join('\\')],
    [0x20, 0x37, 'DS', '1\\0\\0\\0\\1\\0'],
    [0x20, 0x52, 'UI', `${uid}.4`],
    [0x28, 0x02, 'US', 1],
    [0x28, 0x04, 'CS', 'MONOCHROME2'],
    [0x28, 0x10, 'US', side],
    [0x28, 0x11, 'US', side],
    [0x28, 0x30, 'DS', '0.7\\0.7'],
    [0x28, 0x100, 'US', 16],
    [0x28, 0x101, 'US', 16],
    [0x28, 0x102, 'US', 15],
    [0x28, 0x103, 'US', 1],
    [0x28, 0x1052, 'DS', '-1024'],
    [0x28, 0x1053, 'DS', '1'],
    [0x28, 0x1054, 'LO', 'HU'],
    [0x7fe0, 0x10, 'OW', pixels],
  ];
  const length = encode([2, 0, 'UL', meta.length]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, meta, ...data.map(encode)]);
}

/** Numbers −16 … 15 without a pattern. */
function noiseOf(count: number, seed: number): Int16Array {
  let state = 6 + seed;
  return Int16Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >> 27;
  });
}

/** A body that is widest in the middle, 40 HU in air. @param height of the slice, 0 … 1 */
function pixelsOf(height: number, at: number, side: number, noise: Int16Array): Buffer {
  const out = new Int16Array(side * side);
  const radius = (side / CT_SIDE) * (120 + 80 * Math.sin(Math.PI * height));
  const shift = (at * 7919) % (side * side);
  for (let y = 0, i = 0; y < side; y++) {
    const half = Math.sqrt(Math.max(0, radius ** 2 - (y - side / 2) ** 2));
    for (let x = 0; x < side; x++, i++) out[i] = (Math.abs(x - side / 2) < half ? 1064 : 0) + 16 + noise[shift + i]!;
  }
  return Buffer.from(out.buffer);
}
