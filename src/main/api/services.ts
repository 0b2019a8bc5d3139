import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readingThrough, VolumeReader, type Spawner } from '@main/compute';
import { Project, type Holder, type VolumeReading } from '@main/project';
import { followLocal } from '@main/project/disk/mirror';
import { placeOf } from '@main/project/disk/place';
import { rebuildCache } from '@main/project/import';
import { UserData } from '@main/project/userData';
import type { AppEvent, AppInfo, GrowthResult, ProjectInfo, VolumeRecipe } from '@shared/domain';
import { UserError } from '@shared/errors';
import { appInfo } from './appInfo';
import { BlockLibrary } from './blockLibrary';
import { EncoderLibrary } from './encoderLibrary';
import { EventBus } from './events';
import { Engines } from './engines';
import { Imports } from './imports';
import { bringHere } from './elsewhere';
import { Session } from './session';
import { StudyImports } from './studyImports';
import { Tasks, type TaskTools } from './tasks';
import { VolumeFiles } from './volumeFiles';

export type Elsewhere = 'ask' | 'there' | 'bring';
export type Shell = AppInfo['shell'];
/** The system's own dialog for files and folders; null when the person cancels. */
export type Pick = (
  what: 'files' | 'folder' | 'project' | 'save-csv',
  suggestion: string | undefined,
) => Promise<string[] | null>;

export interface ServicesOptions {
  readonly shell: Shell;
  /** Starts the compute processes. */
  readonly spawner: Spawner;
  /** Starts the process that reads volumes. */
  readonly volumeSpawner: Spawner;
  /** Where settings and recent projects are kept; the user's own folder unless given. */
  readonly userDataDir?: string;
  readonly pick?: Pick;
  /** Opens another window onto the same project. */
  readonly openWindow?: () => void;
  /** Opens a folder in the system's file manager. */
  readonly showFolder?: (dir: string) => Promise<void>;
  /** Path of the socket on which this process answers command lines; named in the lock of the open project. */
  readonly socket?: string;
}

const HOLDER: Record<Shell, Holder['holder']> = { electron: 'app', browser: 'serve', 'command-line': 'cli' };

/** Everything that lives as long as the process: who listens, what is being imported, and the one open project. */
export class Services {
  readonly shell: Shell;
  readonly events = new EventBus();
  /** Long work that belongs to no open project. */
  readonly tasks = new Tasks((event) => this.events.publish(event));
  readonly user: UserData;
  readonly imports: Imports;
  /** Studies that come in while people work. */
  readonly studies: StudyImports;
  readonly engines: Engines;
  readonly blocks: BlockLibrary;
  readonly volumes: VolumeFiles;
  /** Reads volumes of studies. */
  readonly reading: VolumeReading;
  readonly encoders: EncoderLibrary;
  /** Folders that were exported: no others are shown. */
  readonly exported = new Set<string>();
  #session: Session | null = null;
  /** Opening and closing happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** The open project is about to be opened anew. */
  #replacing: Promise<unknown> | null = null;

  constructor(private readonly options: ServicesOptions) {
    this.shell = options.shell;
    this.user = new UserData(options.userDataDir);
    this.blocks = new BlockLibrary(join(this.user.dir, 'blocks'), options.spawner);
    const reader = new VolumeReader(options.volumeSpawner);
    this.volumes = new VolumeFiles(reader);
    this.reading = readingThrough(reader);
    this.encoders = new EncoderLibrary(join(this.user.dir, 'encoders'), options.spawner);
    this.imports = new Imports(
      join(this.user.dir, 'imports'),
      { usual: () => this.info().projectsDir, local: () => this.localProjectsDir() },
      (progress) => this.events.publish({ type: 'import', progress }),
      this.reading,
    );
    this.studies = new StudyImports(this, (event) => this.events.publish(event));
    this.engines = new Engines(options.spawner, (progress) => this.events.publish({ type: 'engine', progress }));
  }

