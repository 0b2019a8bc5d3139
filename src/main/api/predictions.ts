import type { ProbeAnswer } from '@main/compute';
import type { Grouped } from '@main/insight';
import { SPLIT_CODES, type Predictions } from '@main/project';
import { readRunRecipe } from '@main/training/runFiles';
import { readPredictions } from '@main/training/runFolder';
import { takesPart, type AppEvent, type Head, type PredictorInfo, type Scope } from '@shared/domain';
import { scopeRows } from './scopes';
import type { Session } from './session';

/** Milliseconds without newer predictions before their interval is drawn anew: thousands of resamples after each key would be in the next one's way. */
const INTERVAL_LATER = 300;

/** Which predictions stand beside the labels, where they come from, and how good they are. */
export class PredictionsOnScreen {
  info: PredictorInfo | null = null;
  #probe: { predictions: Predictions; journal: number; at: string; seconds: number } | null = null;
  /** Bumped by every change of predictor; slower answers of an earlier one are dropped. */
  #turn = 0;
  #later: NodeJS.Timeout | undefined;

  constructor(
    private readonly session: Session,
    private readonly publish: (event: AppEvent) => void,
  ) {}

  /** Position in the label journal that the live probe was fitted on; null before its first answer. */
  get probeJournal(): number | null {
    return this.#probe?.journal ?? null;
  }

  probeAnswered(answer: ProbeAnswer, journal: number): void {
    const { project } = this.session;
    const probabilities = answer.probabilities;
    this.#probe = {
      predictions: {
        run: null,
        head: 'probe',
        classes: this.session.classes().ids,
        ...withoutTest(project.index.splits, probabilities, answer.kind),
      },
      journal,
      at: new Date().toISOString(),
      seconds: answer.seconds,
    };
    if (this.info === null || this.info.run === null) void this.choose();
  }

  /** The probe's answers stand for nothing any more. */
  forget(): void {
    this.#probe = null;
    void this.choose();
  }

  /** Puts the predictor of now on screen: the person's choice, else the default rule (SCIENCE section 6). */
  async choose(): Promise<void> {
    const turn = ++this.#turn;
    const { run, head, chosenByPerson } = this.chosen();
    if (run !== null) {
      const { startedAt, seconds } = this.session.runs.info(run);
      const updatedAt = new Date(Date.parse(startedAt) + 1000 * (seconds ?? 0)).toISOString();
      try {
        const predictions = await this.ofRun(run, head);
        if (turn !== this.#turn || this.session.closed) return;
        if (predictions) return this.#show(predictions, { run, head, chosenByPerson, updatedAt, seconds });
      } catch (error) {
        console.error(`predictions of ${run} cannot be read`, error);
      }
    }
    if (turn !== this.#turn || this.session.closed) return;
    if (!this.#probe) return this.#show(null, null);
    const { predictions, at, seconds } = this.#probe;
    this.#show(predictions, {
      run: null,
      head: 'probe',
      chosenByPerson: chosenByPerson && run === null,
      updatedAt: at,
      seconds,
    });
  }

  /**
   * Predictions of a run's head, test samples only once that run has scored them; `run: null` is the live probe. null where
   * the run knew other classes or other samples than the project has now.
   * @throws UserError run-failed where the run has none (yet)
   */
  async ofRun(run: string | null, head: Head, scope: Scope = 'oof'): Promise<Predictions | null> {
    if (run === null) return this.#probe?.predictions ?? null;
    const { project, runs } = this.session;
    const { folder } = runs.info(run);
    const { probabilities, kind } = await readPredictions(folder, head, scope);
    const ids = this.session.classes().ids;
    const columns = readRunRecipe(folder).classes.ids;
    if (kind.length !== project.index.size || columns.length !== ids.length) return null;
    const order = ids.map((id) => columns.indexOf(id));
    if (order.includes(-1)) return null;
    const inOrder = probabilities.map((_, i) => {
      const row = i - (i % ids.length);
      return probabilities[row + order[i % ids.length]!]!;
    });
    const shown =
      project.testScored(run).times > 0
        ? { probabilities: inOrder, kind }
        : withoutTest(project.index.splits, inOrder, kind);
    return { run, head, classes: ids, ...shown };
  }

  announce(): void {
    this.publish({ type: 'predictions', predictor: this.info });
  }

  chosen(): { run: string | null; head: Head; chosenByPerson: boolean } {
    const { project, runs } = this.session;
    const choice = project.predictorChoice;
    if (choice) return { ...choice, chosenByPerson: true };
    const last = runs.lastDone();
    if (last?.predictor && last.predictor !== 'probe' && last.splitVersion === project.splits.version)
      return { run: last.id, head: last.predictor, chosenByPerson: false };
    return { run: null, head: 'probe', chosenByPerson: false };
  }

  #show(
    predictions: Predictions | null,
    about: Pick<PredictorInfo, 'run' | 'head' | 'chosenByPerson' | 'updatedAt' | 'seconds'> | null,
  ): void {
    const { project } = this.session;
    project.setPredictions(predictions);
    if (!predictions || !about) {
      this.info = null;
      return this.announce();
    }
    const rows = scopeRows(project, this.session.classes(), predictions, 'oof');
    const width = predictions.classes.length;
    const counted = [...rows.keys.keys()].filter(
      (row) =>
        rows.labels[row]! >= 0 &&
        rows.leaks[row] === 0 &&
        takesPart(rows.states[row]!) &&
        !Number.isNaN(rows.probabilities[row * width]),
    );
    // The last interval stays on screen for the moment that the new one takes.
    const same = this.info?.run === about.run && this.info.head === about.head;
    this.info = { ...about, auc: same ? this.info!.auc : null, samples: counted.length };
    this.announce();
    const turn = ++this.#turn;
    const scored = (): Grouped => ({
      labels: Int32Array.from(counted, (row) => rows.labels[row]!),
      groups: Uint32Array.from(counted, (row) => rows.groups[row]!),
      probabilities: Float32Array.from({ length: counted.length * width }, (_, i) => {
        return rows.probabilities[counted[Math.floor(i / width)]! * width + (i % width)]!;
      }),
      classes: width,
    });
    clearTimeout(this.#later);
    if (!same) return void this.#measure(turn, scored());
    this.#later = setTimeout(() => void this.#measure(turn, scored()), INTERVAL_LATER).unref();
  }

  /** How good the predictions on screen are, with its interval. */
  async #measure(turn: number, scored: Grouped): Promise<void> {
    const stale = (): boolean => turn !== this.#turn || !this.info || this.session.closed;
    if (stale()) return;
    try {
      const { value, low, high } = await this.session.statistics.run('auc', scored);
      if (stale()) return;
      const auc = value === null ? null : { value, low: low ?? value, high: high ?? value };
      this.info = { ...this.info!, auc };
      this.publish({ type: 'predictor', predictor: this.info });
    } catch (error) {
      if (!this.session.closed) console.error('the interval of the AUC could not be computed', error);
    }
  }
}

/** SCIENCE section 3: test samples carry no prediction until the test split was scored for that run. */
function withoutTest(
  splits: Uint8Array,
  probabilities: Float32Array,
  kind: Uint8Array,
): { probabilities: Float32Array; kind: Uint8Array } {
  const width = probabilities.length / kind.length;
  const masked = { probabilities: probabilities.slice(), kind: kind.slice() };
  for (let key = 0; key < kind.length; key++)
    if (SPLIT_CODES[splits[key]!] === 'test') {
      masked.probabilities.fill(Number.NaN, key * width, (key + 1) * width);
      masked.kind[key] = 0;
    }
  return masked;
}
