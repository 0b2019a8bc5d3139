import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { VolumeProblem } from '@main/formats/volumes';
import type { VolumeListing } from '@main/formats/volumes';
import type { Project, VolumeReading } from '@main/project';
import { describeStudies, holdStudies, middleThumb, type DescribedStudies } from '@main/project/import';
import { likelyPositive, withMoreClasses } from '@main/project/import/classes';
import type { AppEvent, PartialTableMap, StudyImport, StudyListing, StudyOptions } from '@shared/domain';
import { errorData, UserError } from '@shared/errors';
import type { Frame } from '@shared/pixels';
import type { Services } from './services';

export interface StudyRequest {
  readonly paths: readonly string[];
  readonly table?: string;
  readonly map?: PartialTableMap;
}
export interface BeginRequest extends StudyRequest {
  readonly options: StudyOptions;
  readonly into: boolean;
  readonly decisions: {
    readonly name: string;
    readonly dir: string | null;
    readonly classes: readonly string[];
    readonly positive: string | null;
    readonly ordered: boolean;
    readonly flips: boolean;
  };
}

/** Milliseconds that volumes that were read wait for others: each time some come in, the splits get a new version and the windows a new list. */
const WAIT = 20_000;
/** Milliseconds until it is tried again while a run trains on the project. */
const AGAIN = 3000;
type Refused = StudyImport['refused'][number];

