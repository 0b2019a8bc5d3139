import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { localClient } from '@main/api';
import { likelyPositive, withMoreClasses } from '@main/project/import/classes';
import type { Client } from '@shared/contract';
import type {
  FolderMeaning,
  ImportDecisions,
  ImportResult,
  ImportReview,
  LabelChanges,
  PatientDecision,
  SplitPolicy,
  Deidentification,
  StudyOptions,
  VolumeKind,
  VolumeRecipe,
} from '@shared/domain';
import { studyOptions } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { counted, table } from '../output';
import type { Answer } from '../output';
import { growthLines, reviewLines } from '../growth';
import { ownServices, withProject } from '../session';
import { readTableMap, tableLines } from '../tableMap';

export interface ImportOptions extends Partial<VolumeRecipe> {
  /** May be left out of a dry run alone. */
  project?: string;
  name?: string;
  table?: string;
  /** File of the table's map. */
  map?: string;
  dryRun?: boolean;
  /** Which labels of samples that are there are written, where a table changed them. */
  changedLabels?: LabelChanges;
  /** What becomes of samples that are there, where the table names another patient. */
  changedPatients?: PatientDecision;
  voidTestScores?: boolean;
  classes?: string[];
  folders?: FolderMeaning;
  splits?: SplitPolicy;
  positive?: string;
  ordered?: boolean;
  flips?: boolean;
  near?: number;
  inPlace?: boolean;
  /** Whatever else lies there, volumes of studies are meant. */
  studies?: boolean;
  series?: string[];
  with?: VolumeKind[];
  patientsFrom?: string;
  without?: (keyof Deidentification)[];
}

/** Reads files and makes a project of them; nothing is left behind where it fails or is cancelled. */
export async function importCommand(paths: string[], options: ImportOptions, context: Context): Promise<Answer> {
  const services = ownServices();
  try {
    if (options.project !== undefined && existsSync(join(options.project, 'project.db')))
      return await growProject(options.project, paths, options, context);
    const client = localClient(services);
    if (options.dryRun) return await dryRun(client, { paths }, options, context);
    const result = await importProject(client, { paths }, { ...options, project: options.project! }, context);
    return { json: answerOf(result), text: report(result) };
  } finally {
    await services.close();
  }
}

/** Paths, or the name of a bundled sample. */
interface What {
  readonly paths: readonly string[];
  readonly sample?: string;
}

/** Makes a project by the command line's rules. */
export function importProject(
  client: Client,
  what: What,
  options: ImportOptions & { project: string },
  context: Context,
): Promise<ImportResult> {
  return inspected(client, what, options, context, (importId, review) => {
    const classes = withMoreClasses(review.classes, options.classes ?? []);
    return client.imports.commit({
      importId,
      decisions: {
        recipe: recipeOf(options),
        name: options.name ?? review.name,
        dir: resolve(options.project),
        policy: policyOf(options.splits, review),
        positive: positiveOf(options.positive, classes, review),
        classes,
        kind: options.ordered ? 'ordered' : review.kind,
        flips: options.flips ?? false,
        inPlace: options.inPlace,
        pairs: {},
        seed: 1,
      },
    });
  });
}

/** Adds files to a project that is there: through the process that has it open, or in this one. */
function growProject(dir: string, paths: string[], options: ImportOptions, context: Context): Promise<Answer> {
  for (const [option, given] of Object.entries({
    '--name': options.name,
    '--splits': options.splits,
    '--positive': options.positive,
    '--ordered': options.ordered,
    '--flips': options.flips,
    '--near': options.near,
    '--classes': options.classes,
  }))
    if (given !== undefined)
      throw new UserError('value-invalid', `the project is there already, and ${option} is fixed`, { file: dir });
  const changes = options.changedLabels ?? 'untouched';
  const patients = options.changedPatients ?? 'keep';
  const voidTestScores = options.voidTestScores ?? false;
  return withProject(dir, ({ client }) =>
    reading(client, { paths }, { ...options, into: true }, context, async (importId) => {
      const review = await client.imports.reviewGrowth({ importId });
      if (!options.dryRun) {
        const result = await client.imports.grow({ importId, changes, pairs: {}, patients, voidTestScores });
        return { json: result, text: growthLines(result).join('\n') };
      }
      await client.imports.cancel({ importId });
      const { importId: _, pairs: __, pairsInAll: ___, ...json } = review;
      return {
        json: { dryRun: true, ...json },
        text: [...reviewLines(review, changes, patients), 'nothing was written'].join('\n'),
      };
    }),
  );
}

/** Reads all, says what an import would make of it, and leaves nothing behind. */
function dryRun(client: Client, what: What, options: ImportOptions, context: Context): Promise<Answer> {
  return inspected(client, what, options, context, async (importId, review) => {
    await client.imports.cancel({ importId });
    const classes = withMoreClasses(review.classes, options.classes ?? []);
    positiveOf(options.positive, classes, review);
    const policy = policyOf(options.splits, review);
    const result: ImportResult = {
      project: options.project === undefined ? '' : resolve(options.project),
      samples: review.samples,
      classes: classes.map((c) => c.name),
      splits: review.splits[policy]!,
      nearLookedFor: review.nearLookedFor,
      stratified: policy !== 'new' || review.unlabelled < review.samples,
      groups: review.groups,
      duplicates: review.duplicates,
      quarantined: review.quarantined,
      ...(review.table ? { table: review.table } : {}),
    };
    return {
      json: { dryRun: true, ...answerOf(result), project: result.project || null },
      text: `${report(result)}\nnothing was written`,
    };
  });
}

