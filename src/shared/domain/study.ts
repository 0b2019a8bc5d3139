import { z } from 'zod';
import { partialTableMap, tableKey, tableReport } from './table';
import { openedVolume, volumeInfo } from './volume';
import { volumeBox, volumeRecipe } from './volumeInput';

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

/** A volume of studies that are about to be imported, as the table shows it to the person who imports. */
export const listedStudy = z.object({
  id: z.string(),
  name: z.string(),
  kind: volumeKind,
  modality: z.string().nullable(),
  size: volumeInfo.shape.size,
  spacing: volumeInfo.shape.spacing,
  spacingKind: volumeInfo.shape.spacingKind,
  /** `YYYYMMDD` as the file has it; empty where it does not say. */
  date: z.string(),
  /** Numbers of patient and study in this list, from 1 on; null: not known. */
  patient: z.number().int().nullable(),
  study: z.number().int().nullable(),
  /** As the file or the rule has it: shown only where the person asks for it. */
  patientId: z.string(),
  files: z.number().int(),
  bytes: z.number(),
  burnedIn: z.enum(['yes', 'likely']).nullable(),
  head: z.boolean(),
  /** What the table says of it; null: nothing. */
  label: z.string().nullable(),
});
export type ListedStudy = z.infer<typeof listedStudy>;

const refusedFile = z.object({ file: z.string(), reason: z.string() });

export const studyListing = z.object({
  volumes: z.array(listedStudy),
  refused: z.array(refusedFile),
  table: z
    .object({
      file: z.string(),
      by: tableKey,
      /** The column that names them. */
      column: z.string(),
      report: tableReport,
      classes: z.array(z.object({ name: z.string(), count: z.number().int() })),
      /** Columns of yes/no questions in place of one label. */
      questions: z.array(z.string()),
    })
    .nullable(),
  /** Columns of the table, and what each of them is taken for: to be said otherwise, also where the table cannot be read so. */
  mapping: z.object({ columns: z.array(z.string()), map: partialTableMap }).nullable(),
  /** Tables that lie at the root of what was listed. */
  tables: z.array(z.string()),
  /** Why the table cannot be read so. */
  problem: z.string().nullable(),
  /** What a network would see of these images, unless a person says otherwise; null without images. */
  input: volumeRecipe.nullable(),
});
export type StudyListing = z.infer<typeof studyListing>;

/** How far the import of studies is that goes on while people work. */
export const studyImport = z.object({
  /** `waiting`: a run trains on the project, samples come in when it has ended; `stopped`: the project was closed. */
  state: z.enum(['reading', 'waiting', 'done', 'cancelled', 'stopped', 'failed']),
  /** Volumes that were read or put aside. */
  done: z.number().int(),
  total: z.number().int(),
  /** Samples that are in the project. */
  added: z.number().int(),
  refused: z.array(refusedFile),
  secondsLeft: z.number().nullable(),
  /** Why it failed. */
  reason: z.string().nullable(),
});
export type StudyImport = z.infer<typeof studyImport>;

/** Columns to filter by that come from headers of studies, beside those of a table. */
export const HEADER_COLUMNS = ['Modality', 'Body part', 'Series', 'Manufacturer', 'Sex', 'Text in pixels'] as const;

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
