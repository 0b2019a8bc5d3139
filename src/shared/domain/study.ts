import { z } from 'zod';
import { openedVolume, volumeInfo } from './volume';
import { volumeBox } from './volumeInput';

/** What an import keeps of a study's header beside the basic profile of DICOM PS3.15 (table E.1-1); each name is one of its options. */
export const deidentification = z.object({
  /** Retain Patient Characteristics: age (from 90 on as 90), sex, size, weight. */
  characteristics: z.boolean().default(true),
  /** Retain Longitudinal Temporal Information with Modified Dates: all of a patient's dates moved by the same days; otherwise none. */
  dates: z.boolean().default(true),
  /** Retain Safe Private: b-values that vendors write into private elements. */
  safePrivate: z.boolean().default(true),
  /** Clean Descriptors: of study and series descriptions only words that speak of imaging. */
  descriptors: z.boolean().default(true),
});
export type Deidentification = z.infer<typeof deidentification>;

/** What a volume is beside a picture of a patient; all but `image` are left out unless a person ticks them. */
export const volumeKind = z.enum(['image', 'localiser', 'secondary-capture', 'dose-report', 'derived', 'label-map']);
export type VolumeKind = z.infer<typeof volumeKind>;

/** What the files say of a patient, as they say it: it stays in the reading process, the import and the identity file. */
export const volumeSubject = z.object({
  patientId: z.string(),
  issuer: z.string(),
  name: z.string(),
  birthDate: z.string(),
  sex: z.string(),
  age: z.string(),
  size: z.string(),
  weight: z.string(),
  accession: z.string(),
  studyTime: z.string(),
  bodyPart: z.string(),
  manufacturer: z.string(),
  model: z.string(),
  fieldStrength: z.string(),
  protocol: z.string(),
});
export type VolumeSubject = z.infer<typeof volumeSubject>;

/** Which volumes of studies become samples, and how: what a person chooses before they are read. */
export const studyOptions = z.object({
  /** Ids of a listing; unless given, all of these kinds whose series fit. */
  only: z.array(z.string()).optional(),
  kinds: z.array(volumeKind).default(['image']),
  /** Parts of descriptions, modalities or series UIDs, any of which fits; none: all do. */
  series: z.array(z.string()).default([]),
  /**
   * Whose a file is that does not say it itself (all but DICOM): `none` (each its own), the name of its `folder`, its own `name`, or what the
   * first group of a regular expression finds in its path.
   */
  patients: z.string().default('none'),
  deidentify: deidentification.prefault({}),
});
export type StudyOptions = z.infer<typeof studyOptions>;

/** Of a project's volume, beside its voxels and geometry: de-identified. */
export const volumeAbout = z.object({
  kind: volumeKind,
  /** Whether names may stand in its pixels: the file says so, or its kind often does. */
  burnedIn: z.enum(['yes', 'likely']).nullable(),
  /** A head: a face can be rebuilt from it. */
  head: z.boolean(),
  /** By which options it was de-identified. */
  deidentified: deidentification,
  /** What is left of the header, by DICOM's keywords. */
  attributes: z.record(z.string(), z.string()),
});
export type VolumeAbout = z.infer<typeof volumeAbout>;

/** What a person found in a picture's pixels. */
export const textVerdict = z.enum(['clean', 'identity']);
export type TextVerdict = z.infer<typeof textVerdict>;

/** A volume of a project as windows know it: no name, number, date or path of its files. */
export const studyVolume = z.object({
  /** Of the table `volumes`. */
  key: z.number().int(),
  /** Pseudonym. */
  id: z.string(),
  info: volumeInfo,
  about: volumeAbout,
  /** The last word on text in its pixels; null: nobody looked. */
  text: textVerdict.nullable(),
});
export type StudyVolume = z.infer<typeof studyVolume>;

/** The volume behind a sample, opened. */
export const openedSample = z.object({
  volume: studyVolume,
  /** Where in it the sample lies; null: it is the whole volume. */
  box: volumeBox.nullable(),
  opened: openedVolume,
});
export type OpenedSample = z.infer<typeof openedSample>;
