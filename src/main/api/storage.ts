import { rm, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Project } from '@main/project';
import { copySizes, giveProject, limitsOf } from '@main/project/copy';
import { lastDated, mirror, noteLocal } from '@main/project/disk/mirror';
import { placeOf } from '@main/project/disk/place';
import { picturesThere, sizesOf, spaceOf } from '@main/project/disk/space';
import { rebuildCache, relink } from '@main/project/import';
import { isThere } from '@main/project/originals';
import { dropCheckpoints, needlessCheckpoints } from '@main/training/needless';
import type {
  AppEvent,
  ClearedPart,
  CopyParts,
  CopyResult,
  CopySizes,
  GivenCopy,
  OriginalState,
  ProjectLimit,
  RelinkResult,
  StorageInfo,
  StorageStatus,
} from '@shared/domain';
import { UserError } from '@shared/errors';
import { Tasks, type TaskTools } from './tasks';

/** Milliseconds between two looks at the disk. */
const LOOK = 30_000;
const HOUR = 3_600_000;
/** Milliseconds that closing waits for a backup on a network that may not answer. */
const PATIENCE = 20_000;

/** What storage asks of the rest of the session. */
export interface StorageOwner {
  readonly project: Project;
  /** Something computes on the project's files now. */
  isBusy(): boolean;
  /** Features and pixels are other ones now: who holds them open lets go. @param pause the probe waits for the person */
  filesChanged(pause: boolean): Promise<void>;
}

/** Where the open project lies, whether there is room, where its originals are, and copies of it. */
export class ProjectStorage {
  status: StorageStatus;
  #originals: OriginalState[] | null = null;
  readonly #tasks: Tasks;
  #timer: NodeJS.Timeout | undefined;
  #backup: Promise<void> = Promise.resolve();
  #backedUp = { at: 0, journal: -1 };
  readonly #given: GivenCopy | null;
  #closed = false;

  constructor(
    private readonly owner: StorageOwner,
    private readonly publish: (event: AppEvent) => void,
  ) {
    const { project } = owner;
    this.#tasks = new Tasks(publish);
    this.#given = project.given;
    project.onBackup = (problem) => this.#tell({ backupProblem: problem?.message ?? null });
    this.status = {
      place: placeOf(project.dir),
      space: { freeBytes: 0, totalBytes: 0, level: 'enough' },
      missingOriginals: null,
      missingFrom: null,
      limits: [],
      picturesMissing: !picturesThere(project.cacheDir),
      backupsTo: project.backups.to,
      backupProblem: project.backups.problem?.message ?? null,
    };
  }

  /** Begins to look after the disk. @param live windows look on */
  begin(live: boolean): void {
    void this.look();
    if (!live) return;
    this.lookForOriginals().catch((error: unknown) => console.error('the originals were not looked for', error));
    void this.backUp();
    this.#timer = setInterval(() => void this.look(), LOOK).unref();
  }

  /** Looks at the disk now. */
  async look(): Promise<void> {
    const { project } = this.owner;
    try {
      const space = await spaceOf(project.dir);
      const limits = this.#originals === null ? [] : this.#limits();
      this.#tell({ space, limits, picturesMissing: !picturesThere(project.cacheDir) });
    } catch (error) {
      console.error(`the disk of ${project.dir} could not be looked at`, error);
    }
    if (Date.now() - this.#backedUp.at > HOUR && this.#backedUp.at > 0) await this.backUp();
  }

  /** @throws UserError `disk-full` where only labels may still be written */
  requireRoom(): void {
    const { space } = this.status;
    if (space.level === 'full')
      throw new UserError(
        'disk-full',
        `only ${Math.floor(space.freeBytes / 1e6)} MB are free: labels are still saved, nothing else is started`,
        { file: this.owner.project.dir },
      );
  }

  async lookForOriginals(): Promise<OriginalState[]> {
    const originals = await this.owner.project.lookForOriginals();
    if (this.#closed) return originals;
    this.#originals = originals;
    this.#tell({
      missingOriginals: originals.reduce((sum, source) => sum + source.missing, 0),
      missingFrom: originals.find((source) => source.missing > 0)?.path ?? null,
      limits: this.#limits(),
    });
    return originals;
  }

  async info(): Promise<StorageInfo> {
    const { project } = this.owner;
    await this.look();
    const originals = await this.lookForOriginals();
    const sizes = await sizesOf(project.dir);
    const { originals: originalBytes } = await copySizes(project);
    const { backupsTo } = this.status;
    return {
      ...this.status,
      dir: project.dir,
      sizes: { ...sizes, originals: originalBytes },
      needless: { backups: project.backups.old().bytes, checkpoints: await needlessCheckpoints(project.runsDir) },
      originals,
      given: this.#given,
      lastBackup: backupsTo === null ? null : await lastDated(backupsTo).catch(() => null),
    };
  }

