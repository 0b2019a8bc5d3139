import type {
  EngineReport,
  EngineStatus,
  BoosterResult,
  BoosterVerdict,
  ActivityPage,
  BlockOffer,
  DuplicatePair,
  Figures,
  FolderListing,
  GrowthResult,
  GrowthReview,
  ImportDecisions,
  ImportResult,
  ImportReview,
  LabelEvent,
  EncoderOffer,
  LibraryBlock,
  LibraryEncoder,
  RecipeOptions,
  RunDetail,
  RunEstimate,
  RunSummary,
  Scope,
  RelinkResult,
  PartialTableMap,
  StorageInfo,
  TablePreview,
} from '@shared/domain';
import { recipeOf } from '@shared/domain';
import type { Client } from '@shared/contract';
import { provideServices } from '@renderer/stores/services';
import { MemoryServices } from './memoryServices';

const estimate = (value: number, low: number, high: number, method: 'delong' | 'bootstrap' | 'wilson' = 'delong') => ({
  value,
  low,
  high,
  method,
});

/** Figures of two classes as the services would give them. */
export function figures(change: Partial<Figures> = {}): Figures {
  const points = Array.from({ length: 40 }, (_, i) => {
    const fpr = i / 39;
    const tpr = Math.min(1, fpr ** 0.22);
    return { fpr, tpr, low: Math.max(0, tpr - 0.05), high: Math.min(1, tpr + 0.04) };
  });
  return {
    run: null,
    head: 'probe',
    scope: 'oof',
    samples: 610,
    groups: 583,
    leftOut: { unsure: 12, excluded: 2, unlabelled: 0, leak: 0 },
    rule: { kind: 'threshold', value: 0.5 },
    positive: 0,
    auc: estimate(0.893, 0.861, 0.919),
    aucWithUnsure: estimate(0.886, 0.85, 0.91),
    acc: estimate(0.866, 0.84, 0.89, 'wilson'),
    majority: 0.733,
    balancedAccuracy: estimate(0.809, 0.77, 0.84, 'bootstrap'),
    sensitivityAtSpecificity90: estimate(0.72, 0.64, 0.79, 'bootstrap'),
    quadraticKappa: null,
    meanAbsoluteError: null,
    calibrationError: estimate(0.041, 0.03, 0.06, 'bootstrap'),
    roc: [{ class: 0, auc: 0.893, points }],
    operatingPoint: { fpr: 0.07, tpr: 0.69 },
    reliability: Array.from({ length: 10 }, (_, i) => {
      const predicted = (i + 0.5) / 10;
      return {
        predicted,
        observed: predicted + 0.03 * Math.sin(i),
        low: predicted - 0.08,
        high: predicted + 0.08,
        count: 61,
      };
    }),
    answers: [],
    confusion: [
      [112, 51],
      [31, 416],
    ],
    warnings: [{ key: 'training-variance', values: {} }],
    timesScored: 0,
    ...change,
  };
}

const both = (oof: number, val: number) => ({
  oof: { auc: oof, acc: 0.86 },
  val: { auc: val, acc: 0.85 },
  test: null,
});

export function runSummary(number: number, change: Partial<RunSummary> = {}): RunSummary {
  return {
    id: `run-${number}`,
    number,
    name: '',
    note: '',
    preset: 'quick',
    mode: 'outer',
    core: 'block',
    engine: 'onnx cpu, 2 threads',
    state: 'done',
    error: null,
    startedAt: '2025-11-21T09:30:00Z',
    seconds: 14.2,
    epochs: 15,
    epochsDone: 15,
    journal: 640,
    splitVersion: 1,
    predictor: 'plain',
    scores: { probe: both(0.885, 0.88), plain: both(0.892, 0.89), chosen: both(0.896, 0.895) },
    timesScored: 0,
    testVoided: false,
    predicting: false,
    verdict: null,
    ...change,
  };
}

/** What a check found. */
function boosterFound(verdict: BoosterVerdict): BoosterResult {
  const pairs = [
    ['block', 'plain', 0.021, 0.006],
    ['block', 'random', 0.004, 0.009],
    ['block', 'mlp', 0.012, 0.008],
    ['random', 'plain', 0.017, 0.007],
    ['mlp', 'plain', 0.009, 0.008],
  ] as const;
  return {
    verdict,
    delta: 0.01,
    seeds: 5,
    folds: 5,
    groups: 560,
    samples: 624,
    arms: (['plain', 'block', 'random', 'mlp'] as const).map((arm, i) => ({
      arm,
      auc: 0.87 + 0.005 * i,
      perSeed: [0.87, 0.88, 0.86, 0.87, 0.87],
    })),
    comparisons: pairs.map(([first, second, mean, error]) => ({
      first,
      second,
      mean,
      low: mean - 2 * error,
      high: mean + 2 * error,
      low90: mean - 1.7 * error,
      high90: mean + 1.7 * error,
      p: 0.01,
      pHolm: 0.02,
      bootstrap: { low: mean - 0.01, high: mean + 0.01 },
    })),
  };
}

