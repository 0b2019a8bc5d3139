import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, statfs, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { UserError } from '@shared/errors';
import { fileError } from '@main/formats';
import { reasonOf, runProgram } from './process';
import type { SetupTools } from './types';

/** The two libraries as a wheel names them; the tarball's other name of the first leads to it as well. */
export const LIBRARY = 'libtensorflow_cc.so.2';
export const FRAMEWORK = 'libtensorflow_framework.so.2';
const OTHER_NAME = 'libtensorflow.so.2';
/** The headers that the addon reads: C's own, and what they read. */
const HEADERS =
  /^(tensorflow\/c\/|(xla\/)?tsl\/c\/|tensorflow\/core\/platform\/ctstring|(xla\/)?tsl\/platform\/ctstring).*\.h$/;
const MOST_HEADERS = 5000;
/** Beside what is unpacked: the addon, and room for others to write. */
const SPARE = 256 * 2 ** 20;

/** Unpacks the two libraries and the headers out of a wheel. @throws UserError file-unsupported, file-damaged, disk-full, cancelled */
export async function unpackWheel(path: string, dir: string, { onProgress, signal }: SetupTools): Promise<void> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch((cause: unknown) => {
    throw new UserError('file-damaged', 'it is no whole wheel (zip file): copy or download it again', {
      file: path,
      cause,
    });
  });
  try {
    const wanted = (await entriesOf(zip)).flatMap((entry) => {
      const to = placeOf(entry.fileName);
      return to === null ? [] : [{ entry, to }];
    });
    const libraries = wanted.filter(({ to }) => to === LIBRARY || to === FRAMEWORK);
    if (libraries.length !== 2 || wanted.length < 10)
      throw new UserError(
        'file-unsupported',
        `it holds no ${LIBRARY}, ${FRAMEWORK} and headers: is it TensorFlow's wheel for Linux?`,
        { file: path },
      );
    const total = wanted.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    await expectRoom(dir, total);
    let done = 0;
    for (const { entry, to } of wanted) {
      const before = done;
      const count = (bytes: number): void => onProgress('unpack', (done += bytes), total);
      await written(await zip.openReadStreamPromise(entry), join(dir, to), count, signal);
      if (done - before !== entry.uncompressedSize)
        throw new UserError('file-damaged', `${entry.fileName} is cut short: copy or download it again`, {
          file: path,
        });
    }
  } finally {
    zip.close();
  }
  await symlink(LIBRARY, join(dir, OTHER_NAME));
}

async function written(
  from: Readable,
  to: string,
  count: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      count(chunk.length);
      yield chunk;
    }
  };
  try {
    await pipeline(from, counted, createWriteStream(to), { signal });
  } catch (error) {
    if (signal?.aborted) throw new UserError('cancelled', 'the installation was called off', { cause: error });
    throw fileError(error, to);
  }
}

async function entriesOf(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  return entries;
}

/** Where a member of the wheel goes, or null. Names that a hostile archive could lead astray with match nothing. */
function placeOf(name: string): string | null {
  if (name.includes('..')) return null;
  if (name === `tensorflow/${LIBRARY}`) return LIBRARY;
  if (name === `tensorflow/${FRAMEWORK}`) return FRAMEWORK;
  const header = /^tensorflow\/include\/(.+)$/.exec(name)?.[1];
  return header && HEADERS.test(header) ? join('include', header) : null;
}

/** Unpacks a libtensorflow tarball (`lib/libtensorflow.so…`, `include/tensorflow/c/…`) by the system's tar. */
export async function unpackTarball(path: string, dir: string, { onProgress, signal }: SetupTools): Promise<void> {
  const { size } = await stat(path);
  await expectRoom(dir, 4 * size);
  onProgress('unpack', 0, 1);
  const raw = join(dir, 'raw');
  await mkdir(raw);
  const args = ['-xzf', path, '-C', raw, '--no-same-owner', '--no-same-permissions'];
  const ended = await runProgram('tar', args, { signal });
  if (!ended) throw new UserError('engine-missing', 'there is no tar here to unpack it', { file: path });
  if (ended.code !== 0)
    throw new UserError('file-damaged', `it cannot be unpacked: ${reasonOf(ended)}`, { file: path });
  const library = await largest(join(raw, 'lib'), /^libtensorflow(_cc)?\.so/);
  const framework = await largest(join(raw, 'lib'), /^libtensorflow_framework\.so/);
  const headers = await readdir(join(raw, 'include', 'tensorflow', 'c')).catch(() => []);
  if (library === null || framework === null || headers.length === 0 || headers.length > MOST_HEADERS)
    throw new UserError(
      'file-unsupported',
      'it holds no lib/libtensorflow.so, lib/libtensorflow_framework.so and include/tensorflow/c: is it libtensorflow for Linux?',
      { file: path },
    );
  await rename(library, join(dir, LIBRARY));
  await rename(framework, join(dir, FRAMEWORK));
  await rename(join(raw, 'include'), join(dir, 'include'));
  await rm(raw, { recursive: true, force: true });
  await symlink(LIBRARY, join(dir, OTHER_NAME));
  onProgress('unpack', 1, 1);
}

/** The plain file of such a name that is largest: others are links to it. */
async function largest(dir: string, name: RegExp): Promise<string | null> {
  const found = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const files = found.filter((entry) => entry.isFile() && name.test(basename(entry.name)));
  const sized = await Promise.all(
    files.map(async (entry) => ({ path: join(dir, entry.name), size: (await stat(join(dir, entry.name))).size })),
  );
  return sized.sort((a, b) => b.size - a.size)[0]?.path ?? null;
}

/** @throws UserError disk-full */
export async function expectRoom(dir: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  if (free < bytes + SPARE)
    throw new UserError('disk-full', `it needs ${gigabytes(bytes + SPARE)} GB, ${gigabytes(free)} GB are free`, {
      file: dir,
    });
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
