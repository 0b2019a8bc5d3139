import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { trainsEncoder } from '@shared/domain';
import type { RunProgress } from '@shared/domain';
import { errorData, UserError } from '@shared/errors';
import type { Engine } from '@main/engine';
import { openPixels } from '@main/project';
import { trainBooster } from './booster/boosterRun';
import { Features } from './features';
import { trainFull } from './full/fullRun';
import { fitRunProbe } from './runProbe';
import { FoldHeads } from './foldHeads';
import { Heads } from './heads';
import { HeadWork } from './headWork';
import type { HeadEngines } from './headWork';
import { exportWhole } from './exportModel';
import { waitWhilePaused } from './pause';
import type { Pause } from './pause';
import { readRunData } from './runData';
import type { RunData } from './runData';
import { readScores, readStatus, RUN_FILES, writeJson } from './runFiles';
import type { RunStatus } from './runFiles';
import { encoderPathOf } from './encoderChoice';
import { predictionFile } from './runFolder';
import { engineOf } from './runEngine';
import { RunLog } from './runLog';
import { writeScores } from './runScores';
import type { RunScores } from './types';

export interface ExecuteOptions {
  readonly onProgress?: (progress: RunProgress) => void;
  /** Between two messages about progress alone [ms]; 0 tells of every step. */
  readonly quiet?: number;
  /** Aborting keeps the best so far: the run ends as `stopped`, and can be gone on with. */
  readonly signal?: AbortSignal;
  /** Holds the run between two steps. */
  readonly pause?: Pause;
  readonly threads?: number;
}
export interface RunOutcome {
  readonly state: 'done' | 'stopped';
  readonly scores: RunScores;
}

/**
 * Executes a run folder: features, probe, `plain`, the chosen head, then all of them in folds. After a crash it goes on at
 * the epoch that was cut off, bit for bit. The test split is read for its features and never scored.
 */
export async function executeRun(folder: string, options: ExecuteOptions = {}): Promise<RunOutcome> {
  const before = readStatus(folder);
  if (before.state === 'done') return { state: 'done', scores: readScores(folder).scores };
  const data = await readRunData(folder);
  const log = new RunLog(folder, data.content.recipe.epochs, options.onProgress, options.quiet);
  const status: RunStatus = { ...before, startedAt: before.startedAt ?? new Date().toISOString(), error: null };
  const mark = async (state: RunStatus['state'], error: string | null = null): Promise<void> => {
    await writeJson(folder, RUN_FILES.state, {
      ...status,
      state,
      error,
      seconds: (before.seconds ?? 0) + log.seconds,
    } satisfies RunStatus);
  };
  try {
    const threads = options.threads ?? availableParallelism();
    const { recipe } = data.content;
    const engine = await engineOf(recipe, { threads, begun: before });
    // libtensorflow has one pool of threads in a process, which everything shares; a GPU is shared as well.
    const part = (few: number): Promise<Engine> =>
      few === threads || engine.name === 'tensorflow' || engine.place !== 'cpu'
        ? Promise.resolve(engine)
        : engineOf({ engine: 'onnx', device: 'cpu' }, { threads: few });
    status.engine = engine.description;
    status.on = { engine: engine.name, place: engine.place };
    status.device = `${process.platform} ${process.arch}`;
    await mark('running');
    await log.say(before.startedAt === null ? `begins on ${engine.description}` : `goes on on ${engine.description}`);
    const state = trainsEncoder(data.content.recipe.preset)
      ? await trainFull(data, engine, log, options)
      : await work(data, { whole: engine, threads, part }, log, options);
    await writeScores(data);
    await log.say(state === 'done' ? `done after ${log.seconds.toFixed(1)} s` : 'stopped: keeps the best so far');
    await mark(state);
    return { state, scores: readScores(folder).scores };
  } catch (error) {
    const stopped = options.signal?.aborted && error instanceof UserError && error.code === 'cancelled';
    const { message } = errorData(error);
    await log.say(stopped ? 'stopped' : `failed: ${message}`);
    await mark(stopped ? 'stopped' : 'failed', stopped ? null : message);
    if (stopped) return { state: 'stopped', scores: readScores(folder).scores };
    throw error;
  }
}

async function work(
  data: RunData,
  engines: HeadEngines,
  log: RunLog,
  { signal, pause }: ExecuteOptions,
): Promise<RunOutcome['state']> {
  const { folder } = data;
  const features = await openFeatures(data, engines.whole);
  await prepare(data, features, log, signal, pause);
  if (data.content.recipe.preset === 'booster') return trainBooster(data, features, engines, log, { signal, pause });
  if (!existsSync(predictionFile(folder, 'probe'))) await fitRunProbe(data, features, engines.whole, log);
  const heads = new HeadWork(data, features, engines, log, signal, pause);
  if (!(await new Heads(heads).train())) return 'stopped';
  await writeScores(data);
  if (!(await new FoldHeads(heads).train())) return 'stopped';
  if (!existsSync(join(folder, RUN_FILES.model))) await exportWhole(data, log);
  return 'done';
}

export function openFeatures(data: RunData, engine: Engine): Promise<Features> {
  return Features.open({
    cacheDir: join(data.projectDir, 'cache'),
    encoderPath: encoderPathOf(data.content.recipe),
    input: data.content.input,
    engine: () => Promise.resolve(engine),
  });
}

/** Features of all samples that have a split or may get one, of test too: pixels alone, no label. */
async function prepare(
  data: RunData,
  features: Features,
  log: RunLog,
  signal?: AbortSignal,
  pause?: Pause,
): Promise<void> {
  const pixels = await openPixels(data.projectDir, data.content.input);
  try {
    const sources = data.samples.map((s) => ({ contentHash: s.contentHash, frame: () => pixels.frame(s.key) }));
    const computed = await features.prepare(sources, data.content.recipe.taps, {
      signal,
      beforeBatch: () => waitWhilePaused(log, pause, signal),
      onProgress: ({ done, total, secondsLeft }) => log.progress('features', done, total, secondsLeft),
    });
    if (computed > 0) await log.say(`computed features of ${computed} samples`);
  } finally {
    await pixels.close();
    await features.dispose();
  }
}
