import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  GrowthDraft,
  inspectGrowth,
  inspectImport,
  removeLeftovers,
  TableMapper,
  type ImportDraft,
} from '@main/project/import';
import { resourcePath, type Project, type VolumeReading } from '@main/project';
import { BUNDLED_SAMPLES } from '@shared/domain';
import type {
  FolderMeaning,
  GrowthDecisions,
  GrowthResult,
  GrowthReview,
  ImportDecisions,
  ImportProgress,
  ImportResult,
  ImportReview,
  PartialTableMap,
  StudyOptions,
  TablePreview,
} from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Frame } from '@shared/pixels';
import { beginBackups, homeOf } from './elsewhere';

interface Running {
  readonly abort: AbortController;
  /** A project to be, or what is to be added to one. */
  readonly draft: Promise<ImportDraft | GrowthDraft>;
  committing: boolean;
}

export interface InspectRequest {
  readonly paths: readonly string[];
  readonly sample?: string;
  readonly table?: string;
  readonly map?: PartialTableMap;
  readonly name?: string;
  readonly folders?: FolderMeaning;
  readonly likeness?: number;
  readonly studies?: StudyOptions;
  /** Of the chosen volumes those that are read now, by what reads them. */
  readonly batch?: readonly string[];
  readonly reading?: VolumeReading;
}

/** Imports between "these files" and a project: each reads by itself, waits for decisions, and leaves nothing behind when it ends. */
export class Imports {
  readonly #running = new Map<string, Running>();
  /** Of the folder that is looked at now; what it has read is forgotten with it. */
  #mapper: { readonly folder: string; readonly tables: TableMapper } | null = null;

  /**
   * @param stagingDir where drafts keep decoded pixels, each in a folder of its own
   * @param projects where new projects go unless the person says otherwise, and where they go that must lie on a local disk
   */
  constructor(
    private readonly stagingDir: string,
    private readonly projects: { usual(): string; local(): string },
    private readonly onProgress: (progress: ImportProgress) => void,
    private readonly reading: VolumeReading,
  ) {
    // What cannot be removed takes room, and keeps nobody from anything.
    removeLeftovers(stagingDir, [...new Set([projects.usual(), projects.local()])]).catch((error: unknown) =>
      console.error('what killed imports left could not be removed:', error),
    );
  }

  /** @param into the open project, where the files are to be added to it */
  inspect(request: InspectRequest, into: Project | null = null): { importId: string } {
    const paths = request.sample === undefined ? request.paths : [bundled(request.sample)];
    if (paths.length === 0) throw new UserError('value-invalid', 'no files to import were named');
    this.#mapper = null;
    // The draft has an id of its own; windows know this one from before the draft is there.
    const importId = randomUUID();
    const abort = new AbortController();
    const options = {
      paths: paths.map((path) => resolve(path)),
      table: request.table === undefined ? undefined : resolve(request.table),
      map: request.map,
      name: request.name,
      folders: request.folders,
      likeness: request.likeness,
      studies: request.studies,
      batch: request.batch,
      reading: request.reading ?? this.reading,
      stagingDir: this.stagingDir,
      onProgress: (progress: ImportProgress) => this.onProgress({ ...progress, importId }),
      signal: abort.signal,
    };
    const draft = into ? inspectGrowth(into, options) : inspectImport(options);
    // Whoever asks for the review hears of the failure; nobody else needs to.
    draft.catch(() => undefined);
    this.#running.set(importId, { abort, draft, committing: false });
    return { importId };
  }