export function runDetail(summary: RunSummary): RunDetail {
  const epochs = Array.from({ length: summary.epochsDone }, (_, i) => i + 1);
  return {
    summary,
    recipe: recipeOf({ preset: summary.preset, mode: summary.mode, core: summary.core, seed: 3 }),
    lines: (['plain', 'chosen'] as const).flatMap((part, p) =>
      epochs.map((epoch) => ({
        part,
        epoch,
        step: epoch * 18,
        trainLoss: 0.72 * Math.exp(-epoch / 5) + 0.1,
        valLoss: 0.7 * Math.exp(-epoch / 6) + 0.24,
        valAuc: 0.9 - 0.25 * Math.exp(-epoch / 3) - 0.01 * (1 - p),
        learningRate: 1e-3,
      })),
    ),
    log: ['features: 780 of 780 in the cache', 'probe: C = 0.01, out-of-fold AUC .885', 'epoch 9: validation AUC .893'],
    booster: summary.verdict ? boosterFound(summary.verdict) : null,
    samples: { train: 532, val: 78, test: 156, leftOut: 14 },
  };
}

export function review(change: Partial<ImportReview> = {}): ImportReview {
  const side = (index: number, id: string, split: 'train' | 'val' | 'test', label: number) => ({
    index,
    id,
    split,
    class: label,
    answers: null,
  });
  const pair = (i: number, more: Partial<DuplicatePair> = {}): DuplicatePair => ({
    a: side(2 * i, `test_${String(76 + i).padStart(4, '0')}`, 'test', 1),
    b: side(2 * i + 1, `train_${String(115 + i).padStart(4, '0')}`, 'train', 1),
    exact: false,
    likeness: 0.9993 - i * 0.0001,
    differentLabels: false,
    acrossSplits: i < 56,
    component: i,
    componentSize: 2,
    ...more,
  });
  const pairs = Array.from({ length: 104 }, (_, i) =>
    i === 0
      ? pair(0, { exact: true, likeness: 1, differentLabels: true, b: side(1, 'train_0115', 'train', 0) })
      : pair(i),
  );
  return {
    importId: 'draft',
    name: 'breastmnist',
    sources: ['/data/breastmnist.npz'],
    samples: 780,
    dimensions: '2d',
    classes: [
      { id: 0, name: 'malignant', short: 'malignant', count: 210 },
      { id: 1, name: 'normal, benign', short: 'benign', count: 570 },
    ],
    kind: 'single',
    kindFromOfficialTable: true,
    unlabelled: 0,
    folders: null,
    officialSplits: { train: 546, val: 78, test: 156 },
    patientsKnown: 0,
    patientLeaks: 0,
    groups: 676,
    table: null,
    duplicates: { exact: 1, near: 103, withDifferentLabels: 4, testLeaks: 28 },
    pairs,
    pairsInAll: 104,
    largeComponents: 0,
    nearLookedFor: true,
    likeness: 0.99,
    splits: {
      official: { train: 546, val: 78, test: 156 },
      'leak-free': { train: 492, val: 75, test: 156 },
      new: { train: 546, val: 78, test: 156 },
    },
    suggested: { policy: 'official', positive: 0 },
    quarantined: [],
    ...change,
  };
}

export const importResult: ImportResult = {
  project: '/home/r/Residua/breastmnist.residua',
  samples: 780,
  classes: ['malignant', 'normal, benign'],
  splits: { train: 546, val: 78, test: 156 },
  groups: 690,
  duplicates: { exact: 1, near: 103, withDifferentLabels: 4, testLeaks: 28 },
  nearLookedFor: true,
  stratified: true,
  quarantined: [],
};

export const runEstimate = (options: RecipeOptions): RunEstimate => ({
  recipe: recipeOf(options),
  samples: { train: 532, val: 78 },
  leftOut: { unsure: 12, excluded: 2, unlabelled: 0, leak: 0 },
  seconds: 14.2,
  memoryFrom: 'sizes',
  foldsSeconds: null,
  memoryBytes: 412_000_000,
  measuring: false,
  engine: 'onnx · CPU, 2 cores',
  refused: null,
});

