/**
 * A project on disk: samples, labels, splits and what was decided about them. One process writes; others read beside it.
 */
import type { NewProject, Holder } from './types';
import type { OpenOptions, PixelStore, Project as ProjectApi } from './api';

export type * from './types';
export { SPLIT_CODES, STATE_CODES, KIND_CODES } from './types';
export type { LabelJournal, OpenOptions, PixelStore, SampleIndex, SetOptions } from './api';
export { resourcePath } from './resources';

export type Project = ProjectApi;

const building = (): never => {
  throw new Error('the store is under construction');
};

export const Project: { open(dir: string, options: OpenOptions): Promise<Project> } = { open: building };
/** Makes `project.db`, `identity.json` and the folders in `dir`, which may exist but may hold no project. @throws UserError `project-exists` */
export const createProject: (dir: string, project: NewProject) => void = building;
/** Pixels alone, read-only, e.g. in the compute process. */
export const openPixels: (dir: string) => Promise<PixelStore> = building;
/** Who holds the project for writing now; null where nobody does (a stale `holder.json` counts for nothing). */
export const readHolder: (dir: string) => Holder | null = building;
