import { z } from 'zod';
import { labelEvent } from './label';
import { runState } from './training';
import { sampleFilter, sampleSort } from './sample';

/** What kind of disk a folder lies on. A database's write-ahead log is safe on a local one alone. */
export const diskPlace = z.object({
  kind: z.enum(['local', 'network', 'cloud']),
  /** `nfs4`, `cifs`, `OneDrive` …; null of a local disk. */
  name: z.string().nullable(),
});
export type DiskPlace = z.infer<typeof diskPlace>;

/** `low`: say so; `full`: nothing but labels is written any more. */
export const spaceLevel = z.enum(['enough', 'low', 'full']);
export type SpaceLevel = z.infer<typeof spaceLevel>;
export const diskSpace = z.object({ freeBytes: z.number(), totalBytes: z.number(), level: spaceLevel });
export type DiskSpace = z.infer<typeof diskSpace>;

/** What samples came from. `studies`: volumes in files, below one folder. */
export const sourceKind = z.enum(['npz', 'npy', 'folder', 'studies']);

/** A source of the project and whether it is where it was. */
export const originalState = z.object({
  path: z.string(),
  kind: sourceKind,
  samples: z.number().int(),
  /** Of these samples the original was not found. */
  missing: z.number().int(),
  /** Up to ten of them; of studies by what they are called here. */
  examples: z.array(z.string()),
});
export type OriginalState = z.infer<typeof originalState>;

/** What cannot be done with a project as it lies; the words are `storage.limits.<limit>`. */
export const projectLimit = z.enum([
  'no-pictures',
  'no-full-size',
  'no-rebuild',
  'no-new-features',
  'features-anew',
  'pictures-anew',
  'no-patients',
  'no-sources',
]);
export type ProjectLimit = z.infer<typeof projectLimit>;

/** What a copy for a colleague is made of. */
export const copyParts = z.object({ originals: z.boolean(), cache: z.boolean(), identity: z.boolean() });
export type CopyParts = z.infer<typeof copyParts>;

/** Written into a copy that was given away. */
export const givenCopy = copyParts.extend({
  at: z.string(),
  /** The sources without their folders, in the order of the project's. */
  sources: z.array(
    z.object({
      name: z.string(),
      kind: sourceKind,
      hash: z.string().nullable(),
      bytes: z.number(),
      /** Sources of one import share a number. */
      batch: z.number().int().optional(),
    }),
  ),
});
export type GivenCopy = z.infer<typeof givenCopy>;

export const storageSizes = z.object({
  database: z.number(),
  /** Decoded pixels. */
  pixels: z.number(),
  thumbnails: z.number(),
  features: z.number(),
  runs: z.number(),
  backups: z.number(),
  exports: z.number(),
  /** Of the originals that are there. */
  originals: z.number(),
});
export type StorageSizes = z.infer<typeof storageSizes>;

/** What windows are told while the project is open. */
export const storageStatus = z.object({
  place: diskPlace,
  space: diskSpace,
  /** Samples without their original; null until it was looked. */
  missingOriginals: z.number().int().nullable(),
  /** Where the first source without its originals was. */
  missingFrom: z.string().nullable(),
  /** What cannot be done now. */
  limits: z.array(projectLimit),
  /** Decoded pixels or thumbnails are not there. */
  picturesMissing: z.boolean(),
  /** Folder of dated backups outside of the project. */
  backupsTo: z.string().nullable(),
  /** Why the last backup could not be made. */
  backupProblem: z.string().nullable(),
});
export type StorageStatus = z.infer<typeof storageStatus>;

/** What can be deleted on request: what can be made anew, and what is not needed any more. */
export const clearedPart = z.enum(['features', 'pictures', 'backups', 'checkpoints']);
export type ClearedPart = z.infer<typeof clearedPart>;

export const storageInfo = storageStatus.extend({
  dir: z.string(),
  sizes: storageSizes,
  /** Bytes of copies of the database but for the newest, and of finished runs' checkpoints that nothing reads any more. */
  needless: z.object({ backups: z.number(), checkpoints: z.number() }),
  originals: z.array(originalState),
  given: givenCopy.nullable(),
  lastBackup: z.string().nullable(),
});
export type StorageInfo = z.infer<typeof storageInfo>;

export const relinkResult = z.object({
  /** Samples whose original was found and verified by its hash. */
  matched: z.number().int(),
  /** The rest, at most 1,000 each, with their numbers. */
  missing: z.array(z.string()),
  missingInAll: z.number().int(),
  /** There, but with other content. */
  different: z.array(z.string()),
  differentInAll: z.number().int(),
  sources: z.array(z.object({ path: z.string(), found: z.string().nullable() })),
  /** Pixels and thumbnails were made anew. */
  rebuilt: z.boolean(),
});
export type RelinkResult = z.infer<typeof relinkResult>;

/** What a copy would take, in bytes, before it is made. */
export const copySizes = z.object({
  /** Database and runs: always in it. */
  base: z.number(),
  cache: z.number(),
  originals: z.number(),
  missingOriginals: z.number().int(),
  /** Room in the folder that was named. */
  freeBytes: z.number().nullable(),
  place: diskPlace.nullable(),
});
export type CopySizes = z.infer<typeof copySizes>;

export const copyResult = z.object({
  dir: z.string(),
  files: z.number().int(),
  bytes: z.number(),
  samples: z.number().int(),
  /** Position in the label journal that the copy stands at. */
  journal: z.number().int(),
  parts: copyParts,
  /** Of originals that were asked for and are not there. */
  missingOriginals: z.array(z.string()),
  limits: z.array(projectLimit),
});
export type CopyResult = z.infer<typeof copyResult>;

/** How far something long is that can be called off by its `id`. */
export const taskProgress = z.object({
  id: z.string(),
  kind: z.enum(['copy', 'relink', 'heat']),
  stage: z.enum(['database', 'files', 'verifying', 'matching', 'pictures', 'covering']),
  done: z.number(),
  total: z.number(),
  secondsLeft: z.number().nullable(),
});
export type TaskProgress = z.infer<typeof taskProgress>;

/** Where a reader was in a project, to be found again. */
export const readerPlace = z.object({
  /** When it was kept, ISO 8601. */
  at: z.string(),
  route: z.string(),
  /** Sample of the large view. */
  sample: z.number().int().nullable(),
  browse: z
    .object({
      filter: sampleFilter,
      sort: sampleSort,
      descending: z.boolean(),
      seed: z.number().int(),
      active: z.number().int().nullable(),
      selected: z.array(z.number().int()).max(5000),
      /** What follows the active sample, for where it is no longer in the list. */
      following: z.array(z.number().int()).max(200),
    })
    .nullable(),
  check: z
    .object({
      keys: z.array(z.number().int()).max(20_000),
      at: z.number().int(),
      dealt: z.array(z.number().int()).max(20_000),
      withChecked: z.boolean(),
    })
    .nullable(),
});
export type ReaderPlace = z.infer<typeof readerPlace>;

/** What was done last, and what was cut off. */
export const lastWork = z.object({
  label: labelEvent.nullable(),
  run: z
    .object({
      id: z.string(),
      number: z.number().int(),
      state: runState,
      epochsDone: z.number().int(),
      epochs: z.number().int(),
    })
    .nullable(),
});
export type LastWork = z.infer<typeof lastWork>;