/** As `reading`, with what a project of them would be. */
function inspected<T>(
  client: Client,
  what: What,
  options: ImportOptions,
  context: Context,
  use: (importId: string, review: ImportReview) => Promise<T>,
): Promise<T> {
  return reading(client, what, options, context, async (importId) =>
    use(importId, await client.imports.review({ importId })),
  );
}

/** Reads the files, shows how far that is, and ends the import with the command. */
async function reading<T>(
  client: Client,
  what: What,
  options: ImportOptions & { into?: boolean },
  context: Context,
  use: (importId: string) => Promise<T>,
): Promise<T> {
  const { importId } = await client.imports.inspect({
    paths: what.paths.map((path) => resolve(path)),
    sample: what.sample,
    table: options.table && resolve(options.table),
    map: options.map === undefined ? undefined : await readTableMap(options.map),
    name: options.name,
    into: options.into,
    folders: options.folders,
    likeness: options.near,
    studies: studyOptionsOf(options),
  });
  const cancel = (): void => void client.imports.cancel({ importId });
  context.signal.addEventListener('abort', cancel);
  const listening = new AbortController();
  void showProgress(client, importId, context, listening.signal);
  try {
    return await use(importId);
  } finally {
    listening.abort();
    context.signal.removeEventListener('abort', cancel);
  }
}

/** What was said of the input recipe; the rest follows from the data. */
function recipeOf({ grid, spacing, intensity }: ImportOptions): Partial<VolumeRecipe> {
  return { ...(grid ? { grid } : {}), ...(spacing ? { spacing } : {}), ...(intensity ? { intensity } : {}) };
}

/** Absent where no option speaks of studies: what the paths hold decides then. */
function studyOptionsOf({
  studies,
  series,
  with: kinds,
  patientsFrom,
  without,
}: ImportOptions): StudyOptions | undefined {
  if (!studies && !series && !kinds && patientsFrom === undefined && !without) return undefined;
  return studyOptions.parse({
    kinds: ['image', ...(kinds ?? [])],
    series,
    patients: patientsFrom,
    deidentify: Object.fromEntries((without ?? []).map((option) => [option, false])),
  });
}

/** What is as it should be goes without saying. */
function answerOf({ nearLookedFor, stratified, ...rest }: ImportResult): object {
  return { ...rest, ...(nearLookedFor ? {} : { nearLookedFor }), ...(stratified ? {} : { stratified }) };
}

/** Official splits where the data brings them, else new ones. @throws UserError value-invalid for ones that it does not bring */
function policyOf(asked: SplitPolicy | undefined, review: ImportReview): SplitPolicy {
  if (review.officialSplits === null && asked !== undefined && asked !== 'new')
    throw new UserError(
      'value-invalid',
      `the data brings no splits of its own, so "${asked}" cannot be kept: use "new"`,
    );
  return asked ?? (review.officialSplits ? 'official' : 'new');
}

type Classes = NonNullable<ImportDecisions['classes']>;

/** @throws UserError class-missing naming the classes that there are */
function positiveOf(name: string | undefined, classes: Classes, review: ImportReview): number | null {
  if (name === undefined) return likelyPositive(classes, review);
  const found = classes.find((c) => c.name === name) ?? classes.find((c) => c.short === name);
  if (!found) {
    const names = classes.map((c) => `"${c.name}"`).join(', ');
    throw new UserError('class-missing', `there is no class "${name}"; there are ${names || 'none yet'}`);
  }
  return found.id;
}

async function showProgress(client: Client, importId: string, { output }: Context, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of await client.events({}, { signal })) {
      if (event.type !== 'import' || event.progress.importId !== importId) continue;
      const { stage, done, total } = event.progress;
      output.progress(`${stage} ${total > 0 ? `${Math.floor((100 * done) / total)} %` : ''}`);
    }
  } catch (error) {
    // The stream ends with the command; anything else is worth a word, but no reason to stop.
    if (!signal.aborted) output.note(`progress is not shown: ${String(error)}`);
  }
}

function report(result: ImportResult): string {
  const { splits, duplicates: d } = result;
  const lines = [
    `${counted(result.samples, 'sample')} in ${counted(result.groups, 'group')}: ${splits.train} train, ${splits.val} validation, ${splits.test} test`,
    `classes: ${result.classes.join('; ') || 'none yet: name them in the settings of the project'}`,
    ...(result.stratified ? [] : ['nothing is labelled yet: the splits were drawn by group, unstratified']),
    ...(result.nearLookedFor ? [] : ['near-duplicates not looked for: `residua duplicates` looks for them']),
    `duplicates: ${counted(d.exact, 'exact pair')}, ${d.near} near, ${d.withDifferentLabels} with different labels; ${counted(d.testLeaks, 'test sample')} with a twin in train or validation`,
  ];
  if (result.quarantined.length > 0)
    lines.push(
      `${counted(result.quarantined.length, 'file')} left out:`,
      table(
        ['file', 'reason'],
        result.quarantined.map(({ file, reason }) => [file, reason]),
      ),
    );
  if (result.backupsTo)
    lines.push(
      `${result.backupsTo} lies on a network or in a cloud's folder, where a database may be damaged: dated backups go there, and the project itself lies on this machine (--in-place keeps it there)`,
    );
  if (result.table) lines.push(...tableLines(result.table));
  return (result.project ? [...lines, `project: ${result.project}`] : lines).join('\n');
}
