import { randomUUID } from 'node:crypto';
import type { MaskSegment } from '@shared/domain';
import { UserError } from '@shared/errors';
import { maskGridOf } from '@shared/mask';
import { cross, dot, subtract, unit } from '@shared/space';
import type { Vec3 } from '@shared/space';
import type { WrittenMask } from '../write/mask';
import { toCielab } from './cielab';
import { decimal, encodeElements } from './encode';
import type { WrittenElement, WrittenItem } from './encode';
import type { Reference, SegmentationSource } from './segmentationSource';
import { SEGMENTATION } from './sopClasses';
import { EXPLICIT_LITTLE } from './syntax';

const MOST_SIDE = 65_535;
/** Cosine between rows and columns from which on they are no picture of DICOM's. */
const SQUARE = 1e-3;
/** A UUID as a UID (PS3.5, B.2). */
const newUid = (): string => `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
/** Ours, as the implementation that wrote the file. */
const IMPLEMENTATION = '2.25.208486521146190742118873207184365042717';

/** One frame: a segment in a slice. */
interface SegFrame {
  /** Index in the mask, and number in the file. */
  readonly index: number;
  readonly number: number;
  readonly slice: number;
}

/**
 * A mask as a binary DICOM segmentation (PS3.3, A.51): a frame a segment and slice, from the first to the last slice that it is in; each
 * says where it lies, and which picture it was drawn on.
 * @param source what it belongs to; null: a patient and study of its own, that name nobody
 * @throws UserError where nothing is drawn, or the grid is none of DICOM's
 */
export function segmentationFile(mask: WrittenMask, source: SegmentationSource | null, to: string): Uint8Array {
  const { geometry, data } = mask;
  const [width, height] = geometry.size;
  const grid = maskGridOf(geometry, geometry.positions);
  const [row, column] = [unit(grid.row), unit(grid.column)];
  if (geometry.spacingKind === 'none')
    throw new UserError('value-invalid', 'a DICOM segmentation needs millimetres, and the image has none', {
      file: to,
    });
  if (width > MOST_SIDE || height > MOST_SIDE || Math.abs(dot(row, column)) > SQUARE)
    throw new UserError('value-invalid', 'rows and columns are not at right angles, which DICOM cannot hold', {
      file: to,
    });
  const { frames, drawn } = framesOf(mask);
  if (frames.length === 0)
    throw new UserError('value-invalid', 'nothing is drawn in this mask: a DICOM segmentation holds at least a voxel', {
      file: to,
    });
  const positions = grid.origins.map((origin, k): Vec3 => source?.slices[k]?.position ?? origin);
  const first = Math.min(...drawn.map((index) => frames.find((frame) => frame.index === index)!.slice));
  const uids = { instance: newUid(), series: newUid(), dimensions: newUid() };
  const elements: WrittenElement[] = [
    ...belonging(source),
    ...description(mask, uids),
    ...segments(drawn, mask.segments),
    [0x00080016, 'UI', SEGMENTATION],
    [0x00080018, 'UI', uids.instance],
    ...(source && source.slices.length > 0 ? [referenced(source, frames)] : []),
    [0x00209221, 'SQ', [[[0x00209164, 'UI', uids.dimensions]]]],
    [
      0x00209222,
      'SQ',
      [
        dimension(uids.dimensions, 0x0062000b, 0x0062000a, 'Segment'),
        dimension(uids.dimensions, 0x00200032, 0x00209113, 'Position'),
      ],
    ],
    [0x00280002, 'US', [1]],
    [0x00280004, 'CS', 'MONOCHROME2'],
    [0x00280008, 'IS', String(frames.length)],
    [0x00280010, 'US', [height]],
    [0x00280011, 'US', [width]],
    [0x00280100, 'US', [1]],
    [0x00280101, 'US', [1]],
    [0x00280102, 'US', [0]],
    [0x00280103, 'US', [0]],
    [0x00282110, 'CS', '00'],
    [0x52009229, 'SQ', [shared(mask, [row, column], positions, source?.thickness)]],
    [0x52009230, 'SQ', frames.map((frame) => perFrame(frame, positions, first, source))],
    [0x7fe00010, 'OB', packed(frames, data, width * height)],
  ];
  const meta = encodeElements([
    [0x00020001, 'OB', new Uint8Array([0, 1])],
    [0x00020002, 'UI', SEGMENTATION],
    [0x00020003, 'UI', uids.instance],
    [0x00020010, 'UI', EXPLICIT_LITTLE.uid],
    [0x00020012, 'UI', IMPLEMENTATION],
    [0x00020013, 'SH', 'RESIDUA'],
  ]);
  const size = encodeElements([[0x00020000, 'UL', [meta.length]]]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), size, meta, encodeElements(elements)]);
}

/** Segments that are drawn somewhere, with their numbers in the file, and their frames in order. */
function framesOf({ data, segments: all, geometry }: WrittenMask): { frames: SegFrame[]; drawn: number[] } {
  const [width, height, depth] = geometry.size;
  const slice = width * height;
  const range = all.map((): [first: number, last: number] => [depth, -1]);
  for (let k = 0; k < depth; k += 1) {
    const here = data.subarray(k * slice, (k + 1) * slice);
    range.forEach((ends, i) => {
      if (here.includes(i + 1)) [ends[0], ends[1]] = [Math.min(ends[0], k), k];
    });
  }
  const drawn = range.flatMap(([, last], i) => (last >= 0 ? [i + 1] : []));
  const frames = drawn.flatMap((index, n) => {
    const [first, last] = range[index - 1]!;
    return Array.from({ length: last - first + 1 }, (_, i): SegFrame => ({ index, number: n + 1, slice: first + i }));
  });
  return { frames, drawn };
}

/** Patient, study, frame of reference. */
function belonging(source: SegmentationSource | null): WrittenElement[] {
  const { patient, study } = source ?? NOBODY;
  return [
    [0x00080005, 'CS', 'ISO_IR 192'],
    [0x00080020, 'DA', study.date],
    [0x00080030, 'TM', study.time],
    [0x00080050, 'SH', study.accession],
    [0x00080090, 'PN', study.physician],
    ...(study.description === '' ? [] : [[0x00081030, 'LO', study.description] as const]),
    [0x00100010, 'PN', patient.name],
    [0x00100020, 'LO', patient.id],
    [0x00100030, 'DA', patient.birthDate],
    [0x00100040, 'CS', patient.sex],
    [0x0020000d, 'UI', study.uid === '' ? newUid() : study.uid],
    [0x00200010, 'SH', study.id],
    [0x00200052, 'UI', source?.frameOfReference || newUid()],
    [0x00201040, 'LO', source?.positionReference ?? ''],
  ];
}
const NOBODY: Pick<SegmentationSource, 'patient' | 'study'> = {
  patient: { name: 'Anonymous', id: 'ANONYMOUS', birthDate: '', sex: '' },
  study: { uid: '', date: '', time: '', id: '', description: '', accession: '', physician: '' },
};

/** Series, equipment, and what the picture is. */
function description({ name }: WrittenMask, uids: { readonly series: string }): WrittenElement[] {
  const now = new Date();
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  return [
    [0x00080008, 'CS', ['DERIVED', 'PRIMARY']],
    [0x00080012, 'DA', date],
    [0x00080013, 'TM', time],
    [0x00080021, 'DA', date],
    [0x00080031, 'TM', time],
    [0x00080023, 'DA', date],
    [0x00080033, 'TM', time],
    [0x00080060, 'CS', 'SEG'],
    [0x00080070, 'LO', 'Residua'],
    [0x0008103e, 'LO', name.slice(0, 64)],
    [0x00081090, 'LO', 'Residua'],
    [0x00181000, 'LO', '0'],
    [0x00181020, 'LO', '0.1.0'],
    [0x0020000e, 'UI', uids.series],
    [0x00200011, 'IS', '300'],
    [0x00200013, 'IS', '1'],
    [0x00280301, 'CS', 'NO'],
    [0x00620001, 'CS', 'BINARY'],
    [0x00620013, 'CS', 'NO'],
    [0x00700080, 'CS', 'SEGMENTATION'],
    [0x00700081, 'LO', 'For research, not for diagnosis'],
    [0x00700084, 'PN', ''],
  ];
}

const code = (value: string, scheme: string, meaning: string): WrittenItem => [
  [0x00080100, 'SH', value],
  [0x00080102, 'SH', scheme],
  [0x00080104, 'LO', meaning],
];

function segments(drawn: readonly number[], all: readonly MaskSegment[]): WrittenElement[] {
  return [
    [
      0x00620002,
      'SQ',
      drawn.map((index, n): WrittenItem => {
        const { name, colour } = all[index - 1]!;
        return [
          [0x00620003, 'SQ', [code('85756007', 'SCT', 'Tissue')]],
          [0x00620004, 'US', [n + 1]],
          [0x00620005, 'LO', name],
          [0x00620008, 'CS', 'MANUAL'],
          [0x0062000d, 'US', toCielab(colour)],
          [0x0062000f, 'SQ', [code('85756007', 'SCT', 'Tissue')]],
        ];
      }),
    ],
  ];
}

const dimension = (uid: string, pointer: number, group: number, label: string): WrittenItem => [
  [0x00209164, 'UI', uid],
  [0x00209165, 'AT', tagBytes(pointer)],
  [0x00209167, 'AT', tagBytes(group)],
  [0x00209421, 'LO', label],
];
const tagBytes = (id: number): Uint8Array =>
  new Uint8Array([(id >>> 16) & 0xff, id >>> 24, id & 0xff, (id >>> 8) & 0xff]);

const instance = ({ classUid, instanceUid }: Reference): WrittenItem => [
  [0x00081150, 'UI', classUid],
  [0x00081155, 'UI', instanceUid],
];

/** The series that the mask was drawn on, with each of its files that has a frame. */
function referenced({ slices, seriesUid }: SegmentationSource, frames: readonly SegFrame[]): WrittenElement {
  const instances = new Map(frames.map(({ slice }) => [slices[slice]!.instanceUid, slices[slice]!]));
  return [
    0x00081115,
    'SQ',
    [
      [
        [0x0008114a, 'SQ', [...instances.values()].map(instance)],
        [0x0020000e, 'UI', seriesUid],
      ],
    ],
  ];
}

/** What all frames share: orientation, pixels, and the step from slice to slice. */
function shared(
  { geometry }: WrittenMask,
  [row, column]: readonly [Vec3, Vec3],
  positions: readonly Vec3[],
  thickness: number | undefined,
): WrittenItem {
  const normal = cross(row, column);
  const gaps = positions.slice(1).map((at, k) => Math.abs(dot(subtract(at, positions[k]!), normal)));
  // Of an uneven stack the smallest step: frames say where they lie.
  const step =
    gaps.length === 0 ? geometry.spacing[2] : geometry.positions ? Math.min(...gaps) : sum(gaps) / gaps.length;
  return [
    [0x00209116, 'SQ', [[[0x00200037, 'DS', [...row, ...column].map(decimal)]]]],
    [
      0x00289110,
      'SQ',
      [
        [
          [0x00180050, 'DS', decimal(thickness ?? step)],
          [0x00180088, 'DS', decimal(step)],
          [0x00280030, 'DS', [geometry.spacing[1], geometry.spacing[0]].map(decimal)],
        ],
      ],
    ],
  ];
}
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function perFrame(
  { number, slice }: SegFrame,
  positions: readonly Vec3[],
  first: number,
  source: SegmentationSource | null,
): WrittenItem {
  const reference = source?.slices[slice];
  const derivation: WrittenItem[] = reference
    ? [
        [
          [
            0x00082112,
            'SQ',
            [
              [
                ...instance(reference),
                ...(reference.frame === undefined ? [] : [[0x00081160, 'IS', String(reference.frame)] as const]),
                [0x0028135a, 'CS', 'YES'],
                [0x0040a170, 'SQ', [code('121322', 'DCM', 'Source image for image processing operation')]],
              ],
            ],
          ],
          [0x00089215, 'SQ', [code('113076', 'DCM', 'Segmentation')]],
        ],
      ]
    : [];
  return [
    [0x00089124, 'SQ', derivation],
    [0x00209111, 'SQ', [[[0x00209157, 'UL', [number, slice - first + 1]]]]],
    [0x00209113, 'SQ', [[[0x00200032, 'DS', positions[slice]!.map(decimal)]]]],
    [0x0062000a, 'SQ', [[[0x0062000b, 'US', [number]]]]],
  ];
}

/** Frames as single bits, the first one in the lowest; they follow each other without padding. */
function packed(frames: readonly SegFrame[], data: Uint8Array, pixels: number): Uint8Array {
  const out = new Uint8Array(2 * Math.ceil((frames.length * pixels) / 16));
  frames.forEach(({ index, slice }, n) => {
    const from = slice * pixels;
    for (let i = 0, bit = n * pixels; i < pixels; i += 1, bit += 1)
      if (data[from + i] === index) out[bit >> 3]! |= 1 << (bit & 7);
  });
  return out;
}