  info(): AppInfo {
    return appInfo(this.shell, this.user);
  }

  /** @throws UserError value-invalid where the shell has no dialogs (a browser lists folders instead) */
  pick(...request: Parameters<Pick>): ReturnType<Pick> {
    if (!this.options.pick) throw new UserError('value-invalid', 'this shell has no dialogs of its own');
    return this.options.pick(...request);
  }

  /** @throws UserError value-invalid where the shell opens no windows (a browser opens a tab) */
  openWindow(): void {
    if (!this.options.openWindow) throw new UserError('value-invalid', 'this shell opens no windows of its own');
    this.options.openWindow();
  }

  /** @throws UserError value-invalid for a folder that was not exported here, and where the shell shows none */
  async show(dir: string): Promise<void> {
    if (!this.options.showFolder || !this.exported.has(dir))
      throw new UserError(
        'value-invalid',
        "only a folder that was just exported can be shown, and only in the app's own window",
      );
    await this.options.showFolder(dir);
  }

  get current(): Session | null {
    return this.#session;
  }

  /** The open project. @throws UserError project-missing */
  session(): Session {
    if (!this.#session) throw new UserError('project-missing', 'no project is open');
    return this.#session;
  }

  /** Whoever asks while the open project is opened anew waits for that: a label that is set then is set in the project as it will be. */
  async ready(): Promise<void> {
    while (this.#replacing && (this.#session?.project.isOutgrown ?? true)) await this.#replacing;
  }

  /** Nothing meant for one project may reach another. @throws UserError project-changed */
  expectProject(id: string | null): void {
    if (id !== null && id !== this.#session?.project.id)
      throw new UserError('project-changed', 'another project was opened meanwhile: nothing was done');
  }

  /**
   * Opens a project and then closes the one before; opening the open one changes nothing. A folder of backups leads to the
   * project on this workstation that they are of.
   * @param elsewhere what to do where it lies on a network or in a cloud's folder (contract)
   * @param task by which bringing it can be followed and called off
   * @throws UserError `project-remote` where that was to be asked
   */
  open(asked: string, elsewhere: Elsewhere = 'there', task?: string): Promise<Session> {
    return this.#inTurn(async () => {
      const found = followLocal(asked);
      if (this.#session?.isIn(found)) {
        if (elsewhere !== 'bring') return this.#session;
        // It is copied as it lies, by whoever holds it: nobody else may then.
        await this.#close();
      }
      const dir = elsewhere === 'there' ? found : await this.#local(found, elsewhere, task);
      const project = await this.#openProject(dir);
      await cacheThere(project);
      const before = this.#session;
      this.#session = this.#sessionOf(project);
      if (!project.readOnly) await this.#session.runs.settle();
      this.user.remember(project.dir, project.name);
      this.events.publish({ type: 'project', info: this.#session.info() });
      await before?.close();
      return this.#session;
    });
  }

  /** A project that lies elsewhere is brought onto this workstation, or the person is asked. @returns where to open it */
  async #local(dir: string, elsewhere: 'ask' | 'bring', task: string | undefined): Promise<string> {
    const place = placeOf(dir);
    if (place.kind === 'local' || !existsSync(join(dir, 'project.db'))) return dir;
    if (elsewhere === 'ask') throw new UserError('project-remote', place.name ?? place.kind, { file: dir });
    const bring = (tools?: TaskTools): Promise<string> =>
      bringHere(dir, this.localProjectsDir(), HOLDER[this.shell], tools);
    return task === undefined ? bring() : this.tasks.run(task, 'copy', bring);
  }

  /** Where projects go that must lie on a disk of this machine. @throws UserError `project-remote` where there is none */
  localProjectsDir(): string {
    const { projectsDir } = this.info();
    const local = [projectsDir, join(this.user.dir, 'projects')].find((dir) => placeOf(dir).kind === 'local');
    if (local === undefined)
      throw new UserError(
        'project-remote',
        'neither the folder for projects nor that of the settings lies on a disk of this machine',
        {
          file: projectsDir,
        },
      );
    return local;
  }

  /**
   * Adds to the open project, and opens it anew: samples, splits and classes are others then.
   * @throws UserError `run-refused` while a run trains on it
   */
  grow(add: (project: Project) => Promise<Omit<GrowthResult, 'splitVersion'>>): Promise<GrowthResult> {
    return this.#inTurn(async () => {
      const { result, session } = await this.#anew('then add the data', add);
      return { ...result, splitVersion: session.project.splits.version };
    });
  }

