import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@shared/errors';
import { PIP_PLATFORM, PIP_TARGET, VERSION } from './pins';
import type { Pin } from './pins';
import { reasonOf, runProgram } from './process';
import type { SetupTools } from './types';

const PYTHONS = ['python3', 'python'] as const;
const LOOK_EVERY = 500;

/**
 * Fetches the pinned wheel by pip, which checks its hash as well.
 * @param into a folder of its own @returns the wheel's path
 * @throws UserError engine-missing without pip, network-refused where it cannot be fetched, cancelled
 */
export async function downloadWheel(pin: Pin, into: string, { onProgress, signal }: SetupTools): Promise<string> {
  const temporary = join(into, 'tmp');
  await mkdir(temporary, { recursive: true });
  const wanted = join(into, 'requirements.txt');
  await writeFile(wanted, `${pin.project}==${VERSION} --hash=sha256:${pin.sha256}\n`);
  const looking = setInterval(() => {
    void bytesBelow(into).then((done) => onProgress('download', Math.min(done, pin.bytes), pin.bytes));
  }, LOOK_EVERY);
  onProgress('download', 0, pin.bytes);
  try {
    for (const python of PYTHONS) {
      const args = ['-m', 'pip', 'download', '--no-deps', '--require-hashes', '--only-binary=:all:'];
      const target = ['--platform', PIP_PLATFORM, ...PIP_TARGET, '--dest', into, '-r', wanted];
      const quiet = ['--no-input', '--progress-bar', 'off', '--disable-pip-version-check', '--no-cache-dir'];
      const ended = await runProgram(python, [...args, ...target, ...quiet], { signal, env: { TMPDIR: temporary } });
      if (!ended || /No module named pip/.test(ended.said)) continue;
      if (ended.code === 0) return join(into, pin.file);
      throw new UserError(
        /No space left/.test(ended.said) ? 'disk-full' : 'network-refused',
        `pip could not download ${pin.project} ${VERSION}: ${reasonOf(ended)}; on a machine without network give the file by --from`,
      );
    }
  } finally {
    clearInterval(looking);
  }
  throw new UserError(
    'engine-missing',
    `there is no Python with pip here to download ${pin.project} ${VERSION}: give the file ${pin.file} by --from`,
  );
}

async function bytesBelow(dir: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => []))
    if (entry.isFile())
      bytes += await stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      );
  return bytes;
}
