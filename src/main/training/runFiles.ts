import { existsSync, readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  blockLayers,
  boosterResult,
  engineName,
  head,
  inputRecipe,
  labelKind,
  labelState,
  metricsLine,
  place,
  recipe,
  runState,
  score,
  split,
} from '@shared/domain';
import type { Answer, BoosterResult, LabelAnswers, MetricsLine } from '@shared/domain';
import { UserError } from '@shared/errors';
import { readTable, writeCsv } from '@main/formats';
import { writeWhole } from './atomic';
import type { TrainingSample } from './types';

/** Names inside a run's folder. */
export const RUN_FILES = {
  recipe: 'recipe.json',
  samples: 'samples.csv',
  state: 'state.json',
  metrics: 'metrics.jsonl',
  log: 'log.txt',
  scores: 'scores.json',
  model: 'model.onnx',
  booster: 'booster.json',
} as const;

const weights = z.object({ file: z.string(), sha256: z.string() });

/**
 * Of `recipe.json`. 1: before options of the recipe had their versions. What came to be since is absent there, and absent options
 * mean what they meant.
 */
export const RUN_FORMAT = 2;

/** `recipe.json`: with `samples.csv` all that repeats the run. Unknown keys are refused: a run does all that its recipe says. */
export const runRecipe = z.strictObject({
  format: z.literal(RUN_FORMAT),
  number: z.number().int().positive(),
  name: z.string(),
  note: z.string(),
  createdAt: z.string(),
  versions: z.record(z.string(), z.string()),
  /** The project's folder, from the run's. */
  project: z.string(),
  recipe,
  input: inputRecipe,
  /** Left and right do not matter for the classes: pictures may be flipped and turned. */
  flips: z.boolean().default(false),
  classes: z.object({
    ids: z.array(z.number().int()).min(1),
    names: z.array(z.string()),
    positive: z.number().int().nullable(),
    kind: labelKind,
  }),
  journal: z.object({ position: z.number().int(), hash: z.string().nullable() }),
  splitVersion: z.number().int(),
  schemeVersion: z.number().int(),
  /** `of`: the hash is that of the file, or of the encoder in it as it is computed with. */
  encoder: weights.extend({ of: z.enum(['file', 'encoder']).default('file') }),
  /** `of`: the hash is that of the file, or of the block in it as it is computed with, however large the file is. */
  block: weights.extend({ layer: blockLayers, of: z.enum(['file', 'block']).default('file') }).nullable(),
});
export type RunRecipe = z.infer<typeof runRecipe>;

/** `state.json`: how far the run is. */
export const runStatus = z.object({
  state: runState,
  error: z.string().nullable(),
  startedAt: z.string().nullable(),
  /** At work, over all resumptions. */
  seconds: z.number().nullable(),
  /** In words, e.g. `onnx · CPU, 2 threads`. */
  engine: z.string(),
  /** The same for resuming; null before the run has begun. */
  on: z.object({ engine: engineName, place }).nullable().default(null),
  /** The machine's kind. */
  device: z.string(),
});
export type RunStatus = z.infer<typeof runStatus>;
export const QUEUED: RunStatus = {
  state: 'queued',
  error: null,
  startedAt: null,
  seconds: null,
  engine: 'onnx',
  on: null,
  device: '',
};

const headScores = z.object({ oof: score.nullable(), val: score.nullable(), test: score.nullable() }).nullable();
/** `scores.json` */
export const runScores = z.object({
  scores: z.object({ probe: headScores, plain: headScores, chosen: headScores }),
  predictor: head.nullable(),
});
export type RunScoresFile = z.infer<typeof runScores>;
export const NO_SCORES: RunScoresFile = { scores: { probe: null, plain: null, chosen: null }, predictor: null };

/** @throws UserError `run-missing` where the folder is no run, `file-damaged` where a file of it is not what it should be */
export function readRunRecipe(folder: string): RunRecipe {
  const file = join(folder, RUN_FILES.recipe);
  if (!existsSync(file))
    throw new UserError('run-missing', 'this folder is no run: it has no recipe.json', { file: folder });
  const value = parseFile(file, z.looseObject({ format: z.number().int().positive() }));
  if (value.format > RUN_FORMAT)
    throw new UserError(
      'file-unsupported',
      `it was written by a newer Residua (format ${value.format}, this one reads up to ${RUN_FORMAT})`,
      { file },
    );
  return parsed(file, { ...value, format: RUN_FORMAT }, runRecipe);
}

export function readStatus(folder: string): RunStatus {
  const file = join(folder, RUN_FILES.state);
  return existsSync(file) ? parseFile(file, runStatus) : QUEUED;
}

export function readScores(folder: string): RunScoresFile {
  const file = join(folder, RUN_FILES.scores);
  return existsSync(file) ? parseFile(file, runScores) : NO_SCORES;
}