  /**
   * Another way in which volumes of studies become what the network sees: features, probe and what is held of volumes are others then.
   * @throws UserError `run-refused` while a run trains on it, `value-invalid` where the project has no volumes of studies
   */
  setInput(recipe: VolumeRecipe): Promise<ProjectInfo> {
    return this.#inTurn(async () => {
      const { session } = await this.#anew('then change what the network sees', (project) =>
        Promise.resolve(project.setInput(recipe)),
      );
      return session.info();
    });
  }

  /** Changes the open project from the ground up, and opens it anew. */
  async #anew<T>(then: string, change: (project: Project) => Promise<T>): Promise<{ result: T; session: Session }> {
    const work = this.#replaced(then, change);
    this.#replacing = work.catch(() => undefined).then(() => (this.#replacing = null));
    return work;
  }

  async #replaced<T>(then: string, change: (project: Project) => Promise<T>): Promise<{ result: T; session: Session }> {
    const before = this.session();
    if (before.runs.summaries().some((run) => run.state === 'running' || run.state === 'queued'))
      throw new UserError('run-refused', `a run trains on this project: stop it or wait for it, ${then}`);
    const result = await change(before.project);
    this.#session = null;
    await before.close();
    const session = this.#sessionOf(await this.#openProject(before.project.dir));
    this.#session = session;
    this.events.publish({ type: 'project', info: session.info() });
    return { result, session };
  }

  #openProject(dir: string): Promise<Project> {
    return Project.open(dir, { holder: HOLDER[this.shell], socket: this.options.socket, reading: this.reading });
  }

  #sessionOf(project: Project): Session {
    return new Session(project, {
      spawner: this.options.spawner,
      publish: (event) => this.events.publish(event),
      live: this.shell !== 'command-line',
      stillGrows: () => this.studies.growing === project.id,
    });
  }

  closeProject(): Promise<void> {
    return this.#inTurn(() => this.#close());
  }

  async #close(): Promise<void> {
    const before = this.#session;
    this.#session = null;
    if (!before) return;
    this.events.publish({ type: 'project', info: null });
    await before.close();
  }

  /** What a new listener must know before the news. */
  present(): AppEvent[] {
    const session = this.#session;
    if (!session) return [{ type: 'project', info: null }];
    return [
      ...(this.studies.status ? [{ type: 'studies' as const, status: this.studies.status }] : []),
      { type: 'project', info: session.info() },
      { type: 'probe', status: session.probeStatus },
      { type: 'runs', runs: session.runs.summaries() },
      { type: 'storage', status: session.storage.status },
    ];
  }

  /** Ends running work, closes the project and lets go of its lock. */
  async close(): Promise<void> {
    this.engines.close();
    await this.studies.cancel();
    await this.volumes.end();
    await this.imports.close();
    await this.closeProject();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

export const createServices = (options: ServicesOptions): Services => new Services(options);

/**
 * `cache/` may be deleted: pixels and thumbnails are made anew from the originals. Without the originals the project opens all the
 * same, for its labels; each picture then says what is missing.
 */
async function cacheThere(project: Project): Promise<void> {
  if (existsSync(join(project.cacheDir, 'thumbs.bin'))) return;
  try {
    await rebuildCache(project);
    await project.pixels.close();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`the pictures of ${project.name} could not be read anew: ${error.message}`);
  }
}
