import { z } from 'zod';
import {
  classPart,
  decisionRule,
  labelClass,
  projectInfo,
  projectPair,
  splitHistory,
  splitPreview,
  splitRequest,
  volumeRecipe,
} from '../domain';
import { base, nothing } from './base';

export const project = {
  /** The open project, or null. */
  info: base.input(nothing).output(projectInfo.nullable()),
  /**
   * @param elsewhere what to do where the project lies on a network or in a cloud's folder: refuse with `project-remote`,
   *   open it `there`, or `bring` it onto this workstation, with dated backups to that folder
   */
  open: base
    .input(
      z.object({
        dir: z.string(),
        elsewhere: z.enum(['ask', 'there', 'bring']).default('ask'),
        /** Of bringing it: `task` events tell how far it is, and `storage.cancel` calls it off. */
        task: z.string().optional(),
      }),
    )
    .output(projectInfo),
  close: base.input(nothing).output(nothing),
  rename: base.input(z.object({ name: z.string().trim().min(1) })).output(projectInfo),
  setReader: base.input(z.object({ reader: z.string().trim().min(1) })).output(projectInfo),
  /** A new version of the label scheme: names, short names, colours, keys, order, positive class. Class ids stay. */
  setClasses: base
    .input(z.object({ classes: z.array(labelClass).min(1), positive: z.number().int().nullable() }))
    .output(projectInfo),
  /** Classes go into another one: labels on them read as that one. A new version of the scheme, undoable. */
  mergeClasses: base
    .input(z.object({ from: z.array(z.number().int()).min(1), into: z.number().int() }))
    .output(projectInfo),
  /** A class becomes several, at its place: its samples are unlabelled until they are read anew. A new version, undoable. */
  splitClass: base.input(z.object({ class: z.number().int(), into: z.array(classPart).min(2) })).output(projectInfo),
  setRule: base.input(decisionRule).output(projectInfo),
  /** The recipe that fits the volumes and boxes of now; null where there are no volumes of studies. */
  suggestInput: base.input(nothing).output(volumeRecipe.nullable()),
  /** How volumes of studies become what the network sees, from now on; the project is opened anew. Refused while a run trains. */
  setInput: base.input(volumeRecipe).output(projectInfo),
  /** Pairs of duplicates with labels and splits of now, and what was decided of each. */
  pairs: base
    .input(z.object({ offset: z.number().int().min(0), limit: z.number().int().min(1).max(2000) }))
    .output(z.object({ pairs: z.array(projectPair), total: z.number().int() })),
  splitHistory: base.input(nothing).output(splitHistory),
  /** What a new version of the splits would be; nothing is written. */
  previewSplits: base.input(splitRequest).output(splitPreview),
  /** A new version of the splits. Where the test split was scored it is refused unless those scores may be voided. */
  resplit: base.input(splitRequest.extend({ voidTestScores: z.boolean().default(false) })).output(projectInfo),
  /**
   * Looks for near-duplicates where there were too many samples to do it on import; `near` events tell how far it is. What it finds
   * changes no split. @param wait answers when it has ended
   */
  lookForNear: base.input(z.object({ wait: z.boolean().default(false) })).output(projectInfo),
  /** Ends it at once, and leaves nothing behind. */
  cancelNear: base.input(nothing).output(projectInfo),
};
