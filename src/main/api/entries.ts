import { builtEntry } from '@main/project';

/** The entry of the processes that train and predict. @throws Error where the app was not built */
export const computeEntry = (): string => neededEntry('compute.js');

/** The entry of the process that reads volumes. @throws Error where the app was not built */
export const volumesEntry = (): string => neededEntry('volumes.js');

function neededEntry(name: string): string {
  const file = builtEntry(name);
  if (!file) throw new Error(`out/main/${name} is missing: run \`npm run build\``);
  return file;
}