/** Studies on their way into a project: the first one makes it, the others come while people work in it. */
export class StudyImports {
  status: StudyImport | null = null;
  #listed: { readonly key: string; readonly listing: Promise<VolumeListing> } | null = null;
  /** Of the last list. */
  #items: DescribedStudies['items'] = [];
  /** Id of the project that they come into. */
  #into: string | null = null;
  #abort = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly services: Pick<Services, 'imports' | 'reading' | 'current' | 'open' | 'grow' | 'session'>,
    private readonly publish: (event: AppEvent) => void,
  ) {}

  /** The volumes in files and folders; null where they hold something else. */
  async list(request: StudyRequest & { patients: string }, into: Project | null): Promise<StudyListing | null> {
    const paths = request.paths.map((path) => resolve(path));
    if (!(await areStudies(paths))) return null;
    this.#listed = null;
    return (await this.#described({ ...request, paths }, request.patients, into)).listing;
  }

  /** Middle slices of listed volumes, by their places in the list; what cannot be read has none. */
  async thumbs(places: readonly number[]): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (const key of places) {
      const entry = this.#items[key]?.entry;
      if (!entry) continue;
      try {
        const volume = await this.services.reading.open(entry);
        try {
          const thumb = await middleThumb(volume);
          frames.push({ key, ...thumb, depth: 1, channels: entry.header.components, type: 'uint8', low: 0, high: 255 });
        } finally {
          await volume.close();
        }
      } catch (error) {
        if (!(error instanceof VolumeProblem)) throw error;
      }
    }
    return frames;
  }

  /** @returns the project's folder, once its first sample is there. @throws UserError where none can be read */
  async begin({ options, decisions, into, ...asked }: BeginRequest): Promise<{ project: string }> {
    if (this.#busy)
      throw new UserError('value-invalid', 'studies are being imported already: wait for them, or cancel');
    const request = { ...asked, paths: asked.paths.map((path) => resolve(path)) };
    const project = into ? this.services.session().project : null;
    const { items } = await this.#described(request, options.patients, project);
    const chosen = new Set(
      options.only ?? items.filter(({ kind }) => options.kinds.includes(kind)).map((i) => i.entry.id),
    );
    const ids = items.map(({ entry }) => entry.id).filter((id) => chosen.has(id));
    if (ids.length === 0) throw new UserError('file-no-samples', 'no volume is chosen', { file: request.paths[0] });
    this.#abort = new AbortController();
    const studies = { ...options, only: ids };
    const batches = new Batches(this.#reading(request.paths), items, this.#abort.signal);
    this.#into = null;
    this.#tell({
      state: 'reading',
      done: 0,
      total: ids.length,
      added: 0,
      refused: [],
      secondsLeft: null,
      reason: null,
    });
    try {
      if (project) {
        this.#into = project.id;
        this.#running = this.#bring(batches, ids, { ...request, studies }, project.id, Date.now());
        return { project: project.dir };
      }
      const started = Date.now();
      const first = await this.#first(batches, ids);
      const { imports } = this.services;
      const { importId } = imports.inspect({
        ...request,
        name: decisions.name,
        studies,
        batch: [first],
        reading: batches.reading,
      });
      const review = await imports.review(importId);
      const classes = review.kind === 'answers' ? review.classes : withMoreClasses(review.classes, decisions.classes);
      const positive = classes.find(({ name }) => name === decisions.positive)?.id ?? likelyPositive(classes, review);
      const { project: dir } = await imports.commit(importId, {
        name: decisions.name,
        dir: decisions.dir,
        policy: review.suggested.policy,
        classes: [...classes],
        positive: review.kind === 'answers' || classes.length !== 2 ? null : positive,
        kind: decisions.ordered && review.kind === 'single' ? 'ordered' : review.kind,
        flips: decisions.flips,
        pairs: {},
        seed: 1,
      });
      batches.done(first);
      const session = await this.services.open(dir);
      this.#into = session.project.id;
      session.project.putAside(batches.takeRefused());
      this.#tell({ added: 1 });
      const rest = ids.slice(ids.indexOf(first) + 1);
      this.#running = this.#bring(batches, rest, { ...request, studies }, session.project.id, started);
      return { project: dir };
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** What is in the project stays there. */
  async cancel(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /** Id of the project that still gets studies; null where none does. */
  get growing(): string | null {
    return this.#busy ? this.#into : null;
  }

  get #busy(): boolean {
    return this.status?.state === 'reading' || this.status?.state === 'waiting';
  }

  /** The first volume that can be read. */
  async #first(batches: Batches, ids: readonly string[]): Promise<string> {
    for (const [i, id] of ids.entries()) {
      const read = await batches.read(id);
      this.#tell({ done: i + 1, refused: batches.refused });
      if (read) return id;
    }
    const [first] = batches.refused;
    throw new UserError('file-no-samples', `none of ${ids.length} volumes can be read (${first?.reason ?? ''})`);
  }

  /** Reads the others one after the other, and adds them some at a time: ever more, so that few versions of the splits are made. */
  async #bring(
    batches: Batches,
    ids: readonly string[],
    request: StudyRequest & { studies: StudyOptions },
    project: string,
    started: number,
  ): Promise<void> {
    const { signal } = this.#abort;
    let pending: string[] = [];
    let [size, since] = [1, Date.now()];
    const before = this.status!.done;
    try {
      for (const [i, id] of ids.entries()) {
        const read = await batches.read(id);
        if (!read && signal.aborted) break;
        if (read) pending.push(id);
        const done = before + i + 1;
        const left = (ids.length - i - 1) * ((Date.now() - started) / done / 1000);
        this.#tell({ done, refused: batches.refused, secondsLeft: done > 1 ? left : null });
        if (signal.aborted) break;
        if (pending.length < size && Date.now() - since < WAIT) continue;
        if (pending.length > 0) await this.#add(batches, pending, request, project);
        [pending, size, since] = [[], 2 * size, Date.now()];
      }
      await this.#add(batches, pending, request, project);
      this.#tell({ state: signal.aborted ? 'cancelled' : 'done', secondsLeft: null });
    } catch (error) {
      this.#fail(error);
    } finally {
      // By the next import there may be other files.
      this.#listed = null;
    }
  }

  async #add(
    batches: Batches,
    batch: readonly string[],
    request: StudyRequest & { studies: StudyOptions },
    id: string,
  ): Promise<void> {
    for (;;) {
      const session = this.services.current;
      if (session?.project.id !== id) throw new UserError('project-changed', 'its project was closed');
      const refused = batches.takeRefused();
      if (refused.length > 0) session.project.putAside(refused);
      if (batch.length === 0) return;
      const { imports } = this.services;
      const { importId } = imports.inspect({ ...request, batch, reading: batches.reading }, session.project);
      try {
        const { added } = await imports.reviewGrowth(importId);
        if (added > 0)
          await this.services.grow((project) =>
            imports.grow(importId, project, { changes: 'none', pairs: {}, patients: 'keep', voidTestScores: false }),
          );
        for (const volume of batch) batches.done(volume);
        this.#tell({ state: 'reading', added: this.status!.added + added });
        return;
      } catch (error) {
        const waits = error instanceof UserError && (error.code === 'run-refused' || error.code === 'project-changed');
        if (!waits || this.#abort.signal.aborted) throw error;
        this.#tell({ state: 'waiting' });
        await new Promise((resolve) => setTimeout(resolve, AGAIN).unref());
      } finally {
        await imports.cancel(importId);
      }
    }
  }

  #fail(error: unknown): void {
    const data = errorData(error);
    const state = this.#abort.signal.aborted ? 'cancelled' : data.code === 'project-changed' ? 'stopped' : 'failed';
    // Words of an error of ours name no file of a study; anything else is a defect, and its trace belongs on stderr.
    if (data.code === 'internal') console.error('importing studies failed', error);
    this.#tell({ state, secondsLeft: null, reason: state === 'failed' ? data.message : null });
  }

  #tell(change: Partial<StudyImport>): void {
    const before = this.status ?? {
      state: 'reading',
      done: 0,
      total: 0,
      added: 0,
      refused: [],
      secondsLeft: null,
      reason: null,
    };
    this.status = { ...before, ...change };
    this.publish({ type: 'studies', status: this.status });
  }

  async #described(
    { paths, table, map }: StudyRequest,
    patients: string,
    into: Project | null,
  ): Promise<DescribedStudies> {
    const stored = into?.sources().findLast((source) => source.map)?.map;
    const listing = await this.#reading(paths).list(paths);
    const described = await describeStudies(listing, { paths, table: table && resolve(table), map, stored, patients });
    this.#items = described.items;
    return described;
  }

  /** Lists the same paths once. */
  #reading(of: readonly string[]): VolumeReading {
    const { reading } = this.services;
    return {
      ...reading,
      list: (paths, signal) => {
        const key = JSON.stringify(paths);
        if (key !== JSON.stringify(of)) return reading.list(paths, signal);
        if (this.#listed?.key !== key) {
          const listing = reading.list(paths);
          listing.catch(() => (this.#listed = null));
          this.#listed = { key, listing };
        }
        return this.#listed.listing;
      },
    };
  }
}

