import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A built entry beside this code (`compute.js`, `figures.js`), from a build or from sources; null where nothing was built. */
export function builtEntry(name: string): string | null {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const file = join(at, 'out', 'main', name);
    if (existsSync(file)) return file;
    if (dirname(at) === at) return null;
  }
}

/** @throws Error where the app was not built */
export function computeEntry(): string {
  const file = builtEntry('compute.js');
  if (!file) throw new Error('out/main/compute.js is missing: run `npm run build`');
  return file;
}
