import { createRequire } from 'node:module';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '@shared/errors';
import { ADDON } from '../tensorflow/manifest';
import { reasonOf, runProgram } from './process';
import { FRAMEWORK, LIBRARY } from './unpack';
import type { SetupTools } from './types';

const packageHere = createRequire(import.meta.url);
const folderOf = (name: string): string => dirname(packageHere.resolve(`${name}/package.json`));

/**
 * Builds tfjs-node-gpu's addon against the libraries in a folder. It speaks Node-API, whose headers come from a package: one
 * build serves every Node and Electron, and neither node-gyp nor Node's own headers are needed.
 * @throws UserError engine-missing without a compiler, run-failed where it refuses
 */
export async function buildAddon(dir: string, { onProgress, signal }: SetupTools): Promise<void> {
  onProgress('build', 0, 1);
  const binding = join(folderOf('@tensorflow/tfjs-node-gpu'), 'binding');
  const sources = (await readdir(binding)).filter((name) => name.endsWith('.cc')).map((name) => join(binding, name));
  const args = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w'],
    ...[join(folderOf('node-api-headers'), 'include'), join(dir, 'include'), binding].map((path) => `-I${path}`),
    ...sources,
    ...['-o', join(dir, ADDON)],
    ...[join(dir, LIBRARY), join(dir, FRAMEWORK)],
    '-Wl,-rpath,$ORIGIN',
  ];
  const compilers = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
  for (const compiler of compilers) {
    const ended = await runProgram(compiler, args, { signal });
    if (!ended) continue;
    if (ended.code !== 0)
      throw new UserError('run-failed', `${compiler} could not build the addon: ${reasonOf(ended)}`, { file: binding });
    onProgress('build', 1, 1);
    return;
  }
  throw new UserError(
    'engine-missing',
    `there is no C++ compiler here (${compilers.join(', ')}): install one, for example the package g++, or give the folder of an engine that was installed on a machine like this one by --from`,
  );
}
