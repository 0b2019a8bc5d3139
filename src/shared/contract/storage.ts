import { z } from 'zod';
import {
  clearedPart,
  copyParts,
  copyResult,
  copySizes,
  diskPlace,
  projectLimit,
  relinkResult,
  storageInfo,
} from '../domain';
import { base, nothing, task } from './base';

export const storage = {
  info: base.input(nothing).output(storageInfo),
  /** The kind of disk that any folder lies on, also of one that is yet to be made. */
  place: base.input(z.object({ dir: z.string() })).output(diskPlace),
  /** What a copy would hold, and what could not be done with it. */
  copySizes: base
    .input(z.object({ dir: z.string().nullable(), parts: copyParts }))
    .output(copySizes.extend({ limits: z.array(projectLimit) })),
  /** Copies the open project into a new folder, verified at the end; `task` events tell how far it is. */
  copy: base.input(task.extend({ dir: z.string(), parts: copyParts })).output(copyResult),
  /** Looks for the originals below one folder, by relative path and hash. */
  relink: base.input(task.extend({ dir: z.string() })).output(relinkResult),
  /** Makes pixels and thumbnails anew from the originals. */
  rebuild: base.input(task).output(storageInfo),
  cancel: base.input(task).output(nothing),
  /** Deletes what can be made anew, or is not needed any more. */
  clear: base.input(z.object({ what: clearedPart })).output(storageInfo),
  /** Folder for dated backups outside of the project; null for none. */
  setBackupsTo: base.input(z.object({ dir: z.string().nullable() })).output(storageInfo),
};
