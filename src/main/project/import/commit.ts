import { constants, existsSync } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ImportDecisions, ImportResult, ImportReview } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError } from '@main/formats';
import { createProject, inputRecipeFor, readHolder } from '../index';
import { labelClasses } from './classes';
import type { DraftMaterial } from './draft';
import { DraftSample } from './draftSample';
import type { CommitOptions } from './index';
import { countPatientLeaks, countTestLeaks } from './judge';
import { Progress } from './progress';
import { groupsOf, joinedPairs, splitsOf } from './review';
import { removeAbandoned } from './staging';

/** How a project is named until it is whole: its place, this, and its import's id. */
export const STAGED = '.importing-';

/**
 * Writes the project beside its place and moves it there in one step, so that it is there whole or not at all.
 * @throws UserError `project-exists`, `project-locked`, `value-invalid` (decisions that do not fit the review), `disk-full`
 */
export async function commitDraft(
  material: DraftMaterial,
  review: ImportReview,
  decisions: ImportDecisions,
  options: CommitOptions,
): Promise<ImportResult> {
  const progress = new Progress(material.importId, options.onProgress, options.signal);
  const dir = resolve(options.dir);
  const classes = chosenClasses(review, decisions);
  await mustBeFree(dir, options.force ?? false);

  const pairs = joinedPairs(material, decisions.pairs);
  const { group, groups } = groupsOf(material, pairs);
  const assigned = splitsOf(material, group, decisions.policy, decisions.seed);
  const committed = { material, group, assigned };
  const samples = Array.from({ length: material.collector.count }, (_, i) => new DraftSample(i, committed));

  const staged = `${dir}${STAGED}${material.importId}`;
  try {
    await mkdir(dirname(dir), { recursive: true });
    await removeAbandoned(dirname(dir), STAGED);
    await mkdir(staged);
    await bringCache(join(material.folder, 'cache'), join(staged, 'cache'), progress);
    await createProject(staged, {
      name: decisions.name,
      dimensions: material.dimensions,
      kind: decisions.kind,
      classes,
      positive: decisions.positive,
      flips: decisions.flips,
      input: { ...inputRecipeFor(samples), fullScale: fullScaleOf(material) },
      recipe: decisions.recipe,
      sources: material.sources,
      samples,
      ...material.studies,
      splits: {
        policy: decisions.policy,
        seed: decisions.seed,
        patientsKnown: review.patientsKnown > 0,
        testLeaks: countTestLeaks(material.duplicates, samples.length, (i) => assigned.splits[i]!),
        patientLeaks: countPatientLeaks(
          samples.length,
          (i) => material.facts(i).patient,
          (i) => assigned.splits[i]!,
        ),
        nearLookedFor: review.nearLookedFor,
        stratified: assigned.stratified,
      },
      duplicates: review.duplicates,
      likeness: review.likeness,
      pairs,
      metadata: material.metadata,
      quarantined: material.quarantined,
    });
    progress.at('writing', 1, 1);
    await intoPlace(staged, dir, material.importId);
  } catch (error) {
    // What went wrong counts, not that nothing could be removed after it.
    await rm(staged, { recursive: true, force: true }).catch(() => undefined);
    throw error instanceof Error && 'syscall' in error ? fileError(error, dir) : error;
  }
  return {
    project: dir,
    samples: samples.length,
    classes: classes.map((c) => c.name),
    splits: assigned.counts,
    groups,
    duplicates: review.duplicates,
    nearLookedFor: review.nearLookedFor,
    stratified: assigned.stratified,
    quarantined: [...material.quarantined],
    ...(material.table ? { table: material.table } : {}),
  };
}

/** What counts as white for the network: the data's own full scale, 4095 of 12-bit pictures in 16-bit files. */
function fullScaleOf({ collector }: DraftMaterial): number {
  const { low, high } = collector.window(0);
  return high > 0 ? high : Math.max(1, -low);
}

function chosenClasses(review: ImportReview, decisions: ImportDecisions): ReturnType<typeof labelClasses> {
  const wrong = (reason: string): UserError => new UserError('value-invalid', reason);
  const classes = decisions.classes ?? review.classes;
  const ids = new Set(classes.map((c) => c.id));
  const gone = review.classes.find((c) => !ids.has(c.id));
  if (gone) throw wrong(`the class "${gone.name}" stands in the files and cannot be left out`);
  if (ids.size < classes.length) throw wrong('two classes have the same number');
  if (new Set(classes.map((c) => c.name)).size < classes.length) throw wrong('two classes have the same name');
  if ((decisions.kind === 'answers') !== (review.kind === 'answers'))
    throw wrong(
      review.kind === 'answers'
        ? 'the files hold answers to several questions, not one class a picture'
        : 'the files hold one class a picture, not answers to several questions',
    );
  if (decisions.positive !== null && !ids.has(decisions.positive))
    throw new UserError('class-missing', `there is no class ${decisions.positive} to be the positive one`);
  return labelClasses(classes);
}

/** An empty folder is as good as none; anything else is only replaced when asked, and only if it is a project that nobody has open. */
async function mustBeFree(dir: string, force: boolean): Promise<void> {
  if (!existsSync(dir)) return;
  const names = await readdir(dir).catch((error: unknown) => {
    throw fileError(error, dir);
  });
  if (names.length === 0) return;
  if (!force) throw new UserError('project-exists', 'something is there already: choose another place', { file: dir });
  if (!names.includes('project.db'))
    throw new UserError('project-exists', 'this folder is no project and is not replaced', { file: dir });
  const holder = readHolder(dir);
  if (holder)
    throw new UserError('project-locked', `it is open in process ${holder.pid} on ${holder.host}`, { file: dir });
}

/** Links the decoded pixels into the project; copies where the disk is another one. The draft keeps its own until it is discarded. */
async function bringCache(from: string, to: string, progress: Progress): Promise<void> {
  await mkdir(join(to, 'pixels'), { recursive: true });
  const names = ['thumbs.bin', ...(await readdir(join(from, 'pixels'))).map((name) => join('pixels', name))];
  for (const [i, name] of names.entries()) {
    progress.at('writing', i, names.length + 1);
    try {
      await link(join(from, name), join(to, name));
    } catch {
      await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
    }
  }
}

async function intoPlace(staged: string, dir: string, importId: string): Promise<void> {
  if (!existsSync(dir)) return moveDurably(staged, dir);
  if ((await readdir(dir)).length === 0) {
    await rmdir(dir);
    return moveDurably(staged, dir);
  }
  const old = `${dir}.replaced-${importId}`;
  await rename(dir, old);
  try {
    await moveDurably(staged, dir);
  } catch (error) {
    await rename(old, dir);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  // The folder's own entry has to reach the disk too. Windows cannot open folders, and does without.
  const parent = await open(dirname(to), 'r').catch(() => null);
  await parent?.sync().catch(() => undefined);
  await parent?.close();
}
