import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { CopyParts, CopyResult, GivenCopy, TaskProgress } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError } from '@main/formats';
import { syncFolder } from '../atomicFile';
import { releaseFiles } from '../db/release';
import { Db } from '../db/sqlite';
import { readIdentity, writeIdentity, ORIGINALS } from '../identity';
import { removeAbandoned } from '../import/staging';
import { setFact } from '../meta';
import { DATABASE, FOLDERS } from '../names';
import { isThere } from '../originals';
import { PLACES } from '../places';
import type { Project } from '../project';
import type { ProjectSource } from '../types';
import { aboutCopy } from './about';
import { copyHashed, filesBelow, sum, type CopyFile } from './files';
import { limitsOf } from './limits';
import { verifyDatabase, verifyFile } from './verify';

export type Progress = Pick<TaskProgress, 'stage' | 'done' | 'total'>;
export interface CopyOptions extends CopyParts {
  /** The copy is the same person's own, and keeps dated backups in this folder. A colleague's otherwise. */
  readonly backupsTo?: string;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}
/** What is needed of an open project to copy it. */
export type CopyOwner = Pick<
  Project,
  'dir' | 'name' | 'cacheDir' | 'runsDir' | 'sources' | 'backups' | 'fileOf' | 'lookForOriginals' | 'volumes'
> & { readonly index: Pick<Project['index'], 'size'>; readonly labels: Pick<Project['labels'], 'position'> };

/** Bytes that stay free on the other disk. */
const SPARE = 32 * 2 ** 20;

/**
 * Copies an open project into a new folder while labels and runs go on: the database as of one moment, then files of which
 * each is verified after it was written. The folder appears whole at the end, or not at all.
 * @param to must not be there, or be empty
 * @throws UserError `project-exists`, `value-invalid`, `disk-full`, `file-unreadable`, `project-damaged`, `cancelled`
 */
export async function giveProject(project: CopyOwner, to: string, options: CopyOptions): Promise<CopyResult> {
  const dir = resolve(to);
  await mustBeFree(dir, project.dir);
  const staged = `${dir}.copying-${process.pid.toString(36)}-${randomBytes(4).toString('hex')}`;
  const stop = (): void => {
    if (options.signal?.aborted) throw new UserError('cancelled', 'the copy was called off');
  };
  try {
    await mkdir(dirname(dir), { recursive: true });
    await removeAbandoned(dirname(dir), `${basename(dir)}.copying-`);
    await mkdir(staged);
    const { files, missing } = await filesOf(project, options);
    await enoughRoom(staged, sum(files));

    options.onProgress?.({ stage: 'database', done: 0, total: 1 });
    await project.backups.snapshot(join(staged, DATABASE));
    stop();
    const given = givenOf(project, options);
    await prepareDatabase(staged, options.backupsTo ?? given);
    if (options.identity) copyIdentity(project, staged, options);

    const written = await copyAll(files, staged, options, stop);
    await mkdirs(staged);
    const state = await verifyDatabase(staged);
    await verifyAll(written, staged, options, stop);
    const limits = limitsOf({
      originals: options.originals && missing.length === 0,
      pictures: options.cache && existsSync(join(staged, 'cache', 'thumbs.bin')),
      features: options.cache && existsSync(join(staged, 'cache', 'features')),
      identity: options.identity,
      picturesInFiles: project.sources().some((source) => source.kind === 'folder'),
    });
    if (options.backupsTo === undefined)
      await writeFile(join(staged, 'about-this-copy.txt'), aboutCopy(project.name, given, limits, missing));
    await intoPlace(staged, dir);
    return {
      dir,
      files: written.length,
      bytes: sum(written),
      samples: state.samples,
      journal: state.journal,
      parts: { originals: options.originals, cache: options.cache, identity: options.identity },
      missingOriginals: missing,
      limits,
    };
  } catch (error) {
    await rm(staged, { recursive: true, force: true }).catch(() => undefined);
    throw error instanceof Error && 'syscall' in error ? fileError(error, dir) : error;
  }
}

/** What a copy would hold, in bytes, before it is made. */
export async function copySizes(
  project: CopyOwner,
): Promise<{ base: number; cache: number; originals: number; missing: string[] }> {
  const [base, cache, originals] = await Promise.all([
    filesOf(project, { originals: false, cache: false, identity: false }),
    filesBelow(project.cacheDir, 'cache', true),
    originalsOf(project, true),
  ]);
  return { base: sum(base.files), cache: sum(cache), originals: sum(originals.files), missing: originals.missing };
}

async function mustBeFree(dir: string, from: string): Promise<void> {
  const inside = relative(from, dir);
  if (inside === '' || !(inside.startsWith('..') || resolve(inside) === inside))
    throw new UserError('value-invalid', 'a copy cannot lie inside the project itself', { file: dir });
  if (!existsSync(dir)) return;
  const names = await readdir(dir).catch((error: unknown) => {
    throw fileError(error, dir);
  });
  if (names.length > 0)
    throw new UserError('project-exists', 'something is there already: choose another place', { file: dir });
}

async function enoughRoom(dir: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  if (free < bytes + SPARE)
    throw new UserError(
      'disk-full',
      `the copy takes ${Math.ceil(bytes / 1e6)} MB, and ${Math.floor(free / 1e6)} MB are free there`,
      { file: dir },
    );
}

