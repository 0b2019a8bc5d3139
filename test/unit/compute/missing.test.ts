import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LiveProbe } from '@main/compute/liveProbe';
import { Project, SPLIT_CODES } from '@main/project';
import type { ClassList, TrainingSample } from '@main/training';
import { accept, importFolder } from '../import/setup';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const folder = importFolder();
const COUNT = 32;
let project: Project;
beforeAll(async () => {
  // Bright ones and dark ones, no two alike.
  for (let i = 0; i < COUNT; i++) {
    const grey = Uint8Array.from({ length: 256 }, (_, at) => ((at * (i + 3) * 37) % 90) + (i % 2 ? 160 : 0));
    const dir = folder.path('scans', i % 2 ? 'bright' : 'dark');
    mkdirSync(dir, { recursive: true });
    writeFileSync(
      join(dir, `${i}.png`),
      await sharp(grey, { raw: { width: 16, height: 16, channels: 1 } })
        .toColourspace('b-w')
        .png()
        .toBuffer(),
    );
  }
  const draft = await folder.inspect(folder.path('scans'));
  const dir = folder.path('scans.residua');
  await draft.commit(accept(draft.review()), { dir });
  project = await Project.open(dir, { holder: 'cli' });
});
afterAll(() => project.close());

const samples = (): TrainingSample[] =>
  project.index.rows(Array.from({ length: COUNT }, (_, key) => key)).map((row): TrainingSample => ({
    key: row.key,
    id: row.id,
    contentHash: project.index.contentHash(row.key),
    group: row.key,
    // All of train and validation, so that each has a prediction to lose.
    split: SPLIT_CODES[row.key % 5 === 0 ? 1 : 0]!,
    leak: false,
    class: row.class,
    state: 'labelled',
    event: null,
  }));

it('a missing original takes its own prediction away, and nobody else’s', async () => {
  const classes: ClassList = { ids: [0, 1], names: ['bright', 'dark'], positive: null, kind: 'single' };
  const all = samples();
  const gone = all[7]!;
  rmSync(folder.path('scans', ...gone.id.split('/')));
  const probe = new LiveProbe(project.dir, project.input);
  expect(await probe.prepare(all, {})).toEqual({ computed: COUNT - 1, total: COUNT, missing: 1 });
  const { probabilities, kind } = await probe.fit(all, classes, true);
  for (const { key, class: label } of all) {
    const row = probabilities.subarray(2 * key, 2 * key + 2);
    expect(kind[key]).toBe(key === gone.key ? 0 : 1);
    if (key === gone.key) expect(row.every(Number.isNaN)).toBe(true);
    else expect(row[label!]).toBeGreaterThan(0.5);
  }
  // Where nothing can be read at all, the reason says which file.
  rmSync(join(project.cacheDir, 'features'), { recursive: true });
  rmSync(folder.path('scans'), { recursive: true });
  const none = new LiveProbe(project.dir, project.input);
  await expect(none.prepare(all, {})).rejects.toMatchObject({ code: 'file-missing' });
});
