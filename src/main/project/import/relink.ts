import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RelinkResult, TaskProgress } from '@shared/domain';
import { UserError } from '@shared/errors';
import { hashFile } from '../fileHash';
import { isThere, tails } from '../originals';
import type { Project } from '../project';
import type { ProjectSource } from '../types';
import { stateOf } from '../volumes';
import { imageHash } from './imageHash';
import { decodeInOrder } from './readFolder';

/** What is needed of a project to find its originals again. */
export type OriginalsOwner = Pick<Project, 'originals' | 'sources' | 'relinked' | 'fileOf' | 'pixels' | 'volumes'> & {
  readonly index: Pick<Project['index'], 'size' | 'contentHash'>;
};
export interface RelinkOptions {
  readonly onProgress?: (progress: Pick<TaskProgress, 'stage' | 'done' | 'total'>) => void;
  readonly signal?: AbortSignal;
}

/** Names of files that are listed one by one. */
const LISTED = 1000;
const PARALLEL = 64;

/**
 * Looks for the project's originals in one folder: by the end of the path that they had (`scans/a/1.png` is found as
 * `1.png`, `a/1.png` or `scans/a/1.png` below it), and believes only what the hash confirms. What was found is used from
 * now on; the rest is listed and stays where it was.
 * @throws UserError `file-missing` where the folder is not there; `cancelled`, with nothing changed
 */
export async function relink(
  project: OriginalsOwner,
  folder: string,
  options: RelinkOptions = {},
): Promise<Omit<RelinkResult, 'rebuilt'>> {
  const dir = resolve(folder);
  if (!(await stat(dir).catch(() => null))?.isDirectory())
    throw new UserError('file-missing', 'there is no such folder', { file: dir });
  const search = new Search(project, dir, options);
  const sources: ProjectSource[] = [];
  for (let number = 0; number < project.sources().length; number++) sources.push(await search.source(number));
  if (search.anythingFound) project.relinked(sources, search.states);
  return search.result();
}

/** One pass over all sources. */
class Search {
  private matched = 0;
  /** Of volumes that were found: sizes and times of change of their files. */
  readonly states = new Map<string, string>();
  private readonly missing: string[] = [];
  private readonly different: string[] = [];
  private readonly found: { path: string; found: string | null }[] = [];
  /** Samples of each source: keys, and their files below it. */
  private readonly members = new Map<number, { keys: number[]; files: (string | null)[] }>();

  constructor(
    private readonly project: OriginalsOwner,
    private readonly dir: string,
    private readonly options: RelinkOptions,
  ) {
    for (let key = 0; key < project.index.size; key++) {
      const { source, file } = project.fileOf(key);
      const of = this.members.get(source) ?? { keys: [], files: [] };
      of.keys.push(key);
      of.files.push(file);
      this.members.set(source, of);
    }
  }

  get anythingFound(): boolean {
    return this.found.some((source) => source.found !== null);
  }

  result(): Omit<RelinkResult, 'rebuilt'> {
    return {
      matched: this.matched,
      missing: this.missing.slice(0, LISTED),
      missingInAll: this.missing.length,
      different: this.different.slice(0, LISTED),
      differentInAll: this.different.length,
      sources: this.found,
    };
  }

  /** @returns the source as it is to be kept from now on */
  async source(number: number): Promise<ProjectSource> {
    const stored = this.project.originals.stored[number]!;
    const { path } = this.project.sources()[number]!;
    const members = this.members.get(number) ?? { keys: [], files: [] };
    const found =
      stored.kind === 'studies'
        ? await this.studies(path, members)
        : stored.kind === 'folder'
          ? await this.pictures(number, path, members)
          : await this.file(stored, path, members);
    this.found.push({ path, found });
    if (found === null) return stored;
    if (stored.kind !== 'folder' && stored.kind !== 'studies') return { ...stored, path: found };
    return { ...stored, located: [found, ...(stored.located ?? []).filter((root) => root !== found)] };
  }

  /** An array file: by its name below the folder, or by its size where it was renamed; its SHA-256 decides. */
  private async file(source: ProjectSource, path: string, members: { keys: number[] }): Promise<string | null> {
    const named = await existing(tails(path).map((tail) => join(this.dir, tail)));
    const sized = await ofSize(this.dir, source.bytes);
    let other: string | null = null;
    for (const candidate of new Set([...named, ...sized])) {
      this.say('matching', 0, source.bytes);
      const hash = await hashFile(candidate, (done) => this.say('matching', done, source.bytes));
      if (hash === source.hash) {
        this.matched += members.keys.length;
        return candidate;
      }
      other ??= candidate;
    }
    if (other !== null && !(await isThere(path))) this.different.push(other);
    else if (!(await isThere(path))) this.missing.push(path);
    return null;
  }

