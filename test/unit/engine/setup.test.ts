import { createHash } from 'node:crypto';
import { existsSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkTensorflow, installTensorflow } from '@main/engine/setup';
import { pinFor, PINS } from '@main/engine/setup/pins';
import type { EngineSource, InstallOptions } from '@main/engine/setup/types';
import { readManifest } from '@main/engine/tensorflow/manifest';
import { tensorflowDir } from '@main/project/enginesDir';
import { ENGINES } from '../../engines';

const NAME = pinFor(false).file;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'residua-setup-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

/** A zip without compression. */
function zip(members: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(members)) {
    const data = Buffer.from(text);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(20, 4);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt32LE(data.length, 22);
    head.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    entry.writeUInt16LE(20, 6);
    head.copy(entry, 16, 14, 28);
    entry.writeUInt32LE(offset, 42);
    parts.push(head, Buffer.from(name), data);
    central.push(entry, Buffer.from(name));
    offset += 30 + name.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(members).length, 8);
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}

const headers = Object.fromEntries(
  Array.from({ length: 9 }, (_, i) => [`tensorflow/include/tensorflow/c/h${i}.h`, `// ${i}`]),
);
const LIBRARIES = {
  'tensorflow/libtensorflow_cc.so.2': 'library',
  'tensorflow/libtensorflow_framework.so.2': 'framework',
};

async function file(name: string, content: Buffer | string): Promise<{ path: string; sha256: string }> {
  const path = join(dir, name);
  await writeFile(path, content);
  return { path, sha256: createHash('sha256').update(content).digest('hex') };
}

const target = (): string => join(dir, 'home', 'engines', 'tensorflow');
/** Installs with an addon that came along, and a check that believes everything. */
const install = (source: EngineSource, o: Partial<InstallOptions> = {}): ReturnType<typeof installTensorflow> =>
  installTensorflow({
    dir: target(),
    source,
    prebuilt: join(dir, 'addon'),
    check: () => Promise.resolve({ version: '2.18.1', cuda: false }),
    onProgress: () => undefined,
    ...o,
  });
const nothingLeft = (): void => {
  expect(existsSync(target())).toBe(false);
  expect(existsSync(`${target()}.new`)).toBe(false);
};

describe('a wheel', () => {
  it('gives its two libraries and the headers, nothing else', async () => {
    await writeFile(join(dir, 'addon'), 'addon');
    const wheel = await file(
      NAME,
      zip({ ...LIBRARIES, ...headers, 'tensorflow/python/x.py': 'x', 'tensorflow/include/absl/y.h': 'y' }),
    );
    const stages = new Set<string>();
    const { manifest } = await install(
      { kind: 'local', ...wheel },
      { onProgress: (stage, done, total) => (expect(done).toBeLessThanOrEqual(total), stages.add(stage)) },
    );
    expect([...stages]).toEqual(['verify', 'unpack', 'check']);
    expect(await readFile(join(target(), 'libtensorflow_cc.so.2'), 'utf8')).toBe('library');
    expect(readlinkSync(join(target(), 'libtensorflow.so.2'))).toBe('libtensorflow_cc.so.2');
    expect(existsSync(join(target(), 'include', 'tensorflow', 'c', 'h8.h'))).toBe(true);
    expect(existsSync(join(target(), 'python'))).toBe(false);
    expect(readManifest(target())).toEqual(manifest);
    expect(manifest).toMatchObject({ version: '2.18.1', cuda: false, addon: 'prebuilt', sourceHash: wheel.sha256 });
    expect(existsSync(`${target()}.new`)).toBe(false);
  });

  it('is refused where its hash is another one', async () => {
    const { path } = await file(NAME, zip({ ...LIBRARIES, ...headers }));
    await expect(install({ kind: 'local', path })).rejects.toThrow(/its SHA-256 is [0-9a-f]{64}, expected 810c75d7/);
    nothingLeft();
  });

  it('is refused where it is of another version, of unknown hash, or nothing of the kind', async () => {
    const wrong = await file('tensorflow_cpu-2.17.0-cp311-cp311-x.whl', 'x');
    await expect(install({ kind: 'local', ...wrong })).rejects.toThrow(/it is TensorFlow 2\.17\.0, 2\.18\.1 is needed/);
    const unknown = await file('libtensorflow-cpu-linux-x86_64-2.18.1.tar.gz', 'x');
    await expect(install({ kind: 'local', path: unknown.path })).rejects.toThrow(/give it by --sha256/);
    const text = await file('notes.txt', 'x');
    await expect(install({ kind: 'local', ...text })).rejects.toThrow(/neither a wheel .* nor a libtensorflow tarball/);
    const empty = await file(NAME, zip(headers));
    await expect(install({ kind: 'local', ...empty })).rejects.toThrow(/it holds no libtensorflow_cc\.so\.2/);
    const broken = await file(NAME, 'no zip');
    await expect(install({ kind: 'local', ...broken })).rejects.toThrow(/no whole wheel/);
    await expect(install({ kind: 'local', path: join(dir, 'absent.whl') })).rejects.toThrow(/there is no such file/);
    nothingLeft();
  });

  it('is refused where there is no compiler, and where the compiler refuses', async () => {
    const wheel = await file(NAME, zip({ ...LIBRARIES, ...headers }));
    vi.stubEnv('CXX', join(dir, 'no-compiler'));
    await expect(install({ kind: 'local', ...wheel }, { prebuilt: null })).rejects.toThrow(/no C\+\+ compiler here/);
    vi.stubEnv('CXX', 'false');
    await expect(install({ kind: 'local', ...wheel }, { prebuilt: null })).rejects.toThrow(/could not build the addon/);
    nothingLeft();
  });
});

