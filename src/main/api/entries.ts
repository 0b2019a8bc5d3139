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

/** The entry of the processes that train and predict. @throws Error where the app was not built */
export const computeEntry = (): string => neededEntry('compute.js');

/** The entry of the process that reads volumes. @throws Error where the app was not built */
export const volumesEntry = (): string => neededEntry('volumes.js');

function neededEntry(name: string): string {
  const file = builtEntry(name);
  if (!file) throw new Error(`out/main/${name} is missing: run \`npm run build\``);
  return file;
}