async function filesOf(project: CopyOwner, parts: CopyParts): Promise<{ files: CopyFile[]; missing: string[] }> {
  const files = [
    ...(await filesBelow(project.runsDir, 'runs', true)),
    ...(parts.cache ? await filesBelow(project.cacheDir, 'cache', true) : []),
  ];
  if (!parts.originals) return { files, missing: [] };
  const originals = await originalsOf(project, parts.identity);
  return { files: [...files, ...originals.files], missing: originals.missing };
}

/** Where source number `i` lies in a copy that holds the originals. */
const placeOf = (source: ProjectSource, i: number): string => `${ORIGINALS}/${i}/${basename(source.path)}`;

/**
 * The project's own samples alone: a folder may hold others' files.
 * @param named with the identity: files of studies say whose they are, and go nowhere without it
 */
async function originalsOf(project: CopyOwner, named: boolean): Promise<{ files: CopyFile[]; missing: string[] }> {
  const files: CopyFile[] = [];
  const missing: string[] = [];
  const add = async (from: string, to: string): Promise<void> => {
    const found = await stat(from).catch(() => null);
    if (found?.isFile()) files.push({ from, to, bytes: found.size, passing: false });
    else missing.push(from);
  };
  const sources = project.sources();
  for (const [i, source] of sources.entries())
    if (source.kind !== 'folder' && source.kind !== 'studies') await add(source.path, placeOf(source, i));
  for (let key = 0; key < project.index.size; key++) {
    const { source, file } = project.fileOf(key);
    const of = sources[source];
    if (of?.kind !== 'folder' || file === null) continue;
    const roots = [...(of.located ?? []), of.path];
    let from = join(of.path, file);
    for (const root of roots)
      if (await isThere(join(root, file))) {
        from = join(root, file);
        break;
      }
    await add(from, `${placeOf(of, source)}/${file}`);
  }
  for (const { key, id } of named ? project.volumes.all() : []) {
    const { source, folder, files: names } = project.volumes.original(key) ?? { source: -1, folder: '', files: [] };
    const places = await project.volumes.files(key);
    const of = sources[source];
    if (!places || !of) missing.push(id);
    else for (const [i, name] of names.entries()) await add(places[i]!, join(placeOf(of, source), folder, name));
  }
  return { files: uniqueFiles(files), missing };
}

/** Several volumes may lie in one file. */
const uniqueFiles = (files: readonly CopyFile[]): CopyFile[] => [
  ...new Map(files.map((file) => [file.to, file])).values(),
];

function givenOf(project: CopyOwner, parts: CopyParts): GivenCopy {
  return {
    at: new Date().toISOString(),
    originals: parts.originals,
    cache: parts.cache,
    identity: parts.identity,
    sources: project.sources().map(({ path, kind, hash, bytes, details }) => ({
      // Folders of studies are often called after patients.
      name: kind === 'studies' ? kind : basename(path),
      kind,
      hash,
      bytes,
      ...(typeof details?.batch === 'number' ? { batch: details.batch } : {}),
    })),
  };
}

/** A colleague's copy is nobody's yet: its reader is asked for, and starts at the beginning. */
async function prepareDatabase(dir: string, owner: GivenCopy | string): Promise<void> {
  const db = Db.open(join(dir, DATABASE));
  try {
    db.transaction(() => {
      if (typeof owner === 'string') return setFact(db, 'backupsTo', owner);
      setFact(db, 'given', owner);
      setFact(db, 'reader', null);
      db.run('DELETE FROM meta WHERE name = ? OR substr(name, 1, ?) = ?', 'backupsTo', PLACES.length, PLACES);
    });
    // One file alone, which can also be read where nothing can be written. Opening it for writing brings the log back.
    db.get('PRAGMA journal_mode = DELETE');
  } finally {
    db.close();
  }
  await releaseFiles();
}

function copyIdentity(project: CopyOwner, staged: string, parts: CopyParts): void {
  const identity = readIdentity(project.dir);
  const sources = project
    .sources()
    .map((source, n) => (parts.originals ? { ...source, path: placeOf(source, n), located: undefined } : source));
  writeIdentity(staged, { ...identity, sources });
}

interface Written {
  readonly to: string;
  readonly hash: string;
  readonly bytes: number;
}

async function copyAll(
  files: readonly CopyFile[],
  staged: string,
  options: CopyOptions,
  stop: () => void,
): Promise<Written[]> {
  const total = sum(files);
  const written: Written[] = [];
  let done = 0;
  for (const file of files) {
    stop();
    const hash = await copyHashed(file, staged, (count) => {
      stop();
      done += count;
      options.onProgress?.({ stage: 'files', done: Math.min(done, total), total });
    });
    if (hash !== null) written.push({ to: file.to, hash, bytes: file.bytes });
  }
  return written;
}

async function verifyAll(
  written: readonly Written[],
  staged: string,
  options: CopyOptions,
  stop: () => void,
): Promise<void> {
  const total = sum(written);
  let before = 0;
  for (const { to, hash, bytes } of written) {
    await verifyFile(join(staged, to), hash, (done) => {
      stop();
      options.onProgress?.({ stage: 'verifying', done: Math.min(before + done, total), total });
    });
    before += bytes;
  }
}

async function mkdirs(staged: string): Promise<void> {
  for (const folder of FOLDERS) await mkdir(join(staged, folder), { recursive: true });
}

async function intoPlace(staged: string, dir: string): Promise<void> {
  if (existsSync(dir)) await rmdir(dir);
  await rename(staged, dir);
  syncFolder(dirname(dir));
}
