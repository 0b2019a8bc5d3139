import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { EngineCheck } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError } from '@main/formats';
import { ADDON, manifestPath, readManifest } from '../tensorflow/manifest';
import type { Manifest } from '../tensorflow/manifest';
import { buildAddon } from './compile';
import { downloadWheel } from './download';
import { sha256Of } from './hash';
import { pinFor, PINS, VERSION } from './pins';
import type { InstallOptions } from './types';
import { expectRoom, FRAMEWORK, LIBRARY, unpackTarball, unpackWheel } from './unpack';

/** What the engine cannot be installed on, or null. */
export const unsupported = (): string | null =>
  process.platform === 'linux'
    ? null
    : `the tensorflow engine can be set up on Linux only, this is ${process.platform}: the onnx engine does everything here`;

/**
 * Installs the tensorflow engine: the libraries and headers out of a wheel, a tarball or another machine's engine, the addon
 * built or taken, all of it tried in a process of its own. The folder appears whole at the end, or stays as it was.
 * @throws UserError that says what is missing, wrong or full; `cancelled`
 */
export async function installTensorflow(options: InstallOptions): Promise<{ manifest: Manifest; check: EngineCheck }> {
  const refused = unsupported();
  if (refused !== null) throw new UserError('engine-missing', refused);
  const { dir, signal, check, onProgress } = options;
  const work = `${dir}.new`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, work);
  });
  try {
    const engine = join(work, 'engine');
    await mkdir(engine);
    const manifest = await gather(engine, join(work, 'download'), options);
    onProgress('check', 0, 1);
    const checked = await check(engine, signal);
    if (signal?.aborted) throw new UserError('cancelled', 'the installation was called off');
    await writeFile(manifestPath(engine), JSON.stringify(manifest, null, 2));
    await replace(dir, engine);
    onProgress('check', 1, 1);
    return { manifest, check: checked };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Everything but the manifest, in a folder. */
async function gather(engine: string, download: string, options: InstallOptions): Promise<Manifest> {
  const { source } = options;
  if (source.kind === 'online') {
    if (process.arch !== 'x64')
      throw new UserError(
        'engine-missing',
        `no wheel is pinned for ${process.arch}: give one by --from with its --sha256`,
      );
    const pin = pinFor(source.cuda);
    await mkdir(download);
    await expectRoom(download, pin.bytes * 4.5);
    return fromFile(engine, await downloadWheel(pin, download, options), pin.sha256, options);
  }
  const found = await stat(source.path).catch((error: unknown) => {
    throw fileError(error, source.path);
  });
  if (!found.isDirectory()) return fromFile(engine, source.path, source.sha256, options);
  if (existsSync(manifestPath(source.path))) return fromEngine(engine, source.path, options);
  const inside = (await readdir(source.path)).filter((name) => PINS.some(({ file }) => file === name));
  if (inside.length === 1) return fromFile(engine, join(source.path, inside[0]!), source.sha256, options);
  throw new UserError(
    'file-unsupported',
    inside.length > 1
      ? `it holds several wheels, name one of them: ${inside.join(', ')}`
      : 'it is neither the folder of an installed engine (with engine.json) nor one that holds a wheel of TensorFlow',
    { file: source.path },
  );
}

async function fromFile(
  engine: string,
  path: string,
  expected: string | undefined,
  options: InstallOptions,
): Promise<Manifest> {
  const name = basename(path);
  const pin = PINS.find(({ file }) => file === name);
  const wheel = /\.whl$/i.test(name);
  if (!wheel && !/\.(tar\.gz|tgz)$/i.test(name))
    throw new UserError('file-unsupported', 'it is neither a wheel (.whl) nor a libtensorflow tarball (.tar.gz)', {
      file: path,
    });
  const version = /-(\d+\.\d+\.\d+)[-.]/.exec(name)?.[1];
  if (version !== VERSION)
    throw new UserError(
      'file-unsupported',
      `it is TensorFlow ${version ?? 'of no known version'}, ${VERSION} is needed`,
      { file: path },
    );
  const wanted = expected?.toLowerCase() ?? pin?.sha256;
  const hash = await sha256Of(path, options);
  if (wanted === undefined)
    throw new UserError(
      'file-unsupported',
      `it is none of the files whose hash is known (such as ${pinFor(false).file}); if you know its SHA-256 from where you got it, give it by --sha256`,
      { file: path },
    );
  if (hash !== wanted)
    throw new UserError('file-damaged', `its SHA-256 is ${hash}, expected ${wanted}: copy or download it again`, {
      file: path,
    });
  await (wheel ? unpackWheel : unpackTarball)(path, engine, options);
  const built = options.prebuilt === null;
  if (options.prebuilt === null) await buildAddon(engine, options);
  else await copyFile(options.prebuilt, join(engine, ADDON));
  return {
    version: VERSION,
    cuda: pin?.cuda ?? /gpu|^tensorflow-/.test(name),
    platform: `${process.platform}-${process.arch}`,
    source: name,
    sourceHash: hash,
    addon: built ? 'built' : 'prebuilt',
    installedAt: new Date().toISOString(),
    files: await hashes(engine, options),
  };
}

/** The engine of another machine, every file verified. */
async function fromEngine(engine: string, from: string, options: InstallOptions): Promise<Manifest> {
  const manifest = readManifest(from);
  const here = `${process.platform}-${process.arch}`;
  if (!manifest) throw new UserError('file-damaged', `it lacks ${ADDON}`, { file: from });
  if (manifest.platform !== here)
    throw new UserError('file-unsupported', `it was installed for ${manifest.platform}, this is ${here}`, {
      file: from,
    });
  if (manifest.version !== VERSION)
    throw new UserError('file-unsupported', `it is TensorFlow ${manifest.version}, ${VERSION} is needed`, {
      file: from,
    });
  options.onProgress('unpack', 0, 1);
  await cp(from, engine, { recursive: true, verbatimSymlinks: true }).catch((error: unknown) => {
    throw fileError(error, from);
  });
  await rm(manifestPath(engine));
  const found = await hashes(engine, options);
  for (const [name, hash] of Object.entries(manifest.files))
    if (found[name] !== hash)
      throw new UserError(
        'file-damaged',
        `${name} is not what was installed (SHA-256 ${found[name] ?? 'of nothing'})`,
        { file: from },
      );
  return { ...manifest, addon: 'prebuilt', installedAt: new Date().toISOString(), files: found };
}

async function hashes(engine: string, options: InstallOptions): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of [LIBRARY, FRAMEWORK, ADDON]) files[name] = await sha256Of(join(engine, name), options);
  return files;
}

/** The new folder takes the place of the old one. */
async function replace(dir: string, engine: string): Promise<void> {
  const old = `${dir}.old`;
  await rm(old, { recursive: true, force: true });
  await mkdir(dirname(dir), { recursive: true });
  if (existsSync(dir)) await rename(dir, old);
  await rename(engine, dir);
  await rm(old, { recursive: true, force: true });
}