  /** What cannot be done now. */
  #limits(): ProjectLimit[] {
    const { project } = this.owner;
    const originals = this.#originals ?? [];
    const withheld = this.#given !== null && !this.#given.identity;
    return limitsOf({
      originals: originals.every((source) => source.missing === 0),
      pictures: picturesThere(project.cacheDir),
      // Features that are not there yet are computed behind.
      features: true,
      identity: !withheld,
      picturesInFiles: originals.some((source) => source.kind === 'folder'),
    });
  }

  async copySizes(dir: string | null): Promise<CopySizes> {
    const sizes = await copySizes(this.owner.project);
    const free = dir === null ? null : await spaceOf(await nearest(dir)).catch(() => null);
    return {
      base: sizes.base + (await sizesOf(this.owner.project.dir)).database,
      cache: sizes.cache,
      originals: sizes.originals,
      missingOriginals: sizes.missing.length,
      freeBytes: free?.freeBytes ?? null,
      place: dir === null ? null : placeOf(dir),
    };
  }

  /** What cannot be done with a copy of these parts. */
  limitsOfCopy(parts: CopyParts): ProjectLimit[] {
    const { project } = this.owner;
    return limitsOf({
      originals: parts.originals,
      pictures: parts.cache,
      features: parts.cache,
      identity: parts.identity,
      picturesInFiles: project.sources().some((source) => source.kind === 'folder'),
    });
  }

  copy(id: string, dir: string, parts: CopyParts): Promise<CopyResult> {
    return this.#tasks.run(id, 'copy', (o) => giveProject(this.owner.project, dir, { ...parts, ...o }));
  }

  relink(id: string, dir: string): Promise<RelinkResult> {
    return this.#tasks.run(id, 'relink', async (o) => {
      const { project } = this.owner;
      const found = await relink(project, dir, o);
      const rebuilt = found.matched > 0 && !picturesThere(project.cacheDir) && (await this.#rebuild(o));
      await this.owner.filesChanged(false);
      await this.lookForOriginals();
      await this.look();
      return { ...found, rebuilt };
    });
  }

  /** Makes pixels and thumbnails anew. @throws UserError naming the original that is missing */
  rebuild(id: string): Promise<void> {
    return this.#tasks.run(id, 'relink', async (o) => {
      await rebuildCache(this.owner.project, {
        signal: o.signal,
        onProgress: ({ done, total }) => o.onProgress({ stage: 'pictures', done, total }),
      });
      await this.owner.filesChanged(false);
      await this.look();
    });
  }

  cancel(id: string): void {
    this.#tasks.cancel(id);
  }

  /**
   * Deletes what can be made anew, or is not needed any more.
   * @throws UserError `run-refused` while a run needs it, `file-missing` where it could not be made anew
   */
  async clear(what: ClearedPart): Promise<StorageInfo> {
    const { project } = this.owner;
    if (what === 'backups') {
      project.backups.clear();
      return this.info();
    }
    if (what === 'checkpoints') {
      await dropCheckpoints(project.runsDir);
      return this.info();
    }
    if (this.owner.isBusy())
      throw new UserError('run-refused', 'a run reads from the cache now: clear it when the run has ended');
    if (what === 'pictures') {
      const missing = (await this.lookForOriginals()).filter((source) => source.missing > 0);
      if (missing.length > 0)
        throw new UserError('file-missing', 'without the originals the pictures could not be made anew', {
          file: missing[0]!.path,
        });
    }
    await this.owner.filesChanged(true);
    const { cacheDir } = project;
    const parts = what === 'features' ? ['features'] : ['pixels', 'thumbs.bin'];
    for (const part of parts) await rm(join(cacheDir, part), { recursive: true, force: true });
    await mkdir(cacheDir, { recursive: true });
    return this.info();
  }

  /** Dated copies of the database go to this folder too, the first one at once. @throws UserError where it cannot be written */
  async setBackupsTo(dir: string | null): Promise<StorageInfo> {
    const { project } = this.owner;
    const to = dir === null ? null : resolve(dir);
    if (to !== null) {
      await mirror(project.dir, to);
      await noteLocal(to, project.dir);
    }
    project.backups.setTo(to);
    this.#tell({ backupsTo: to, backupProblem: null });
    return this.info();
  }

  /** Makes the day's copy in the other folder. A network that does not answer keeps nobody from labelling. */
  backUp(): Promise<void> {
    const { project } = this.owner;
    const to = project.backups.to;
    if (to === null || project.readOnly || this.#backedUp.journal === project.labels.position) return this.#backup;
    this.#backup = this.#backup.then(async () => {
      const journal = project.labels.position;
      try {
        await mirror(project.dir, to);
        this.#tell({ backupProblem: null });
      } catch (error) {
        this.#tell({ backupProblem: error instanceof Error ? error.message : String(error) });
      }
      this.#backedUp = { at: Date.now(), journal };
    });
    return this.#backup;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#tasks.cancelAll();
    const late = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE).unref());
    await Promise.race([this.backUp(), late]);
    this.#closed = true;
  }

  async #rebuild(o: TaskTools): Promise<boolean> {
    try {
      await rebuildCache(this.owner.project, {
        signal: o.signal,
        onProgress: ({ done, total }) => o.onProgress({ stage: 'pictures', done, total }),
      });
      return true;
    } catch (error) {
      // Some originals are still missing: what was found serves all the same.
      if (error instanceof UserError && error.code !== 'cancelled') return false;
      throw error;
    }
  }

  #tell(change: Partial<StorageStatus>): void {
    const before = JSON.stringify(told(this.status));
    this.status = { ...this.status, ...change };
    if (!this.#closed && JSON.stringify(told(this.status)) !== before)
      this.publish({ type: 'storage', status: this.status });
  }
}

/** News are told; a disk that changes by some bytes is none. */
function told(status: StorageStatus): unknown {
  const { freeBytes, ...space } = status.space;
  return { ...status, space, free: space.level === 'enough' ? null : Math.round(freeBytes / 2 ** 26) };
}

async function nearest(dir: string): Promise<string> {
  let at = resolve(dir);
  while (!(await isThere(at)) && resolve(at, '..') !== at) at = resolve(at, '..');
  return at;
}
