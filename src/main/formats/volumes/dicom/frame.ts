import type { DisplayWindow, SpacingKind } from '@shared/domain';
import { cross, dot, length, moved, scale, type Vec3 } from '@shared/space';
import { HeaderDamage, tagName } from './damage';
import type { Dataset } from './dataset';
import type { DicomHeader } from './file';
import type { PixelFormat } from './image';
import { RT_DOSE } from './sopClasses';
import type { Tag } from './tags';
import * as tags from './tags';

/** A picture of a series: one frame of one file, with all that decides where it belongs. */
export interface Frame {
  /** From 0, in its file. */
  readonly index: number;
  /** Of a mosaic, from 0. */
  readonly tile?: number;
  readonly position: Vec3 | undefined;
  readonly row: Vec3 | undefined;
  readonly column: Vec3 | undefined;
  /** Millimetres from column to column and from row to row. */
  readonly spacing: readonly [number, number] | undefined;
  readonly spacingKind: SpacingKind;
  readonly thickness: number | undefined;
  /** Spacing between slices as the header states it. */
  readonly stated: number | undefined;
  readonly slope: number;
  readonly intercept: number;
  readonly unit: string | undefined;
  readonly windows: readonly DisplayWindow[];
  readonly instance: number | undefined;
  readonly laterality: string;
  /** What may tell several volumes of one series apart, in this order; empty where the file does not say. */
  readonly traits: Readonly<Record<Trait, string>>;
}

export const TRAITS = [
  'stack',
  'segment',
  'type',
  'echo',
  'b-value',
  'gradient',
  'time',
  'trigger',
  'acquisition',
  'instant',
] as const;
export type Trait = (typeof TRAITS)[number];

/** The functional groups of one frame: its own before the shared ones, then the file itself, as classic images have it. */
class Groups {
  constructor(private readonly levels: readonly Dataset[]) {}

  /** The data set that has `tag`: inside `sequence` of a group, or the file itself. */
  private holder(sequence: Tag, tag: Tag): Dataset | undefined {
    for (const level of this.levels) {
      const item = level.item(sequence);
      if (item?.has(tag)) return item;
    }
    const file = this.levels[this.levels.length - 1];
    return file?.has(tag) ? file : undefined;
  }

  number(sequence: Tag, tag: Tag): number | undefined {
    return this.holder(sequence, tag)?.number(tag);
  }

  numbers(sequence: Tag, tag: Tag): number[] {
    return this.holder(sequence, tag)?.numbers(tag) ?? [];
  }

  vector(sequence: Tag, tag: Tag, count: number): number[] | undefined {
    return this.holder(sequence, tag)?.vector(tag, count);
  }

  text(sequence: Tag, tag: Tag): string {
    return this.holder(sequence, tag)?.text(tag) ?? '';
  }

  texts(sequence: Tag, tag: Tag): string[] {
    return this.holder(sequence, tag)?.texts(tag) ?? [];
  }

  items(sequence: Tag): Dataset[] {
    return this.levels.flatMap((level) => [...level.items(sequence)]);
  }
}

/** Reads what DICOM says of every frame of a file. @throws HeaderDamage */
export function readFrames(header: DicomHeader, format: PixelFormat): Frame[] {
  const { data } = header;
  const shared = data.item(tags.SharedGroups);
  const own = data.items(tags.FrameGroups);
  const plane = spacingOf(data);
  const offsets = data.numbers(tags.FrameOffsets);
  const detector = data.item(tags.DetectorSequence);
  const frames: Frame[] = [];
  for (let index = 0; index < format.frames; index++) {
    const levels = [own[index], shared, data].filter((level) => level !== undefined);
    const frame = readFrame(header, new Groups(levels), index, plane);
    frames.push(own.length > 0 || format.frames === 1 ? frame : placed(frame, index, offsets, detector));
  }
  return frames;
}

