import type { ProbeAnswer } from '@main/compute';
import type { Grouped } from '@main/insight';
import { lengthened, predictionsUnder, SPLIT_CODES, type Predictions } from '@main/project';
import type { ClassList } from '@main/training';
import { readRunRecipe, readSamples } from '@main/training/runFiles';
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

  /** @param classes that it was fitted for; where those of now are others, its answers are not shown */
  probeAnswered(answer: ProbeAnswer, journal: number, classes: ClassList): void {
    const { project } = this.session;
    const probabilities = answer.probabilities;
    this.#probe = {
      predictions: {
        run: null,
        head: 'probe',
        classes: classes.ids,
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

  /** Puts the predictor of now on screen: the person's choice, else the default rule (docs/science.md, section 6). */
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
    const { at, seconds } = this.#probe;
    const predictions = predictionsUnder(this.#probe.predictions, this.session.project.scheme);
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
   * the run knew other classes, other splits or other samples than the project has now.
   * @throws UserError run-failed where the run has none (yet)
   */
  async ofRun(run: string | null, head: Head, scope: Scope = 'oof'): Promise<Predictions | null> {
    const { project, runs } = this.session;
    if (run === null) return this.#probe && predictionsUnder(this.#probe.predictions, project.scheme);
    const { folder, splitVersion } = runs.info(run);
    if (splitVersion !== project.splits.version) return null;
    const { probabilities, kind } = await readPredictions(folder, head, scope);
    const columns = readRunRecipe(folder).classes.ids;
    if (kind.length > project.index.size) return null;
    await withoutMoved(project, folder, probabilities, kind);
    const present = predictionsUnder({ run, head, classes: columns, probabilities, kind }, project.scheme);
    if (!present) return null;
    const all = lengthened(present, project.index.size);
    return project.scorings.count(run).times > 0
      ? all
      : { ...all, ...withoutTest(project.index.splits, all.probabilities, all.kind) };
  }

  announce(): void {
    this.publish({ type: 'predictions', predictor: this.info });
  }

  chosen(): { run: string | null; head: Head; chosenByPerson: boolean } {
    const { project, runs } = this.session;
    const choice = project.predictorChoice;
    if (choice) return { ...choice, chosenByPerson: true };
    const last = runs.lastDone('quick');
    if (last?.predictor && last.predictor !== 'probe' && last.splitVersion === project.splits.version)
      return { run: last.id, head: last.predictor, chosenByPerson: false };
    return { run: null, head: 'probe', chosenByPerson: false };
  }

  #show(
    given: Predictions | null,
    about: Pick<PredictorInfo, 'run' | 'head' | 'chosenByPerson' | 'updatedAt' | 'seconds'> | null,
  ): void {
    const { project } = this.session;
    // Boxes that were drawn meanwhile have none.
    const predictions = given && lengthened(given, project.index.size);
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
      answers:
        rows.answers &&
        Uint8Array.from({ length: counted.length * width }, (_, i) => {
          return rows.answers![counted[Math.floor(i / width)]! * width + (i % width)]!;
        }),
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
      const auc = value === null ? null : { value, low, high };
      this.info = { ...this.info!, auc };
      this.publish({ type: 'predictor', predictor: this.info });
    } catch (error) {
      if (!this.session.closed) console.error('the interval of the AUC could not be computed', error);
    }
  }
}

/** A box that was moved since holds other pixels than those that were predicted: its prediction goes. In place. */
async function withoutMoved(
  { boxes, index }: Session['project'],
  folder: string,
  probabilities: Float32Array,
  kind: Uint8Array,
): Promise<void> {
  const boxed = boxes.list().filter(({ key }) => key < kind.length);
  if (boxed.length === 0) return;
  const width = probabilities.length / kind.length;
  const then = await readSamples(folder);
  for (const { key } of boxed) {
    if (then[key]?.contentHash === index.contentHash(key)) continue;
    probabilities.fill(Number.NaN, key * width, (key + 1) * width);
    kind[key] = 0;
  }
}

/** docs/science.md, section 3: test samples carry no prediction until the test split was scored for that run. */
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