  /** What a table of a folder would mean; see the contract. null for what is no folder of pictures: reading it says why. */
  async previewTable(
    folder: string,
    table: string | null,
    map: PartialTableMap,
    into: Project | null = null,
  ): Promise<TablePreview | null> {
    const path = resolve(folder);
    if (!(await isFolder(path))) return null;
    if (this.#mapper?.folder !== path) this.#mapper = { folder: path, tables: new TableMapper(path) };
    const stored = into?.sources().findLast((source) => source.map)?.map;
    try {
      return await this.#mapper.tables.preview(table === null ? null : resolve(table), map, stored);
    } catch (error) {
      if (error instanceof UserError && error.code === 'file-no-samples' && error.file === path) return null;
      throw error;
    }
  }

  async review(importId: string, likeness?: number): Promise<ImportReview> {
    const draft = toBe(await this.#draft(importId));
    if (likeness !== undefined) await draft.lookAgain(likeness);
    return { ...draft.review(), importId };
  }

  async thumbs(importId: string, indices: readonly number[]): Promise<Frame[]> {
    return (await this.#draft(importId)).thumbs(indices);
  }

  async commit(importId: string, decisions: ImportDecisions): Promise<ImportResult> {
    const running = this.#of(importId);
    if (running.committing) throw new UserError('value-invalid', 'this import is being written already');
    const draft = toBe(await running.draft);
    const asked = decisions.dir === null ? this.#freeDir(decisions.name) : resolve(decisions.dir);
    const home = decisions.inPlace ? { dir: asked, backupsTo: null } : homeOf(asked, this.projects.local);
    const { dir } = home;
    running.committing = true;
    try {
      const result = await draft.commit(decisions, {
        dir,
        onProgress: (progress) => this.onProgress({ ...progress, importId }),
        signal: running.abort.signal,
      });
      this.#forget(importId);
      await beginBackups(home, 'app');
      return home.backupsTo === null ? result : { ...result, backupsTo: home.backupsTo };
    } finally {
      running.committing = false;
    }
  }

  async reviewGrowth(importId: string): Promise<GrowthReview> {
    return { ...grown(await this.#draft(importId)).review(), importId };
  }

  /** Adds it to its project, which has to be opened anew then. */
  async grow(
    importId: string,
    project: Project,
    decisions: GrowthDecisions,
  ): Promise<Omit<GrowthResult, 'splitVersion'>> {
    const running = this.#of(importId);
    if (running.committing) throw new UserError('value-invalid', 'this import is being written already');
    running.committing = true;
    try {
      const draft = grown(await running.draft);
      if (!draft.isFor(project))
        throw new UserError('project-changed', 'another project was opened meanwhile: nothing was added');
      const result = await draft.commit(decisions);
      this.#forget(importId);
      return result;
    } finally {
      running.committing = false;
    }
  }

  async cancel(importId: string): Promise<void> {
    const running = this.#running.get(importId);
    if (!running) return;
    running.abort.abort();
    const draft = await running.draft.catch(() => null);
    await draft?.discard();
    this.#forget(importId);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.cancel(id)));
  }

  #of(importId: string): Running {
    const running = this.#running.get(importId);
    if (!running) throw new UserError('cancelled', 'this import has ended: start it again');
    return running;
  }

  async #draft(importId: string): Promise<ImportDraft | GrowthDraft> {
    const { draft } = this.#of(importId);
    try {
      return await draft;
    } catch (error) {
      this.#forget(importId);
      throw error;
    }
  }

  #forget(importId: string): void {
    this.#running.delete(importId);
  }

  /** `<name>.residua` in the usual place, numbered where that is taken. */
  #freeDir(name: string): string {
    const safe = name.replace(/[^\p{L}\p{N} ._-]+/gu, '_').replace(/^[ .]+|[ .]+$/g, '') || 'project';
    for (let n = 1; ; n++) {
      const dir = join(this.projects.usual(), `${safe}${n === 1 ? '' : ` ${n}`}.residua`);
      if (!existsSync(dir)) return dir;
    }
  }
}

function bundled(id: string): string {
  if (!BUNDLED_SAMPLES.some((known) => known === id))
    throw new UserError('file-missing', 'no such sample is bundled', { file: id });
  return resourcePath('samples', `${id}.npz`);
}

function toBe(draft: ImportDraft | GrowthDraft): ImportDraft {
  if (draft instanceof GrowthDraft) throw new UserError('value-invalid', 'this import is to be added to a project');
  return draft;
}

function grown(draft: ImportDraft | GrowthDraft): GrowthDraft {
  if (draft instanceof GrowthDraft) return draft;
  throw new UserError('value-invalid', 'this import is a project of its own');
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
