import type { Duplicates } from '@main/project/import';
import { countDuplicates, countTestLeaks, describePairs, MOST_LOOKED_AT } from '@main/project/import';
import { SPLIT_CODES } from '@main/project';
import type { AppEvent, NearSearch } from '@shared/domain';
import { errorData, UserError } from '@shared/errors';
import type { Session } from './session';

const STILL: Pick<NearSearch, 'done' | 'secondsLeft' | 'reason'> = { done: 0, secondsLeft: null, reason: null };

/** The search for near-duplicates that an import leaves undone: a child process does it, labels and pages go on meanwhile. */
export class NearSearchJob {
  #running: { abort: AbortController; ended: Promise<void>; status: NearSearch } | null = null;
  #failure: string | null = null;

  constructor(
    private readonly session: Session,
    private readonly publish: (event: AppEvent) => void,
  ) {}

  get status(): NearSearch {
    if (this.#running) return this.#running.status;
    const { splits, duplicates } = this.session.project;
    if (splits.nearLookedFor) return { state: 'done', ...STILL, done: 1 };
    if (this.#failure !== null) return { state: 'failed', ...STILL, reason: this.#failure };
    return { state: duplicates.search ?? 'not-looked', ...STILL };
  }

  /** Begins by itself where the import did not look because there were too many, unless a person ended it. */
  startUnasked(): void {
    const { splits, duplicates, index, readOnly } = this.session.project;
    if (!readOnly && !splits.nearLookedFor && duplicates.search === null && index.size > MOST_LOOKED_AT)
      void this.start();
  }

  /** Resolves when it has ended, however it did; one that runs already goes on. */
  start(): Promise<void> {
    if (this.#running) return this.#running.ended;
    if (this.session.project.splits.nearLookedFor) return Promise.resolve();
    this.#failure = null;
    this.session.project.duplicates.setSearch(null);
    const abort = new AbortController();
    this.#running = { abort, ended: Promise.resolve(), status: { state: 'running', ...STILL } };
    this.#running.ended = this.#work(abort.signal);
    this.#say();
    return this.#running.ended;
  }

  /** Ends it at once and leaves nothing behind; it does not begin by itself again. */
  async cancel(): Promise<void> {
    if (!this.#running) return;
    this.session.project.duplicates.setSearch('cancelled');
    await this.close();
  }

  async close(): Promise<void> {
    this.#running?.abort.abort();
    await this.#running?.ended;
  }

  async #work(signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    try {
      const found = await this.session.compute.findDuplicates(this.session.project.likeness, {
        signal,
        onProgress: (done) => {
          if (!this.#running) return;
          const seconds = (performance.now() - begun) / 1000;
          const secondsLeft = done > 0.02 ? (seconds * (1 - done)) / done : null;
          this.#running.status = { state: 'running', done, secondsLeft, reason: null };
          this.#say();
        },
      });
      this.#keep(found);
    } catch (error) {
      if (!signal.aborted) {
        this.#failure = errorData(error).message;
        console.error('near-duplicates could not be looked for:', error);
      }
    } finally {
      this.#running = null;
    }
    if (this.session.closed) return;
    this.#say();
    this.session.frameChanged();
  }

  #keep(found: Duplicates): void {
    const { project } = this.session;
    const { index } = project;
    if (found.firstEqual.length !== index.size)
      throw new UserError('value-invalid', 'samples were added meanwhile: look again');
    if (!found.nearLookedFor) return project.duplicates.setSearch('too-many');
    const samples = {
      count: index.size,
      id: (key: number) => index.id(key),
      split: (key: number) => SPLIT_CODES[index.splits[key]!]!,
      class: (key: number) => project.duplicates.side(key).class,
      answers: (key: number) => project.duplicates.side(key).answers,
    };
    const { component, componentSizes } = found;
    project.duplicates.keep({
      near: describePairs(found, samples).filter((pair) => !pair.exact),
      counts: countDuplicates(found, samples),
      component,
      componentSizes,
      leaks: (split) => countTestLeaks(found, index.size, split),
    });
  }

  #say(): void {
    this.publish({ type: 'near', search: this.status });
  }
}
