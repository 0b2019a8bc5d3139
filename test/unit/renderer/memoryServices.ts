import type {
  AppEvent,
  AppInfo,
  Facets,
  LabelChange,
  LabelEvent,
  LabelState,
  LabelUndone,
  ProjectInfo,
  ReaderPlace,
  ReadingContext,
  SampleFilter,
  SampleRow,
} from '@shared/domain';
import type { Client } from '@shared/contract';
import { UserError } from '@shared/errors';
import { canonicalAnswers } from '@shared/scheme';
import { dispatchEvent } from '@renderer/stores/events';
import { provideServices } from '@renderer/stores/services';
import { packKeys } from '@shared/sampleKeys';

export const CLASSES = [
  { id: 0, name: 'malignant', short: 'malignant', colour: '#E69F00', key: 'Digit1', order: 0 },
  { id: 1, name: 'normal, benign', short: 'benign', colour: '#56B4E9', key: 'Digit2', order: 1 },
];

export function projectInfo(change: Partial<ProjectInfo> = {}): ProjectInfo {
  return {
    id: 'p1',
    dir: '/data/breast.residua',
    name: 'Breast ultrasound',
    samples: 12,
    dimensions: '2d',
    scheme: {
      id: 's',
      version: 1,
      kind: 'single',
      classes: CLASSES,
      positive: 0,
      retired: [],
      merged: {},
      split: {},
    },
    splits: {
      version: 1,
      policy: 'official',
      seed: 1,
      createdAt: '2025-01-01T00:00:00Z',
      counts: { train: 8, val: 2, test: 2 },
      leftOutAsLeak: 0,
      patientsKnown: false,
      testLeaks: 0,
      patientLeaks: 0,
      nearLookedFor: true,
      stratified: true,
    },
    duplicates: { exact: 0, near: 0, withDifferentLabels: 0, testLeaks: 0 },
    nearSearch: { state: 'done', done: 1, secondsLeft: null, reason: null },
    pairsUndecided: 0,
    quarantined: [],
    input: {
      imageSize: 84,
      resize: 'bicubic-antialias',
      letterbox: false,
      normalise: 'imagenet',
      fullScale: 255,
      axes: 'image',
    },
    flips: false,
    groups: 12,
    validationUnreliable: false,
    reader: 'Reader A',
    readers: ['Reader A'],
    rule: { kind: 'argmax' },
    journal: 12,
    changedSinceRun: 0,
    predictor: {
      run: null,
      head: 'probe',
      chosenByPerson: false,
      auc: { value: 0.893, low: 0.86, high: 0.92 },
      samples: 10,
      updatedAt: '2025-01-01T00:00:00Z',
      seconds: 0.8,
    },
    probe: { state: 'ready', done: 12, total: 12, secondsLeft: null, reason: null, waiting: null, missing: 0 },
    testScored: { times: 0, runs: 0 },
    readOnly: false,
    ...change,
  };
}

export function row(key: number, change: Partial<SampleRow> = {}): SampleRow {
  const test = key % 6 === 5;
  const label = key % 3 === 0 ? 0 : 1;
  const p = (key % 10) / 10;
  const predicted = p >= 0.5 ? 0 : 1;
  return {
    key,
    id: `train_${String(key).padStart(4, '0')}`,
    split: test ? 'test' : key % 7 === 3 ? 'val' : 'train',
    leak: false,
    group: key,
    groupSize: 1,
    class: label,
    answers: null,
    former: null,
    state: 'labelled',
    reader: 'import',
    note: null,
    reason: null,
    changedAt: null,
    size: [28, 28, 1],
    prediction: test
      ? null
      : {
          kind: 'out-of-fold',
          class: predicted,
          answers: null,
          probabilities: [p, 1 - p],
          agrees: predicted === label,
        },
    ...change,
  };
}

interface Step {
  readonly key: number;
  readonly before: SampleRow;
  readonly after: SampleRow;
}