function readFrame({ data }: DicomHeader, groups: Groups, index: number, plane: ReturnType<typeof spacingOf>): Frame {
  const direction = groups.vector(tags.PlaneOrientationSequence, tags.ImageOrientation, 6);
  const position = groups.vector(tags.PlanePositionSequence, tags.ImagePosition, 3);
  const axes = direction && unitAxes(direction);
  const measured = positivePair(groups.numbers(tags.PixelMeasuresSequence, tags.PixelSpacing));
  const dose = data.text(tags.SopClassUid) === RT_DOSE ? data.number(tags.DoseScaling) : undefined;
  return {
    index,
    position: position && toVector(position),
    row: axes?.[0],
    column: axes?.[1],
    spacing: plane.kind === 'patient' || plane.kind === 'none' ? (measured ?? plane.spacing) : plane.spacing,
    spacingKind: plane.kind === 'none' && measured ? 'patient' : plane.kind,
    thickness: positive(groups.number(tags.PixelMeasuresSequence, tags.SliceThickness)),
    stated: positive(Math.abs(groups.number(tags.PixelMeasuresSequence, tags.SpacingBetweenSlices) ?? 0)),
    slope: dose ?? slopeOf(groups.number(tags.PixelValueSequence, tags.RescaleSlope)),
    intercept: dose === undefined ? (groups.number(tags.PixelValueSequence, tags.RescaleIntercept) ?? 0) : 0,
    unit: groups.text(tags.PixelValueSequence, tags.RescaleType) || undefined,
    windows: windowsOf(groups, data),
    instance: data.number(tags.InstanceNumber),
    laterality:
      groups.text(tags.FrameAnatomySequence, tags.FrameLaterality) ||
      data.text(tags.ImageLaterality) ||
      data.text(tags.Laterality),
    traits: {
      stack: groups.text(tags.FrameContentSequence, tags.StackId),
      segment: String(groups.number(tags.SegmentIdentification, tags.ReferencedSegment) ?? ''),
      type: imageType(groups, data).join('\\'),
      echo: String(
        groups.number(tags.EchoSequence, tags.EffectiveEchoTime) ??
          data.number(tags.EchoTime) ??
          data.text(tags.EchoNumbers),
      ),
      'b-value': String(groups.number(tags.DiffusionSequence, tags.BValue) ?? privateBValue(data) ?? ''),
      gradient: gradientOf(groups),
      time: String(
        groups.number(tags.FrameContentSequence, tags.TemporalPositionIndex) ?? data.text(tags.TemporalPosition),
      ),
      trigger: String(groups.number(tags.CardiacSequence, tags.TriggerDelay) ?? data.text(tags.TriggerTime)),
      acquisition: data.text(tags.AcquisitionNumber),
      instant:
        groups.text(tags.FrameContentSequence, tags.FrameAcquisitionDateTime) ||
        data.text(tags.AcquisitionDateTime) ||
        data.text(tags.AcquisitionDate) + data.text(tags.AcquisitionTime),
    },
  };
}

/** Frame Type of the functional groups with what an MR frame shows of its complex values, else Image Type. */
function imageType(groups: Groups, data: Dataset): string[] {
  const sequences = [tags.MrFrameTypeSequence, tags.CtFrameTypeSequence, tags.PetFrameTypeSequence];
  const own = sequences.map((sequence) => groups.texts(sequence, tags.FrameType)).find((type) => type.length > 0);
  return [...(own ?? data.texts(tags.ImageType)), ...groups.texts(tags.MrFrameTypeSequence, tags.ComplexComponent)];
}

/** Multi-frame without functional groups: RT Dose lists offsets along the normal, NM steps from its first position. */
function placed(frame: Frame, index: number, offsets: readonly number[], detector: Dataset | undefined): Frame {
  const own = detector && {
    position: detector.vector(tags.ImagePosition, 3),
    axes: detector.vector(tags.ImageOrientation, 6),
  };
  const axes = own?.axes ? unitAxes(own.axes) : undefined;
  const row = frame.row ?? axes?.[0];
  const column = frame.column ?? axes?.[1];
  const position = frame.position ?? (own?.position && toVector(own.position));
  const along =
    offsets.length > index ? offsets[index] : detector && frame.stated !== undefined ? index * frame.stated : undefined;
  if (!row || !column || !position || along === undefined) return { ...frame, position: undefined };
  // RT Dose's offsets are relative where the first one is 0, else places along the axis (PS3.3, C.8.8.3.2).
  const first = offsets.length > index && offsets[0] !== 0 ? offsets[0]! : 0;
  return { ...frame, row, column, position: moved(position, cross(row, column), along - first) };
}

const toVector = ([x, y, z]: readonly number[]): Vec3 => [x ?? 0, y ?? 0, z ?? 0];
const positive = (value: number | undefined): number | undefined =>
  value !== undefined && value > 0 ? value : undefined;
/** @throws HeaderDamage of 0, which would make one value of all */
function slopeOf(value: number | undefined): number {
  if (value === 0) throw new HeaderDamage(`${tagName(tags.RescaleSlope.id)} is 0`);
  return value ?? 1;
}

/** [between columns, between rows] of DICOM's [between rows, between columns]. */
function positivePair(values: readonly number[]): readonly [number, number] | undefined {
  const [rows, columns] = values;
  return values.length === 2 && rows! > 0 && columns! > 0 ? [columns!, rows!] : undefined;
}

/** Row and column direction as unit vectors, or nothing where they span no plane. */
function unitAxes(values: readonly number[]): readonly [Vec3, Vec3] | undefined {
  const row = toVector(values.slice(0, 3));
  const column = toVector(values.slice(3, 6));
  const lengths = [length(row), length(column)] as const;
  if (Math.abs(lengths[0] - 1) > 0.01 || Math.abs(lengths[1] - 1) > 0.01 || Math.abs(dot(row, column)) > 0.01)
    return undefined;
  // What is a unit vector up to its printed digits stays as it was printed.
  const unit = (v: Vec3, size: number): Vec3 => (Math.abs(size - 1) < 1e-7 ? v : scale(v, 1 / size));
  return [unit(row, lengths[0]), unit(column, lengths[1])];
}