export function labelEvent(position: number, change: Partial<LabelEvent> = {}): ActivityPage['events'][number] {
  return {
    id: `event-${position}`,
    device: 'd',
    clock: position,
    time: new Date(Date.UTC(2025, 10, 21, 9, 0, position)).toISOString(),
    sample: `train_${String(position % 12).padStart(4, '0')}`,
    contentHash: 'h',
    scheme: 's',
    schemeVersion: 1,
    target: 'label',
    box: null,
    reader: position % 3 ? 'Reader A' : 'Reader B',
    oldValue: { class: 1 },
    newValue: { class: 0 },
    oldState: 'labelled',
    newState: position % 4 ? 'checked' : 'unsure',
    reason: null,
    note: position % 5 ? null : 'margin?',
    origin: 'read',
    context: null,
    batch: null,
    refers: null,
    ...change,
    position,
    key: position % 12,
  };
}

export const storageInfo = (change: Partial<StorageInfo> = {}): StorageInfo => ({
  dir: '/data/breast.residua',
  place: { kind: 'local', name: null },
  space: { freeBytes: 80e9, totalBytes: 500e9, level: 'enough' },
  missingOriginals: 0,
  missingFrom: null,
  limits: [],
  picturesMissing: false,
  backupsTo: null,
  backupProblem: null,
  sizes: {
    database: 2e6,
    pixels: 611_520,
    thumbnails: 0,
    features: 9e6,
    runs: 3e6,
    backups: 1e6,
    exports: 0,
    originals: 560_000,
  },
  needless: { backups: 800_000, checkpoints: 2_000_000 },
  originals: [{ path: '/data/breastmnist.npz', kind: 'npz', samples: 780, missing: 0, examples: [] }],
  given: null,
  lastBackup: null,
  ...change,
});

const folder = (dir: string): FolderListing => ({
  dir,
  parent: dir === '/home/r' ? null : '/home/r',
  entries:
    dir === '/home/r'
      ? [
          { name: 'scans', path: '/home/r/scans', kind: 'folder', bytes: null },
          { name: 'breast.residua', path: '/home/r/breast.residua', kind: 'project', bytes: null },
          { name: 'a.npz', path: '/home/r/a.npz', kind: 'file', bytes: 560_000 },
          { name: 'b.npz', path: '/home/r/b.npz', kind: 'file', bytes: 1_200 },
        ]
      : [],
});

/** `MemoryServices` with what the pages of import, training, checking and activity ask for. */
const shape = {
  family: 'LLaMA',
  name: 'llama-7b',
  width: 4096,
  heads: 32,
  keyValueHeads: 32,
  hidden: 11008,
  parameters: 202_383_360,
  licence: 'other',
  absorbed: true,
  rotary: true,
};
const blockOffer = (path: string): BlockOffer => ({
  ...shape,
  path,
  format: 'safetensors',
  layers: [0, 1, 31],
  layerCount: 32,
  types: ['F16'],
});
const encoderOffer = (path: string): EncoderOffer => ({
  path,
  format: 'safetensors',
  family: 'DINOv2',
  name: 'dinov2-base',
  licence: null,
  width: 768,
  heads: 12,
  layers: 12,
  patch: 14,
  parameters: 86_000_000,
  imageSize: 518,
  channels: 3,
  types: ['F32'],
});
const libraryEncoder = (from: string): LibraryEncoder => {
  const {
    path: _path,
    format: _format,
    imageSize: _size,
    channels: _channels,
    types: _types,
    ...shape
  } = encoderOffer(from);
  const id = 'dinov2-base-0123456789ab.safetensors';
  return { ...shape, id, path: `/home/user/residua/encoders/${id}`, sha256: 'ab'.repeat(32), bytes: 173_000_000, from };
};

const libraryBlock = (from: string, layer: number): LibraryBlock => ({
  ...shape,
  id: `llama-7b-layer-${layer}.safetensors`,
  path: `/home/user/residua/blocks/llama-7b-layer-${layer}.safetensors`,
  layer,
  from,
  sha256: 'ab12'.repeat(16),
  bytes: 404_800_000,
});

