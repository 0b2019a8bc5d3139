import { z } from 'zod';
import {
  folderMeaning,
  growthResult,
  growthReview,
  importDecisions,
  importResult,
  importReview,
  likeness,
  studyListing,
  studyOptions,
  growthDecisions,
  partialTableMap,
  tablePreview,
} from '../domain';
import { base, nothing } from './base';

export const imports = {
  /** Starts to read; `import` events tell how far it is. `sample` names a bundled one in place of paths. */
  inspect: base
    .input(
      z.object({
        paths: z.array(z.string()),
        sample: z.string().optional(),
        table: z.string().optional(),
        /** Which column of the table is what; columns of the roles' own names need none. */
        map: partialTableMap.optional(),
        /** To be added to the open project: `reviewGrowth` and `grow` follow, not `review` and `commit`. */
        into: z.boolean().default(false),
        folders: folderMeaning.optional(),
        likeness: likeness.optional(),
        /** What of studies becomes samples, and how. */
        studies: studyOptions.optional(),
        name: z.string().optional(),
      }),
    )
    .output(z.object({ importId: z.string() })),
  /** The volumes of studies in files and folders, to choose from; null where they hold something else. */
  listStudies: base
    .input(
      z.object({
        paths: z.array(z.string()).min(1),
        table: z.string().optional(),
        map: partialTableMap.optional(),
        patients: z.string().default('none'),
        into: z.boolean().default(false),
      }),
    )
    .output(studyListing.nullable()),
  /**
   * Makes a project of the first chosen volume, opens it, and brings the others while people work in it; or brings all of them into the open
   * project. `studies` events tell how far it is.
   */
  beginStudies: base
    .input(
      z.object({
        paths: z.array(z.string()).min(1),
        table: z.string().optional(),
        map: partialTableMap.optional(),
        options: studyOptions,
        into: z.boolean().default(false),
        decisions: z.object({
          name: z.string().trim().min(1),
          dir: z.string().nullable(),
          /** Names of classes beside those of the table. */
          classes: z.array(z.string().trim().min(1)).default([]),
          /** Name of the positive class; null: the suggested one. */
          positive: z.string().nullable(),
          ordered: z.boolean(),
          flips: z.boolean(),
        }),
      }),
    )
    .output(z.object({ project: z.string() })),
  /** What was read stays in the project; the rest does not come. */
  cancelStudies: base.input(nothing).output(nothing),
  /** What a folder's table would mean by this map, before any picture is read; null where there is no table. */
  previewTable: base
    .input(
      z.object({
        folder: z.string(),
        table: z.string().nullable(),
        map: partialTableMap,
        /** The open project's last map is the first guess. */
        into: z.boolean().default(false),
      }),
    )
    .output(tablePreview.nullable()),
  /** Waits until all is read. With another `likeness` than that of before, near-duplicates are looked for once more. */
  review: base.input(z.object({ importId: z.string(), likeness: likeness.optional() })).output(importReview),
  /** Writes the project, and opens it. */
  commit: base.input(z.object({ importId: z.string(), decisions: importDecisions })).output(importResult),
  /** What it would add to the open project. */
  reviewGrowth: base.input(z.object({ importId: z.string() })).output(growthReview),
  /** Adds it, and opens the project anew. Refused while a run trains on it. */
  grow: base.input(growthDecisions.extend({ importId: z.string() })).output(growthResult),
  /** Ends at once and leaves nothing behind. */
  cancel: base.input(z.object({ importId: z.string() })).output(nothing),
};