/** What a finished booster check found; null where there is none. */
export function readBooster(folder: string): BoosterResult | null {
  const file = join(folder, RUN_FILES.booster);
  return existsSync(file) ? parseFile(file, boosterResult) : null;
}

export async function writeJson(folder: string, name: string, value: object): Promise<void> {
  await writeWhole(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
}

function parseFile<T>(file: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UserError('file-damaged', 'it is not JSON', { file, cause });
  }
  return parsed(file, value, schema);
}

function parsed<T>(file: string, value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UserError('file-damaged', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unexpected'}`, { file });
}

/** `fold-3/chosen` → 3; 0 for what is no fold. */
export const foldOf = ({ part }: Pick<MetricsLine, 'part'>): number => Number(/^fold-(\d+)\//.exec(part)?.[1] ?? 0);

/** Fold by fold, as equal runs have them. Whole lines only: a process that was killed may have left half of one. */
export function readLines(folder: string): MetricsLine[] {
  const file = join(folder, RUN_FILES.metrics);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => metricsLine.parse(JSON.parse(line)))
    .sort((a, b) => foldOf(a) - foldOf(b));
}

export async function appendLine(folder: string, line: MetricsLine): Promise<void> {
  await appendFile(join(folder, RUN_FILES.metrics), `${JSON.stringify(line)}\n`);
}

/** Leaves only the lines that `keeps` names: what follows a checkpoint is trained and written again. */
export async function keepLines(folder: string, keeps: (line: MetricsLine) => boolean): Promise<void> {
  const file = join(folder, RUN_FILES.metrics);
  if (!existsSync(file)) return;
  const lines = readLines(folder).filter(keeps);
  await writeWhole(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** The last lines of `log.txt`. */
export function readLog(folder: string, count: number): string[] {
  const file = join(folder, RUN_FILES.log);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').slice(0, -1).slice(-count);
}

/** Why a sample takes no part in training and metrics; empty where it does. */
export function leftOutOf(sample: TrainingSample): string {
  if (sample.leak) return 'leak';
  if (sample.split === null) return 'no split';
  if (sample.state === 'unsure') return 'unsure';
  if (sample.state === 'excluded') return sample.reason ? `excluded: ${sample.reason}` : 'excluded';
  return (sample.class === null && !sample.answers) || sample.state === 'unlabelled' ? 'unlabelled' : '';
}

const COLUMNS = [
  'sample',
  'key',
  'content_hash',
  'group',
  'split',
  'class',
  'state',
  'event',
  'weight',
  'left_out',
  'answers',
];

export async function writeSamples(folder: string, samples: readonly TrainingSample[]): Promise<void> {
  const text = writeCsv(
    COLUMNS,
    samples.map((s) => {
      const leftOut = leftOutOf(s);
      return {
        sample: s.id,
        key: String(s.key),
        content_hash: s.contentHash,
        group: String(s.group),
        split: s.split ?? '',
        class: s.class === null ? '' : String(s.class),
        state: s.state,
        event: s.event ?? '',
        weight: leftOut === '' ? '1' : '0',
        left_out: leftOut,
        answers: answersText(s.answers ?? null),
      };
    }),
  );
  await writeWhole(join(folder, RUN_FILES.samples), text);
}

const whole = z.string().regex(/^\d+$/).transform(Number);
const optional = <T extends z.ZodType>(value: T) => z.union([z.literal('').transform(() => null), value]);
const sampleLine = z.object({
  sample: z.string().min(1),
  key: whole,
  content_hash: z.string().min(1),
  group: whole,
  split: optional(split),
  class: optional(whole),
  state: labelState,
  event: z.string(),
  weight: z.enum(['0', '1']),
  left_out: z.string(),
  answers: z
    .string()
    .regex(/^(\d+=(yes|no)( |$))*$/)
    .default(''),
});

/** e.g. `0=yes 3=no`, by class id. */
const answersText = (answers: LabelAnswers | null): string =>
  Object.entries(answers ?? {})
    .filter(([, said]) => said !== 'na')
    .map(([id, said]) => `${id}=${said}`)
    .join(' ');
const answersIn = (text: string): LabelAnswers | null =>
  text === '' ? null : Object.fromEntries(text.split(' ').map((one) => one.split('=') as [string, Answer]));

/** @throws UserError where the table is not what `writeSamples` writes */
export async function readSamples(folder: string): Promise<TrainingSample[]> {
  const file = join(folder, RUN_FILES.samples);
  const { rows } = await readTable(file);
  return rows.map((row, i) => {
    const parsed = sampleLine.safeParse(row);
    if (!parsed.success || parsed.data.key !== i)
      throw new UserError('file-damaged', `line ${i + 2} is damaged`, { file });
    const s = parsed.data;
    return {
      key: s.key,
      id: s.sample,
      contentHash: s.content_hash,
      group: s.group,
      split: s.split,
      leak: s.left_out === 'leak',
      class: s.class,
      answers: answersIn(s.answers),
      state: s.state,
      event: s.event === '' ? null : s.event,
    };
  });
}
