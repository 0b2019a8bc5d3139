import { createHmac } from 'node:crypto';
import type { Deidentification, VolumeInfo, VolumeNote, VolumeSubject } from '@shared/domain';
import { keyedHash } from '../../identity';
import { cleanDescription } from './descriptors';

/** What of a volume's header a project keeps. */
export interface Deidentified {
  readonly info: VolumeInfo;
  /** By DICOM's keywords. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Days that a patient's dates are moved back at most: ten years. */
const MOST_DAYS = 3650;
const DAY = 86_400_000;
/** Ages from here on are told as this one: so few live longer that an age would name them (as 45 CFR 164.514 has it). */
const OLDEST = 90;

/**
 * Takes identity out of what was read of a volume, by the basic application level confidentiality profile of DICOM PS3.15 (table E.1-1) and
 * the options that were chosen. What is not named here is not kept: no name, number, date, device, place or free text of a header, and no path.
 * @param secret the project's
 * @param patient as `patientOf`; null where none is known
 */
export function deidentify(
  info: VolumeInfo,
  subject: VolumeSubject | null,
  o: {
    readonly secret: string;
    readonly id: string;
    readonly patient: string | null;
    readonly options: Deidentification;
  },
): Deidentified {
  const { secret, options } = o;
  const describe = (text: string): string => (options.descriptors ? cleanDescription(text) : '');
  // Without a patient a study's dates keep their distances all the same.
  const days = shiftOf(secret, o.patient ?? info.study?.uid ?? '');
  const date = options.dates ? shifted(info.study?.date ?? '', days) : '';
  const series = describe(info.series?.description ?? '');
  const protocol = describe(subject?.protocol ?? '');
  const bodyPart = cleanDescription(subject?.bodyPart ?? '');
  const attributes: Record<string, string> = {
    Modality: code(info.modality ?? ''),
    BodyPartExamined: bodyPart,
    StudyDescription: describe(info.study?.description ?? ''),
    SeriesDescription: series,
    ProtocolName: protocol,
    StudyDate: date,
    // Who made a device is no identity; which one it is (serial number, station, institution) is.
    Manufacturer: cleanDescription(subject?.manufacturer ?? ''),
    MagneticFieldStrength: decimal(subject?.fieldStrength ?? ''),
    ...(options.characteristics ? characteristics(subject) : {}),
  };
  const { windows, ...rest } = info;
  return {
    info: {
      ...rest,
      files: [o.id],
      name: [series || bodyPart || info.modality || o.id, partOf(info.notes)].filter(Boolean).join(' · '),
      notes: info.notes.map((note) => cleanNote(note, options)),
      ...(windows
        ? {
            windows: windows.map(({ explanation, ...window }) => {
              const words = cleanDescription(explanation ?? '');
              return words === '' ? window : { ...window, explanation: words };
            }),
          }
        : {}),
      ...(info.study
        ? {
            study: {
              uid: uidOf(secret, info.study.uid),
              description: attributes.StudyDescription!,
              date,
            },
          }
        : {}),
      ...(info.series
        ? { series: { uid: uidOf(secret, info.series.uid), description: series, number: info.series.number } }
        : {}),
    },
    attributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== '')),
  };
}

/** A UID that stands for another one: `2.25.` and a number (PS3.5, B.2), the same for the same within a project. */
export function uidOf(secret: string, uid: string): string {
  return uid === '' ? '' : `2.25.${BigInt(`0x${keyedHash(secret, 'uid', uid).slice(0, 32)}`)}`;
}

/** Retain Patient Characteristics (PS3.15, E.3.6), as far as a header says them in the form that it has to. */
function characteristics(subject: VolumeSubject | null): Record<string, string> {
  const { sex = '', age = '', size = '', weight = '' } = subject ?? {};
  const years = /^(\d{3})Y$/.exec(age);
  return {
    PatientSex: /^[MFO]$/.test(sex) ? sex : '',
    PatientAge: years
      ? `${String(Math.min(OLDEST, Number(years[1]))).padStart(3, '0')}Y`
      : /^\d{3}[DWM]$/.test(age)
        ? age
        : '',
    PatientSize: decimal(size),
    PatientWeight: decimal(weight),
  };
}

const decimal = (text: string): string => (/^\d{1,4}(\.\d{1,6})?$/.test(text) ? text : '');
/** A code string is a code only where it looks like one. */
const code = (text: string): string => (/^[A-Z]{2,8}$/.test(text) ? text : '');

/** Days by which all dates of a patient are moved, the same within a project (PS3.15, E.3.6: modified dates). */
function shiftOf(secret: string, whose: string): number {
  const digest = createHmac('sha256', Buffer.from(secret, 'hex')).update(`dates\0${whose}`).digest();
  return 1 + (digest.readUInt32BE(0) % MOST_DAYS);
}

/** @param date `YYYYMMDD`; anything else is no date, and gives none */
function shifted(date: string, days: number): string {
  const parts = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
  if (!parts) return '';
  const at = new Date(Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])) - days * DAY);
  return at.toISOString().slice(0, 10).replaceAll('-', '');
}

/** What tells a volume from others of its series, in numbers of ours. */
function partOf(notes: readonly VolumeNote[]): string {
  return notes
    .filter(({ code: which }) => which === 'one-of-several' || which === 'sub-stack')
    .map(({ values }) => `${values.index}/${values.count}`)
    .join(' · ');
}

/** Kinds of volumes of one series whose value is a plain number. */
const NUMBERED = new Set(['echo', 'b-value', 'component', 'volume', 'visit']);

/** Notes may name files and quote headers: numbers stay, such words go. */
function cleanNote({ code: which, values }: VolumeNote, options: Deidentification): VolumeNote {
  const { files: _, ...rest } = values;
  if (which === 'one-of-several') {
    const kind = String(values.kind);
    const plain = NUMBERED.has(kind) && /^-?\d{1,6}(\.\d{1,4})?$/.test(String(values.value));
    const kept = plain && (kind !== 'b-value' || options.safePrivate);
    return { code: which, values: { ...rest, value: kept ? values.value! : '' } };
  }
  if (which === 'repaired') return { code: which, values: { ...rest, what: '' } };
  if (which === 'laterality')
    return { code: which, values: { side: /^[LRBU]$/.test(String(values.side)) ? values.side! : '' } };
  if ('files' in values) return { code: which, values: { ...rest, files: '…' } };
  return { code: which, values: { ...rest } };
}
