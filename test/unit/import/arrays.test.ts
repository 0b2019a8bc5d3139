import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Project } from '@main/project';
import { rebuildCache } from '@main/project/import';
import { ownedName } from '@main/project/import/staging';
import { refused } from '../formats/folder';
import { bytes, npy, npz } from '../formats/npyFile';
import { accept, importFolder } from './setup';

const folder = importFolder();
const values = (n: number): Uint8Array =>
  Uint8Array.from({ length: n }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 11) & 255);
const labels = (n: number): Buffer =>
  npy(
    '|u1',
    [n],
    Uint8Array.from({ length: n }, (_, i) => i % 3),
  );

async function opened<T>(dir: string, use: (project: Project) => Promise<T>): Promise<T> {
  const project = await Project.open(dir, { holder: 'cli' });
  try {
    return await use(project);
  } finally {
    await project.close();
  }
}

describe('NumPy sources', () => {
  it('images.npy and labels.npy, given, in a folder, or found beside', async () => {
    const images = folder.write('pair/images.npy', npy('|u1', [30, 5, 6], values(900)));
    const labelFile = folder.write('pair/labels.npy', labels(30));
    for (const paths of [[images, labelFile], [images], [folder.path('pair')], [labelFile, images]]) {
      const draft = await folder.inspect(paths);
      const review = draft.review();
      expect(review).toMatchObject({
        samples: 30,
        unlabelled: 0,
        officialSplits: null,
        suggested: { policy: 'new', positive: null },
      });
      expect(review.classes.map((c) => [c.name, c.count])).toEqual([
        ['0', 10],
        ['1', 10],
        ['2', 10],
      ]);
      expect(review.splits.new).toEqual({ train: 21, val: 3, test: 6 });
      await draft.discard();
    }
  });

  it('images without labels', async () => {
    const draft = await folder.inspect(folder.write('alone.npz', npz({ images: npy('|u1', [10, 5, 6], values(300)) })));
    const review = draft.review();
    expect(review).toMatchObject({ samples: 10, unlabelled: 10, classes: [] });
    expect(review.splits.new).toEqual({ train: 7, val: 1, test: 2 });
    await draft.discard();
  });

  it.each([
    ['|b1', Uint8Array.from({ length: 60 }, (_, i) => i % 2), 'uint8', 0, 1],
    ['|i1', Int8Array.from({ length: 60 }, (_, i) => i - 30), 'int16', -30, 29],
    ['<u2', Uint16Array.from({ length: 60 }, (_, i) => i * 60), 'uint16', 0, 4095],
    ['<i2', Int16Array.from({ length: 60 }, (_, i) => i * 10 - 300), 'int16', -300, 290],
    ['<i8', BigInt64Array.from({ length: 60 }, (_, i) => BigInt(i * 1000)), 'float32', 0, 59000],
    ['<f4', Float32Array.from({ length: 60 }, (_, i) => i / 64), 'float32', 0, 59 / 64],
    ['<f8', Float64Array.from({ length: 60 }, (_, i) => i / 64), 'float32', 0, 59 / 64],
  ] as const)('keeps the values of %s', async (descr, data, type, low, high) => {
    const path = folder.write(
      'typed.npz',
      npz({ images: npy(descr, [2, 5, 6], bytes(data)), labels: npy('|u1', [2], Uint8Array.of(0, 1)) }),
    );
    const draft = await folder.inspect(path);
    const dir = folder.path('typed.residua');
    rmSync(dir, { recursive: true, force: true });
    await draft.commit(accept(draft.review()), { dir });
    await opened(dir, async ({ pixels }) => {
      const frame = await pixels.frame(1);
      expect(frame).toMatchObject({ width: 6, height: 5, depth: 1, channels: 1, type, low, high });
      expect([...frame.data]).toEqual(Array.from(data, Number).slice(30));
    });
  });

  it('equal pixels of another shape or type are another content', async () => {
    const hashes = async (array: Buffer): Promise<string> => {
      const draft = await folder.inspect(folder.write('h.npz', npz({ images: array })));
      const dir = folder.path('h.residua');
      await draft.commit(accept(draft.review()), { dir });
      const hash = await opened(dir, async ({ index }) => index.contentHash(0));
      rmSync(dir, { recursive: true });
      return hash;
    };
    const data = values(36);
    const all = [
      await hashes(npy('|u1', [1, 6, 6], data)),
      await hashes(npy('|u1', [1, 4, 9], data)),
      await hashes(npy('|i1', [1, 6, 6], data)),
      await hashes(npy('|u1', [1, 4, 3, 3], data)),
    ];
    expect(new Set(all).size).toBe(4);
    expect(await hashes(npy('|u1', [1, 6, 6, 1], data))).toBe(all[0]);
    expect(await hashes(npy('|u1', [1, 1, 6, 6], data))).toBe(all[0]);
  });

  it('larger images get thumbnails, and a deleted cache is made anew, verified', async () => {
    const n = 5;
    const path = folder.write(
      'large.npz',
      npz({ images: npy('|u1', [n, 120, 200, 3], values(n * 72000)), labels: labels(n) }),
    );
    const draft = await folder.inspect(path);
    const [shown] = await draft.thumbs([2]);
    expect(shown).toMatchObject({ width: 96, height: 58, channels: 3, type: 'uint8' });
    const dir = folder.path('large.residua');
    await draft.commit(accept(draft.review()), { dir });
    const cache = (): Buffer[] =>
      ['thumbs.bin', 'pixels/images.bin'].map((name) => readFileSync(folder.path('large.residua', 'cache', name)));
    const before = cache();
    await opened(dir, async (project) => {
      expect((await project.pixels.thumb(2)).data).toEqual(shown!.data);
      rmSync(folder.path('large.residua', 'cache'), { recursive: true });
      mkdirSync(project.cacheDir);
      await rebuildCache(project);
      expect(cache()).toEqual(before);
      expect(readdirSync(project.cacheDir).sort()).toEqual(['pixels', 'thumbs.bin']);
      const other = values(n * 72000);
      other[72000]! ^= 1;
      writeFileSync(path, npz({ images: npy('|u1', [n, 120, 200, 3], other), labels: labels(n) }));
      await refused(rebuildCache(project), 'file-damaged', /no longer the file that was imported: image_00001/, path);
      expect(cache()).toEqual(before);
      rmSync(path);
      await refused(rebuildCache(project), 'file-missing', /no such file/, path);
    });
  });
});