export class PageServices extends MemoryServices {
  runs: RunSummary[] = [];
  library: LibraryBlock[] = [];
  encoders: LibraryEncoder[] = [];
  review: ImportReview = review();
  figures: Figures = figures();
  suspects: number[] = [1, 4, 7, 2];
  events: ActivityPage['events'] = [];
  schemeEvents: ActivityPage['schemes'] = [];
  withheld = 0;
  storage: StorageInfo = storageInfo();
  relinked: RelinkResult = {
    matched: 700,
    missing: ['a/1.png'],
    missingInAll: 1,
    different: [],
    differentInAll: 0,
    sources: [],
    rebuilt: false,
  };
  engines: EngineReport = {
    engines: [
      {
        name: 'onnx',
        state: 'ready',
        version: null,
        device: 'CPU, 2 threads',
        reason: null,
        dir: null,
        places: [
          { place: 'cpu', ready: true, name: 'a processor', memoryBytes: 8 * 2 ** 30, why: null, reason: null },
          { place: 'webgpu', ready: false, name: null, memoryBytes: null, why: 'noGpu', reason: 'no adapter' },
          { place: 'dml', ready: false, name: null, memoryBytes: null, why: 'noProvider', reason: 'no provider' },
        ],
      },
      {
        name: 'tensorflow',
        state: 'absent',
        version: null,
        device: null,
        reason: 'not installed',
        dir: null,
        places: [
          { place: 'cpu', ready: false, name: null, memoryBytes: null, why: 'notInstalled', reason: 'not installed' },
          { place: 'cuda', ready: false, name: null, memoryBytes: null, why: 'notInstalled', reason: 'not installed' },
        ],
      },
    ],
    gpu: { gpus: [], found: [], missing: ['libcudart.so.12'] },
    unsupported: null,
  };
  committed: ImportDecisions | null = null;
  /** Procedures that fail, by name, with what they throw. */
  readonly failing = new Map<string, unknown>();
  /** Held answers by name. */
  readonly held = new Map<string, Promise<void>>();
  /** What a folder's table holds; null: it comes without one. */
  preview: TablePreview | null = null;
  growth: GrowthReview | null = null;