describe('an installation', () => {
  it('leaves the one before where the new one fails its check or is called off', async () => {
    await writeFile(join(dir, 'addon'), 'addon');
    const wheel = await file(NAME, zip({ ...LIBRARIES, ...headers }));
    const { manifest } = await install({ kind: 'local', ...wheel });
    const failing = (): Promise<never> => Promise.reject(new Error('it crashed'));
    await expect(install({ kind: 'local', ...wheel }, { check: failing })).rejects.toThrow(/it crashed/);
    const abort = new AbortController();
    const called = install(
      { kind: 'local', ...wheel },
      { signal: abort.signal, onProgress: (stage) => void (stage === 'unpack' && abort.abort()) },
    );
    await expect(called).rejects.toMatchObject({ code: 'cancelled' });
    expect(readManifest(target())).toEqual(manifest);
    expect(existsSync(`${target()}.new`)).toBe(false);
  });

  it('takes the folder of another machine, and refuses one that was changed', async () => {
    await writeFile(join(dir, 'addon'), 'addon');
    const wheel = await file(NAME, zip({ ...LIBRARIES, ...headers }));
    await install({ kind: 'local', ...wheel });
    const given = target();
    const here = join(dir, 'here');
    const { manifest } = await install({ kind: 'local', path: given }, { dir: here, prebuilt: null });
    expect(manifest).toMatchObject({ addon: 'prebuilt', source: NAME });
    expect(readManifest(here)).toEqual(manifest);
    await writeFile(join(given, 'libtensorflow_framework.so.2'), 'another');
    await expect(install({ kind: 'local', path: given }, { dir: here })).rejects.toThrow(
      /framework\.so\.2 is not what was installed/,
    );
    expect(readManifest(here)).toEqual(manifest);
    await mkdir(join(dir, 'empty'));
    await expect(install({ kind: 'local', path: join(dir, 'empty') })).rejects.toThrow(
      /neither the folder of an installed engine/,
    );
  });
});

it('knows each wheel once, by a whole hash', () => {
  expect(new Set(PINS.map(({ file: name }) => name)).size).toBe(PINS.length);
  expect(new Set(PINS.map(({ sha256 }) => sha256)).size).toBe(PINS.length);
  for (const { sha256 } of PINS) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
});

describe.skipIf(!ENGINES.every(({ here }) => here))('the engine of this machine', () => {
  it('passes the check that its installation made', () => {
    expect(checkTensorflow(tensorflowDir())).toEqual({ version: '2.18.1', cuda: false });
  });
});
