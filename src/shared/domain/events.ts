import { z } from 'zod';
import { engineProgress } from './engine';
import { importProgress, nearSearch } from './import';
import { projectInfo } from './project';
import { storageStatus, taskProgress } from './storage';
import { studyImport } from './study';
import { predictorInfo, probeStatus, runProgress, runSummary } from './training';

/** What the services tell every window while it is open. Windows fetch the details; an event never carries more than its news. */
export const appEvent = z.discriminatedUnion('type', [
  /** The open project, after opening, closing and every change of its frame (classes, splits, rule, reader). */
  z.object({ type: z.literal('project'), info: projectInfo.nullable() }),
  /** These samples' labels changed, by whomever; `journal` is the new position. */
  z.object({
    type: z.literal('labels'),
    keys: z.array(z.number().int()),
    journal: z.number().int(),
    changedSinceRun: z.number().int().nullable(),
  }),
  /** Boxes that are samples were drawn, moved, removed or came back; what is in them may be something else now. */
  z.object({ type: z.literal('boxes'), keys: z.array(z.number().int()) }),
  /** All predictions on screen are new. */
  z.object({ type: z.literal('predictions'), predictor: predictorInfo.nullable() }),
  /** What is known of the predictor: its AUC and interval. The predictions are those of before. */
  z.object({ type: z.literal('predictor'), predictor: predictorInfo.nullable() }),
  z.object({ type: z.literal('probe'), status: probeStatus }),
  /** How far the search for near-duplicates is. */
  z.object({ type: z.literal('near'), search: nearSearch }),
  z.object({ type: z.literal('import'), progress: importProgress }),
  /** Studies on their way into the open project; null: none. */
  z.object({ type: z.literal('studies'), status: studyImport.nullable() }),
  z.object({ type: z.literal('run'), progress: runProgress }),
  z.object({ type: z.literal('runs'), runs: z.array(runSummary) }),
  /** The disk, the originals or the backups of the open project: what the person should know. */
  z.object({ type: z.literal('storage'), status: storageStatus }),
  z.object({ type: z.literal('task'), progress: taskProgress }),
  z.object({ type: z.literal('engine'), progress: engineProgress }),
]);
export type AppEvent = z.infer<typeof appEvent>;