/** Millimetres of a pixel, and what they stand for. Projections measure at the detector unless they were calibrated. */
function spacingOf(data: Dataset): { spacing: readonly [number, number] | undefined; kind: SpacingKind } {
  const own = positivePair(data.numbers(tags.PixelSpacing));
  const imager =
    positivePair(data.numbers(tags.ImagerPixelSpacing)) ?? positivePair(data.numbers(tags.NominalPixelSpacing));
  if (own) {
    const same = imager !== undefined && imager.every((value, i) => Math.abs(value - own[i]!) < 1e-6 * value);
    const calibrated = data.text(tags.SpacingCalibration) !== '';
    return { spacing: own, kind: same && !calibrated ? 'detector' : 'patient' };
  }
  if (imager) return { spacing: imager, kind: 'detector' };
  const region = regionSpacing(data);
  return region ? { spacing: region, kind: 'region' } : { spacing: undefined, kind: 'none' };
}

/** Ultrasound: the calibration that all two-dimensional regions share (PS3.3, C.8.5.5). */
function regionSpacing(data: Dataset): readonly [number, number] | undefined {
  const CENTIMETRES = 3;
  const found: (readonly [number, number])[] = [];
  for (const region of data.items(tags.UltrasoundRegions)) {
    if (region.number(tags.RegionSpatialFormat) !== 1) continue;
    if (region.number(tags.RegionUnitsX) !== CENTIMETRES || region.number(tags.RegionUnitsY) !== CENTIMETRES) continue;
    const x = Math.abs(region.number(tags.RegionDeltaX) ?? 0) * 10;
    const y = Math.abs(region.number(tags.RegionDeltaY) ?? 0) * 10;
    if (x > 0 && y > 0) found.push([x, y]);
  }
  const first = found[0];
  const agree = found.every((pair) => pair.every((value, i) => Math.abs(value - first![i]!) < 1e-6 * value));
  return agree ? first : undefined;
}

/** The file's windows, then its tables. */
function windowsOf(groups: Groups, data: Dataset): DisplayWindow[] {
  const centers = groups.numbers(tags.FrameVoiLutSequence, tags.WindowCenter);
  const widths = groups.numbers(tags.FrameVoiLutSequence, tags.WindowWidth);
  const words = groups.texts(tags.FrameVoiLutSequence, tags.WindowExplanation);
  const stated = groups.text(tags.FrameVoiLutSequence, tags.VoiFunction);
  const shape = stated === 'SIGMOID' || stated === 'LINEAR_EXACT' ? stated : 'LINEAR';
  const tables = data.items(tags.VoiLutSequence).flatMap(tableWindow);
  const windows = centers.flatMap((center, i) => {
    const width = widths[i];
    if (width === undefined || width <= 0 || (shape === 'LINEAR' && width < 1)) return [];
    const explanation = words[i];
    return [{ center, width, function: shape, ...(explanation ? { explanation } : {}) } as const];
  });
  return [...windows, ...tables];
}

/** Steps of a table that are kept: more than a screen has levels. */
const TABLE_STEPS = 1024;

/** A table, as far as it rises: from the last input of a VOI LUT that is shown as its first output to the first one shown as its last (PS3.3, C.11.2.1.1). */
function tableWindow(item: Dataset): DisplayWindow[] {
  const first = item.numbers(tags.LutDescriptor, 'SS')[1];
  const values = item.numbers(tags.LutData, 'US');
  const from = values.findIndex((v) => v !== values[0]) - 1;
  const to = values.indexOf(values[values.length - 1]!);
  if (first === undefined || from < 0 || to <= from) return [];
  const explanation = item.text(tags.LutExplanation);
  const bits = item.numbers(tags.LutDescriptor, 'SS')[2] ?? 16;
  const most = 2 ** Math.min(16, Math.max(8, bits)) - 1;
  const steps = Math.min(TABLE_STEPS, to - from + 1);
  const at = (i: number): number => values[from + Math.round((i * (to - from)) / (steps - 1))]!;
  return [
    {
      center: first + (from + to) / 2,
      width: to - from,
      function: 'LINEAR_EXACT',
      table: Array.from({ length: steps }, (_, i) => Math.min(1, at(i) / most)),
      ...(explanation ? { explanation } : {}),
    },
  ];
}

/** b-values as vendors write them into classic images, told by the owner of the private block. */
function privateBValue(data: Dataset): number | undefined {
  const [siemens, ge, philips] = tags.PRIVATE_B_VALUES;
  if (data.text(siemens.owner) === 'SIEMENS MR HEADER') return data.number(siemens.value);
  if (data.text(ge.owner) === 'GEMS_PARM_01') {
    // GE adds 10⁹ to mark values that were corrected.
    const value = data.number(ge.value);
    return value === undefined ? undefined : value % 1e9;
  }
  if (data.text(philips.owner) === 'Philips Imaging DD 001') return data.number(philips.value);
  return undefined;
}

function gradientOf(groups: Groups): string {
  for (const diffusion of groups.items(tags.DiffusionSequence)) {
    const direction = diffusion.item(tags.GradientDirectionSequence)?.numbers(tags.GradientDirection);
    if (direction) return direction.map((v) => v.toFixed(4)).join('\\');
  }
  return '';
}