/** Services in memory, in the shape of the contract: what tests of the window stand on. */
export class MemoryServices {
  readonly places = new Map<string, ReaderPlace>();
  readonly rows = new Map<number, SampleRow>();
  readonly calls: { name: string; input: unknown }[] = [];
  readonly contexts: (ReadingContext | null)[] = [];
  info: ProjectInfo | null;
  app: AppInfo;
  /** Held answers of `labels.set`: the disk is as slow as a test wants it. */
  gate: Promise<void> | null = null;
  refuse: UserError | null = null;
  /** What `samples.list` answers in place of all keys. */
  order: ((filter: SampleFilter) => number[]) | null = null;
  #done: Step[][] = [];
  #undone: Step[][] = [];
  #journal = 12;

  constructor(count = 12, info: Partial<ProjectInfo> = {}) {
    for (let key = 0; key < count; key += 1) this.rows.set(key, row(key));
    this.info = projectInfo({ samples: count, ...info });
    this.app = {
      version: '0.1.0',
      shell: 'browser',
      platform: 'linux',
      settings: { locale: 'en', theme: 'dark', reader: null, shortcuts: {}, ui: {} },
      recent: [],
      samples: [],
      projectsDir: '/home/r/Residua',
      engine: 'onnx cpu',
    };
  }

  install(): this {
    provideServices({
      client: this.client,
      onEvents: () => () => undefined,
      pixelsUrl: (path) => `memory://${path}`,
      useProject: () => undefined,
    });
    return this;
  }

