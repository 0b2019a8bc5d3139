import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { executeRun, exportRun, predictFiles } from '@main/training';
import type { ExportedFile } from '@shared/domain';
import { smallProject, type SmallProject } from './project';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const python = process.env.RESIDUA_PYTHON ?? 'python3';
const hasPython = spawnSync(python, ['-c', 'import onnxruntime, numpy, PIL']).status === 0;
if (!hasPython)
  console.warn('the Python example of docs/export.md is not run: no Python with onnxruntime, numpy and pillow here');

describe('an exported run', () => {
  let project: SmallProject;
  let folder: string;
  let files: ExportedFile[];
  const to = mkdtempSync(join(tmpdir(), 'residua-export-'));

  beforeAll(async () => {
    project = await smallProject();
    folder = await project.run({ taps: [2, 12], epochs: 2, batch: 8, folds: 2, warmUpSteps: 2 });
    await executeRun(folder);
    files = await exportRun(folder, join(to, 'model'));
  });
  afterAll(() => {
    project.remove();
    rmSync(to, { recursive: true, force: true });
  });

  it('is two files, each compared with the engine', () => {
    expect(files.map(({ name }) => name)).toEqual(['model.onnx', 'model-fp16.onnx']);
    const [single, half] = files as [ExportedFile, ExportedFile];
    expect(single.difference).toBeLessThanOrEqual(1e-4);
    expect(half.difference).toBeGreaterThan(0);
    expect(half.difference).toBeLessThan(0.02);
    expect(half.bytes).toBeLessThan(0.55 * single.bytes);
    for (const { name, bytes, compared } of files) {
      expect(statSync(join(to, 'model', name)).size).toBe(bytes);
      expect(compared).toBe(8);
    }
  });

  it('replaces an earlier export, and refuses a folder with other files and a run without a head', async () => {
    expect(await exportRun(folder, join(to, 'model'))).toEqual(files);
    mkdirSync(join(to, 'other'));
    writeFileSync(join(to, 'other', 'notes.txt'), 'mine');
    await expect(exportRun(folder, join(to, 'other'))).rejects.toThrow(/holds other files/);
    await expect(exportRun(await project.run(), join(to, 'none'))).rejects.toThrow(/no trained head/);
  });

  it.skipIf(!hasPython)(
    'is read by the ten lines of Python in docs/export.md, with the answers of Residua',
    async () => {
      const page = readFileSync(resolve(import.meta.dirname, '../../../docs/export.md'), 'utf8');
      const example = /```python\n([\s\S]*?)```/.exec(page)![1]!;
      expect(example.trim().split('\n')).toHaveLength(10);
      writeFileSync(join(to, 'example.py'), example);
      const picture = join(to, 'picture.png');
      const grey = Buffer.from(Array.from({ length: 28 * 28 }, (_, i) => (i * 7) % 256));
      await sharp(grey, { raw: { width: 28, height: 28, channels: 1 } })
        .png()
        .toFile(picture);
      const [own] = await predictFiles(folder, 'chosen', [picture]);
      for (const { name, difference } of files) {
        const said = execFileSync(python, [join(to, 'example.py'), join(to, 'model', name), picture], {
          encoding: 'utf8',
        });
        const answer = JSON.parse(said) as Record<string, number>;
        expect(Object.keys(answer)).toEqual(project.classes.names);
        project.classes.names.forEach((c, i) => {
          expect(Math.abs(answer[c]! - own!.probabilities[i]!)).toBeLessThan(0.02 + difference);
        });
      }
    },
  );
});