describe('writing the project', () => {
  const source = (): string =>
    folder.write('w.npz', npz({ images: npy('|u1', [30, 5, 6], values(900)), labels: labels(30) }));

  it('replaces nothing unasked, and only a project when asked', async () => {
    const dir = folder.path('here.residua');
    const draft = await folder.inspect(source());
    mkdirSync(dir);
    await draft.commit(accept(draft.review(), { name: 'first' }), { dir });
    const again = await folder.inspect(source());
    const decisions = accept(again.review(), { name: 'second' });
    await refused(again.commit(decisions, { dir }), 'project-exists', /something is there/, dir);
    const other = folder.path('precious');
    folder.write('precious/thesis.txt', 'years');
    await refused(
      again.commit(decisions, { dir: other, force: true }),
      'project-exists',
      /no project and is not replaced/,
      other,
    );
    await opened(dir, () =>
      refused(again.commit(decisions, { dir, force: true }), 'project-locked', /is open in process/, dir),
    );
    await again.commit(decisions, { dir, force: true });
    await opened(dir, async (project) => {
      expect(project.name).toBe('second');
    });
    expect(
      readdirSync(folder.path())
        .filter((name) => /here|precious/.test(name))
        .sort(),
    ).toEqual(['here.residua', 'precious']);
    expect(folder.left()).toEqual([]);
    await refused(again.commit(decisions, { dir: folder.path('third') }), 'cancelled', /ended already/);
  });

  it('a cancelled or failed commit leaves no half-made project, and the draft can be committed again', async () => {
    const dir = folder.path('half.residua');
    const draft = await folder.inspect(source());
    const decisions = accept(draft.review());
    await refused(draft.commit(decisions, { dir, signal: AbortSignal.abort() }), 'cancelled', /./);
    await refused(draft.commit({ ...decisions, policy: 'leak-free' }, { dir }), 'value-invalid', /no splits/);
    await refused(draft.commit({ ...decisions, positive: 9 }, { dir }), 'class-missing', /no class 9/);
    await refused(
      draft.commit({ ...decisions, classes: [{ id: 0, name: 'a', short: 'a' }] }, { dir }),
      'value-invalid',
      /cannot be left out/,
    );
    await refused(
      draft.commit(decisions, { dir: folder.path('w.npz', 'x.residua') }),
      'file-unreadable',
      /stands in the way/,
    );
    expect(readdirSync(folder.path()).filter((name) => name.startsWith('half'))).toEqual([]);
    await draft.commit(decisions, { dir });
    expect(existsSync(dir)).toBe(true);
  });

  it('takes names and order of classes as the person set them', async () => {
    const draft = await folder.inspect(source());
    const dir = folder.path('named.residua');
    const classes = [
      { id: 2, name: 'worst', short: 'worst' },
      { id: 0, name: 'none', short: 'none' },
      { id: 1, name: 'some', short: 'some' },
    ];
    const result = await draft.commit(accept(draft.review(), { classes, kind: 'ordered' }), { dir });
    expect(result.classes).toEqual(['worst', 'none', 'some']);
    await opened(dir, async ({ scheme, index }) => {
      expect(scheme.classes.map((c) => [c.id, c.name, c.order, c.key])).toEqual([
        [2, 'worst', 0, 'Digit1'],
        [0, 'none', 1, 'Digit2'],
        [1, 'some', 2, 'Digit3'],
      ]);
      expect([...index.classes.slice(0, 3)]).toEqual([0, 1, 2]);
    });
  });

  it('joins pairs as the person says', async () => {
    const base = values(784 * 20);
    const near = (of: number): Uint8Array =>
      base.slice(784 * of, 784 * (of + 1)).map((v, i) => (i % 97 === 0 ? v ^ 3 : v));
    const data = new Uint8Array(784 * 23);
    data.set(base);
    data.set(near(0), 784 * 20);
    data.set(base.slice(784, 1568), 784 * 21);
    data.set(near(2), 784 * 22);
    const path = folder.write('pairs.npz', npz({ images: npy('|u1', [23, 28, 28], data) }));
    const draft = await folder.inspect(path);
    const review = draft.review();
    expect(review.duplicates).toEqual({ exact: 1, near: 2, withDifferentLabels: 0, testLeaks: 0 });
    const apart = review.pairs.findIndex((p) => p.a.index === 2);
    const dir = folder.path('pairs.residua');
    const result = await draft.commit(accept(review, { pairs: { [apart]: false } }), { dir });
    expect(result.groups).toBe(21);
    await opened(dir, async ({ index }) => {
      expect(index.groups[0]).toBe(index.groups[20]);
      expect(index.groups[1]).toBe(index.groups[21]);
      expect(index.groups[2]).not.toBe(index.groups[22]);
    });
  });
});

describe('what killed imports left', () => {
  it('is removed by the next one when its process is gone; of another machine after a day', async () => {
    const own = ownedName();
    // No process has this number: Linux ends at 2^22.
    const gone = own.replace(/-[0-9a-z]+-/, `-${(2 ** 22 + 7).toString(36)}-`);
    const elsewhere = gone.replace(/^.{8}/, '00000000');
    const old = new Date(Date.now() - 25 * 3_600_000);
    const make = (name: string, when?: Date): void => {
      mkdirSync(folder.path('staging', name), { recursive: true });
      if (when) utimesSync(folder.path('staging', name), when, when);
    };
    make(`import-${gone}`);
    make(`import-${own}`, old);
    make(`import-${elsewhere}`);
    make(`import-${elsewhere}0`, old);
    make('import-of mine', old);
    make('other', old);
    const draft = await folder.inspect(folder.write('k.npz', npz({ images: npy('|u1', [3, 5, 6], values(90)) })));
    await draft.discard();
    expect(folder.left().sort()).toEqual([`import-${own}`, `import-${elsewhere}`, 'import-of mine', 'other'].sort());
  });
});