  override get client(): Client {
    const base = super.client;
    const call =
      <I, O>(name: string, answer: (input: I) => O | Promise<O>) =>
      async (input: I): Promise<O> => {
        this.calls.push({ name, input });
        await this.held.get(name);
        if (this.failing.has(name)) throw this.failing.get(name);
        return answer(input);
      };
    const found = (id: string): RunSummary => this.runs.find((run) => run.id === id)!;
    const change = (id: string, part: Partial<RunSummary>): RunSummary => {
      this.runs = this.runs.map((run) => (run.id === id ? { ...run, ...part } : run));
      this.say({ type: 'runs', runs: this.runs });
      return found(id);
    };
    const client = {
      ...base,
      app: {
        ...base.app,
        listFolder: call('app.listFolder', ({ dir }: { dir: string | null }) => folder(dir ?? '/home/r')),
        pick: call('app.pick', () => ['/home/r/a.npz']),
        forgetRecent: call('app.forgetRecent', ({ dir }: { dir: string }) => {
          this.app = { ...this.app, recent: this.app.recent.filter((r) => r.dir !== dir) };
          return this.app;
        }),
      },
      project: {
        ...base.project,
        open: call('project.open', () => this.info!),
        close: call('project.close', () => ({})),
        rename: call('project.rename', ({ name }: { name: string }) => (this.info = { ...this.info!, name })),
        setRule: call('project.setRule', (rule: Figures['rule']) => (this.info = { ...this.info!, rule })),
        setClasses: call('project.setClasses', (input: { classes: never[]; positive: number | null }) => {
          const scheme = { ...this.info!.scheme, ...input, version: this.info!.scheme.version + 1 };
          return (this.info = { ...this.info!, scheme });
        }),
      },
      volumes: { textQueue: call('volumes.textQueue', () => ({ keys: [] })) },
      imports: {
        inspect: call('imports.inspect', () => ({ importId: 'draft' })),
        listStudies: call('imports.listStudies', () => null),
        previewTable: call(
          'imports.previewTable',
          ({ map }: { map: PartialTableMap }) => this.preview && { ...this.preview, map },
        ),
        review: call('imports.review', () => this.review),
        commit: call('imports.commit', ({ decisions }: { decisions: ImportDecisions }) => {
          this.committed = decisions;
          return importResult;
        }),
        reviewGrowth: call('imports.reviewGrowth', () => this.growth!),
        grow: call('imports.grow', () => ({}) as GrowthResult),
        cancel: call('imports.cancel', () => ({})),
      },
      labels: {
        ...base.labels,
        activity: call('labels.activity', (input: { before: number | null; limit: number; reader?: string }) => {
          const fitting = this.events.filter(
            (e) => (input.before === null || e.position < input.before) && (!input.reader || e.reader === input.reader),
          );
          return {
            events: fitting.slice(0, input.limit),
            schemes: this.schemeEvents,
            patients: [],
            boxes: [],
            withheld: this.withheld,
            more: fitting.length > input.limit,
            canUndo: true,
            canRedo: false,
          };
        }),
        rereads: call('labels.rereads', () => []),
        exportCsv: call('labels.exportCsv', ({ file }: { file: string }) => ({ file, rows: 780 })),
        importCsv: call('labels.importCsv', ({ file }: { file: string }) => ({ file, rows: 780, changed: 3 })),
      },
      encoders: {
        library: call('encoders.library', () => this.encoders),
        inspect: call('encoders.inspect', ({ path }: { path: string }) => encoderOffer(path)),
        add: call('encoders.add', ({ path }: { path: string }) => {
          const encoder = libraryEncoder(path);
          this.encoders = [...this.encoders, encoder];
          return encoder;
        }),
      },
      blocks: {
        library: call('blocks.library', () => this.library),
        inspect: call('blocks.inspect', ({ path }: { path: string }) => blockOffer(path)),
        add: call('blocks.add', ({ path, layer }: { path: string; layer: number }) => {
          const block = libraryBlock(path, layer);
          this.library = [...this.library, block];
          return block;
        }),
        remove: call('blocks.remove', ({ id }: { id: string }) => {
          this.library = this.library.filter((block) => block.id !== id);
          return this.library;
        }),
      },
      training: {
        runs: call('training.runs', () => this.runs),
        run: call('training.run', ({ run }: { run: string }) => runDetail(found(run))),
        estimate: call('training.estimate', (options: RecipeOptions) => runEstimate(options)),
        start: call('training.start', (options: RecipeOptions) => {
          const busy = this.runs.some((run) => run.state === 'running');
          const { mode = 'outer', core = 'block' } = options;
          const state = busy ? 'queued' : 'running';
          const run = runSummary(this.runs.length + 1, { mode, core, state, epochsDone: 0, seconds: null });
          this.runs = [run, ...this.runs];
          this.say({ type: 'runs', runs: this.runs });
          return run;
        }),
        pause: call('training.pause', ({ run, paused }: { run: string; paused: boolean }) =>
          change(run, { state: paused ? 'paused' : 'running' }),
        ),
        stop: call('training.stop', ({ run }: { run: string }) => change(run, { state: 'stopped' })),
        resume: call('training.resume', ({ run }: { run: string }) => change(run, { state: 'running' })),
        annotate: call('training.annotate', ({ run, name, note }: { run: string; name: string; note: string }) =>
          change(run, { name, note }),
        ),
        choosePredictor: call('training.choosePredictor', () => this.info!.predictor),
        pauseProbe: call('training.pauseProbe', () => ({})),
        exportModel: call('training.exportModel', () => ({
          folder: '/project/exports/model-run-14',
          files: [
            { name: 'model.onnx', bytes: 90e6, precision: 'float32', difference: 2e-7, compared: 8 },
            { name: 'model-fp16.onnx', bytes: 45e6, precision: 'float16', difference: 3e-4, compared: 8 },
          ],
        })),
        scoreTest: call('training.scoreTest', ({ run }: { run: string }) => change(run, { timesScored: 1 })),
      },
      engines: {
        report: call('engines.report', () => this.engines),
        install: call('engines.install', () => {
          const ready: EngineStatus = {
            ...this.engines.engines[1]!,
            state: 'ready',
            version: '2.18.1',
            device: 'CPU, 2 threads',
            reason: null,
          };
          this.engines = { ...this.engines, engines: [this.engines.engines[0]!, ready] };
          return ready;
        }),
        cancel: call('engines.cancel', () => ({})),
        remove: call('engines.remove', () => ({})),
      },
      storage: {
        info: call('storage.info', () => this.storage),
        clear: call('storage.clear', () => this.storage),
        relink: call('storage.relink', () => this.relinked),
        cancel: call('storage.cancel', () => ({})),
      },
      insight: {
        figures: call('insight.figures', (input: { scope: Scope; run: string | null }) => ({
          ...this.figures,
          ...input,
        })),
        cell: call('insight.cell', () => ({ keys: [3, 9] })),
        suspects: call('insight.suspects', () => ({ keys: this.suspects })),
      },
    };
    return client as unknown as Client;
  }

  override install(): this {
    const client = this.client;
    provideServices({
      client,
      onEvents: () => () => undefined,
      pixelsUrl: (path) => `memory://${path}`,
      useProject: () => undefined,
    });
    return this;
  }
}
