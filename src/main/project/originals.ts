import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OriginalState } from '@shared/domain';
import type { SampleTable } from './samples';
import type { ProjectSource } from './types';
import type { ProjectVolumes } from './volumes';

/** Files looked for at the same time. */
const PARALLEL = 64;
const EXAMPLES = 10;

/** Where the files lie that samples were imported from. They are read and never changed; they may be moved, and found again. */
export class Originals {
  constructor(
    private readonly dir: string,
    private list: readonly ProjectSource[],
  ) {}

  /** With absolute paths. */
  get sources(): readonly ProjectSource[] {
    return this.list.map((source) => ({
      ...source,
      path: resolve(this.dir, source.path),
      located: source.located?.map((path) => resolve(this.dir, path)),
    }));
  }

  /** As they are kept. */
  get stored(): readonly ProjectSource[] {
    return this.list;
  }

  replace(sources: readonly ProjectSource[]): void {
    this.list = sources;
  }

  /** Every place where a picture of a source may lie, the likeliest first. */
  places(source: number, file: string): string[] {
    const found = this.list[source];
    if (!found) return [];
    return [...(found.located ?? []), found.path].map((root) => resolve(this.dir, root, file));
  }

  /** The source's own path, or the picture's: where it is, else where it was. */
  path(source: number, file: string | null): string {
    const found = this.list[source];
    if (!found) return '';
    if (file === null) return resolve(this.dir, found.path);
    const places = this.places(source, file);
    return places.find((place) => existsSync(place)) ?? places.at(-1)!;
  }

  /** Looks for every original; thousands of pictures take some seconds, and nobody waits for it. */
  async look(samples: SampleTable, volumes: ProjectVolumes): Promise<OriginalState[]> {
    const files = this.list.map((): string[] => []);
    const counts = new Uint32Array(this.list.length);
    const studies = this.list.map((): number[] => []);
    for (let key = 0; key < samples.size; key++) {
      const source = samples.source(key);
      const place = samples.place(key);
      counts[source]!++;
      if (this.list[source]?.kind === 'folder' && place.kind === 'file') files[source]?.push(place.file);
      if (place.kind === 'series') studies[source]?.push(place.volume);
    }
    return Promise.all(
      this.sources.map(async ({ path: imported, located, kind }, source) => {
        const path = located?.[0] ?? imported;
        const base = { path, kind, samples: counts[source]! };
        if (kind === 'studies') {
          const missing = await missingOf(volumes, studies[source]!);
          return { ...base, missing: missing.length, examples: missing.slice(0, EXAMPLES) };
        }
        if (kind !== 'folder') {
          const there = await isThere(path);
          return { ...base, missing: there ? 0 : counts[source]!, examples: there ? [] : [path] };
        }
        const missing = await this.missingOf(source, files[source]!);
        return { ...base, missing: missing.length, examples: missing.slice(0, EXAMPLES) };
      }),
    );
  }

  private async missingOf(source: number, files: readonly string[]): Promise<string[]> {
    const missing: string[] = [];
    for (let at = 0; at < files.length; at += PARALLEL) {
      const part = files.slice(at, at + PARALLEL);
      const there = await Promise.all(part.map((file) => this.isSomewhere(source, file)));
      missing.push(...part.filter((_, i) => !there[i]));
    }
    return missing;
  }

  private async isSomewhere(source: number, file: string): Promise<boolean> {
    for (const place of this.places(source, file)) if (await isThere(place)) return true;
    return false;
  }
}

/** Samples of volumes whose files are not all there, by what the volumes are called. */
async function missingOf(volumes: ProjectVolumes, keys: readonly number[]): Promise<string[]> {
  const there = new Map<number, boolean>();
  for (const key of new Set(keys)) there.set(key, (await volumes.files(key)) !== null);
  return keys.filter((key) => !there.get(key)).map((key) => volumes.get(key).id);
}

export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The last parts of a path, from the name alone to all of them: `c`, `b/c`, `a/b/c`. */
export function tails(path: string): string[] {
  const parts = path.split(/[\\/]+/).filter((part) => part !== '' && !/^[A-Za-z]:$/.test(part));
  return parts.map((_, i) => join(...parts.slice(parts.length - 1 - i)));
}