  say(event: AppEvent): void {
    dispatchEvent(event);
  }
  called(name: string): unknown[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.input);
  }

  keys(filter: SampleFilter): number[] {
    return [...this.rows.values()]
      .filter((r) => !filter.splits || filter.splits.includes(r.split))
      .filter((r) => !filter.classes || filter.classes.includes(r.class))
      .filter((r) => !filter.states || filter.states.includes(r.state))
      .filter((r) => !filter.text || r.id.includes(filter.text))
      .filter((r) => !filter.keys || filter.keys.includes(r.key))
      .map((r) => r.key);
  }

  facets(filter: SampleFilter): Facets {
    const every = [...this.rows.values()];
    const count = <T>(of: (r: SampleRow) => T): { value: T; count: number }[] => {
      const found = new Map<T, number>();
      for (const r of every) found.set(of(r), (found.get(of(r)) ?? 0) + 1);
      return [...found].map(([value, n]) => ({ value, count: n }));
    };
    return {
      total: every.length,
      matching: this.keys(filter).length,
      splits: count((r) => r.split),
      classes: count((r) => r.class),
      states: count((r) => r.state),
      predicted: count((r) => r.prediction?.class ?? null),
      agreement: count((r) => (r.prediction?.agrees == null ? 'none' : r.prediction.agrees ? 'agrees' : 'disagrees')),
      answers: [],
      readers: count((r) => r.reader ?? ''),
      labelProbability: Array.from({ length: 20 }, (_, i) => i * i),
      metadata: [],
    };
  }

  #apply(key: number, change: LabelChange, bulk: boolean): Step {
    const before = this.rows.get(key)!;
    const state: LabelState =
      change.state ??
      (change.class === undefined && change.answers === undefined ? before.state : bulk ? 'labelled' : 'checked');
    const after: SampleRow = {
      ...before,
      class: change.class ?? before.class,
      answers: change.answers ? canonicalAnswers({ ...before.answers, ...change.answers }) : before.answers,
      state,
      note: change.note ?? before.note,
      reason: change.reason ?? null,
      reader: this.info?.reader ?? null,
      changedAt: '2025-01-01T10:00:00Z',
    };
    this.rows.set(key, after);
    return { key, before, after };
  }
  #saved(steps: readonly Step[]): { saved: true; events: string[]; batch: string | null; journal: number } {
    this.#journal += steps.length;
    return { saved: true, events: steps.map((s) => `e${s.key}`), batch: null, journal: this.#journal };
  }
  #step(from: Step[][], to: Step[][], back: boolean): LabelUndone {
    const steps = from.pop();
    if (!steps) throw new UserError(back ? 'nothing-to-undo' : 'nothing-to-redo', 'nothing is left');
    to.push(steps);
    for (const s of steps) this.rows.set(s.key, back ? s.before : s.after);
    const first = steps[0]!;
    const [a, b] = back ? [first.after, first.before] : [first.before, first.after];
    return {
      ...this.#saved(steps),
      keys: steps.map((s) => s.key),
      sample: first.before.id,
      oldValue: a.class === null ? null : { class: a.class },
      newValue: b.class === null ? null : { class: b.class },
      oldState: a.state,
      newState: b.state,
    };
  }

  history(key: number): LabelEvent[] {
    const r = this.rows.get(key)!;
    return [
      {
        id: `i${key}`,
        device: 'd',
        clock: key,
        time: '2025-01-01T09:12:00Z',
        sample: r.id,
        contentHash: 'h',
        scheme: 's',
        schemeVersion: 1,
        target: 'label',
        box: null,
        reader: 'import',
        oldValue: null,
        newValue: r.class === null ? null : { class: r.class },
        oldState: 'unlabelled',
        newState: 'labelled',
        reason: null,
        note: null,
        origin: 'imported',
        context: null,
        batch: null,
        refers: null,
      },
    ];
  }

  /** The procedures that these tests call; any other one fails as missing. */
  get client(): Client {
    const call =
      <I, O>(name: string, answer: (input: I) => O | Promise<O>) =>
      async (input: I): Promise<O> => {
        this.calls.push({ name, input });
        return answer(input);
      };
    const client = {
      app: {
        info: call('app.info', () => this.app),
        saveSettings: call('app.saveSettings', (change: Partial<AppInfo['settings']>) => {
          this.app = { ...this.app, settings: { ...this.app.settings, ...change } };
          return this.app.settings;
        }),
      },
      project: {
        info: call('project.info', () => this.info),
        setReader: call(
          'project.setReader',
          ({ reader }: { reader: string }) => (this.info = { ...this.info!, reader }),
        ),
      },
      samples: {
        list: call('samples.list', ({ filter }: { filter: SampleFilter }) => ({
          packed: packKeys(this.order ? this.order(filter) : this.keys(filter)),
        })),
        rows: call('samples.rows', ({ keys }: { keys: number[] }) =>
          keys.flatMap((key) => {
            const found = this.rows.get(key);
            return found ? [{ ...found }] : [];
          }),
        ),
        facets: call('samples.facets', ({ filter }: { filter: SampleFilter }) => this.facets(filter)),
        detail: call('samples.detail', ({ key }: { key: number }) => ({
          row: this.rows.get(key)!,
          contentHash: 'h',
          channels: 1,
          dtype: 'uint8',
          source: 'breastmnist.npz',
          metadata: [],
          history: this.history(key),
          neighbours: [1, 2, 3, 4].map((k) => ({ key: k, id: this.rows.get(k)!.id, class: k % 2, distance: k })),
          twins: [],
        })),
      },
      labels: {
        set: call(
          'labels.set',
          async (input: { keys: number[]; change: LabelChange; origin: string; context: ReadingContext | null }) => {
            await this.gate;
            if (this.refuse) throw this.refuse;
            const steps = input.keys.map((key) => this.#apply(key, input.change, input.origin === 'bulk'));
            this.#done.push(steps);
            this.#undone = [];
            this.contexts.push(input.context);
            return this.#saved(steps);
          },
        ),
        accept: call('labels.accept', ({ keys }: { keys: number[] }) => {
          const steps = keys.map((key) => this.#apply(key, { class: this.rows.get(key)!.prediction!.class! }, true));
          this.#done.push(steps);
          return this.#saved(steps);
        }),
        undo: call('labels.undo', () => this.#step(this.#done, this.#undone, true)),
        redo: call('labels.redo', () => this.#step(this.#undone, this.#done, false)),
        activity: call('labels.activity', () => ({
          events: [],
          schemes: [],
          patients: [],
          boxes: [],
          withheld: 0,
          more: false,
          canUndo: this.#done.length > 0,
          canRedo: this.#undone.length > 0,
        })),
      },
      training: { runs: call('training.runs', () => []) },
      returning: {
        last: call('returning.last', () => ({ label: null, run: null })),
        place: call('returning.place', ({ reader }: { reader: string }) => this.places.get(reader) ?? null),
        keepPlace: call('returning.keepPlace', ({ reader, place }: { reader: string; place: ReaderPlace }) => {
          this.places.set(reader, place);
          return {};
        }),
      },
    };
    return client as unknown as Client;
  }
}