/** Volumes that were read and are not in the project yet, so that they are read once. */
class Batches {
  readonly #digests = new Map<string, ReturnType<VolumeReading['digest']>>();
  readonly #names: ReadonlyMap<string, DescribedStudies['items'][number]>;
  readonly reading: VolumeReading;
  readonly refused: Refused[] = [];
  #told = 0;

  constructor(
    reading: VolumeReading,
    items: DescribedStudies['items'],
    private readonly signal: AbortSignal,
  ) {
    this.#names = new Map(items.map((item) => [item.entry.id, item]));
    this.reading = {
      ...reading,
      digest: (entry, signal) => this.#digests.get(entry.id) ?? reading.digest(entry, signal),
    };
  }

  /** @returns whether it can be read; what cannot is put aside */
  async read(id: string): Promise<boolean> {
    const item = this.#names.get(id)!;
    const digest = this.reading.digest(item.entry, this.signal);
    this.#digests.set(id, digest);
    try {
      await digest;
      return true;
    } catch (error) {
      this.#digests.delete(id);
      if (this.signal.aborted) return false;
      if (!(error instanceof VolumeProblem)) throw error;
      this.refused.push({
        file: [item.folder, item.files[0]].filter(Boolean).join('/'),
        reason: error.toRefusal().reason,
      });
      return false;
    }
  }

  done(id: string): void {
    this.#digests.delete(id);
  }

  /** Those that were not taken before. */
  takeRefused(): Refused[] {
    const fresh = this.refused.slice(this.#told);
    this.#told = this.refused.length;
    return fresh;
  }
}

async function areStudies(paths: readonly string[]): Promise<boolean> {
  const kinds = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        (found) => (found.isDirectory() ? ('folder' as const) : ('file' as const)),
        () => null,
      ),
    ),
  );
  return kinds.every((kind) => kind !== null) && holdStudies(paths, kinds);
}