  /** A folder of pictures: the root below which most of them lie, each decoded and compared. */
  private async pictures(
    number: number,
    path: string,
    { keys, files }: { keys: number[]; files: (string | null)[] },
  ): Promise<string | null> {
    const named = files.map((file) => file ?? '');
    const { root, there } = await this.bestRoot([this.dir, ...tails(path).map((tail) => join(this.dir, tail))], named);
    const places = there.flatMap((is, i) => (is ? [i] : []));
    const right = new Set<number>();
    const paths = places.map((i) => join(root, named[i]!));
    for await (const { index, image } of decodeInOrder('', paths)) {
      this.say('matching', index + 1, paths.length);
      const i = places[index]!;
      const same =
        !(image instanceof UserError) && imageHash(image).toString('hex') === this.project.index.contentHash(keys[i]!);
      if (same) right.add(i);
      else this.different.push(paths[index]!);
    }
    const wrong = new Set(places.filter((i) => !right.has(i)));
    for (let i = 0; i < named.length; i++)
      if (!right.has(i) && !wrong.has(i) && !(await this.isElsewhere(number, named[i]!))) this.missing.push(named[i]!);
    this.matched += right.size;
    return right.size > 0 ? root : null;
  }

  /** Studies: the root below which most of their files lie, each volume read and compared; listed by what they are called here. */
  private async studies(path: string, { keys }: { keys: number[] }): Promise<string | null> {
    const { volumes, pixels } = this.project;
    const samplesOf = new Map<number, number>();
    for (const key of keys) {
      const volume = pixels.volumeOf(key)!;
      samplesOf.set(volume, (samplesOf.get(volume) ?? 0) + 1);
    }
    const own = [...samplesOf.keys()].flatMap((volume) => {
      const original = volumes.original(volume);
      return original ? [{ volume, original }] : [];
    });
    const firsts = own.map(({ original }) => join(original.folder, original.files[0]!));
    const { root, there } = await this.bestRoot([this.dir, ...tails(path).map((tail) => join(this.dir, tail))], firsts);
    let found = 0;
    for (const [i, { volume, original }] of own.entries()) {
      this.say('matching', i, own.length);
      const [{ id }, samples] = [volumes.get(volume), samplesOf.get(volume)!];
      const files = original.files.map((file) => join(root, original.folder, file));
      const whole = there[i] && (await Promise.all(files.map(isThere))).every(Boolean);
      if (whole && (await volumes.isIn(volume, files, this.options.signal))) {
        this.matched += samples;
        found++;
        this.states.set(id, (await stateOf(files)) ?? '');
      } else if (whole) this.different.push(id);
      else if ((await volumes.files(volume)) === null) this.missing.push(id);
    }
    return found > 0 ? root : null;
  }

  private async isElsewhere(source: number, file: string): Promise<boolean> {
    for (const place of this.project.originals.places(source, file)) if (await isThere(place)) return true;
    return false;
  }

  private async bestRoot(
    candidates: readonly string[],
    files: readonly string[],
  ): Promise<{ root: string; there: boolean[] }> {
    let best = { root: this.dir, there: files.map(() => false) };
    let most = 0;
    for (const root of await existing(candidates)) {
      const there: boolean[] = [];
      for (let at = 0; at < files.length; at += PARALLEL) {
        this.say('matching', 0, files.length);
        there.push(...(await Promise.all(files.slice(at, at + PARALLEL).map((file) => isThere(join(root, file))))));
      }
      const count = there.reduce((sum, is) => sum + (is ? 1 : 0), 0);
      if (count > most) [best, most] = [{ root, there }, count];
      if (count === files.length) break;
    }
    return best;
  }

  private say(stage: TaskProgress['stage'], done: number, total: number): void {
    if (this.options.signal?.aborted) throw new UserError('cancelled', 'looking for the originals was called off');
    this.options.onProgress?.({ stage, done, total });
  }
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const there = await Promise.all(paths.map(isThere));
  return [...new Set(paths.filter((_, i) => there[i]))];
}

/** Files right in a folder that have this size. */
async function ofSize(dir: string, bytes: number): Promise<string[]> {
  const names = await readdir(dir, { withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(dir, entry.name));
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (s) => s.size,
        () => -1,
      ),
    ),
  );
  return files.filter((_, i) => sizes[i] === bytes);
}
