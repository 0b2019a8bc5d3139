import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

let root: string | undefined;

/** Absolute path of a file that ships with the app (weights, the bundled samples), from sources, a build or an installed package. */
export function resourcePath(...parts: string[]): string {
  root ??= findRoot();
  return join(root, ...parts);
}

function findRoot(): string {
  const packaged = (process as { resourcesPath?: string }).resourcesPath;
  const starts = [dirname(fileURLToPath(import.meta.url)), ...(packaged ? [packaged] : [])];
  for (const start of starts) {
    for (let at = start; ; at = dirname(at)) {
      if (existsSync(join(at, 'resources', 'weights'))) return resolve(at, 'resources');
      if (dirname(at) === at) break;
    }
  }
  throw new Error('the resources that ship with Residua are not beside it: the installation is incomplete');
}

/**
 * A built entry beside this code (`compute.js`, `feed.js`), from a build or from sources; null where nothing was built.
 * @param from file whose neighbours are meant
 */
export function builtEntry(name: string, from = fileURLToPath(import.meta.url)): string | null {
  for (let at = dirname(from); ; at = dirname(at)) {
    const file = join(at, 'out', 'main', name);
    if (existsSync(file)) return file;
    if (dirname(at) === at) return null;
  }
}
