import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listVolumes } from '@main/formats/volumes';
import { hasShared, sharedPath } from '../../../shared-data';
import { expectAnswer, read } from './answers';
import type { Expected } from './answers';

const fixtures = resolve(import.meta.dirname, '../../../fixtures/volumes');
const expectedIn = (name: string): Map<string, Expected[]> =>
  new Map(Object.entries(JSON.parse(readFileSync(join(fixtures, name), 'utf8')) as Record<string, Expected[]>));

/** Every volume below `root` against what is expected of its file, and nothing refused but `refused`. */
async function checkAll(root: string, folders: string[], expected: Map<string, Expected[]>): Promise<string[]> {
  const { volumes, refused } = await listVolumes(folders);
  const seen = new Map<string, number>();
  for (const entry of volumes) {
    const names = entry.header.files.map((file) => relative(root, file));
    const name = names.find((one) => expected.has(one));
    expect(name, names.join()).toBeDefined();
    const at = seen.get(name!) ?? 0;
    seen.set(name!, at + 1);
    const info = await read(entry);
    const answer = expected.get(name!)![at]!;
    expectAnswer(info, answer, `${name} ${at}`);
    expect(info.components).toBe(answer.components ?? 1);
  }
  for (const [name, answers] of expected) expect(seen.get(name), name).toBe(answers.length);
  return refused.map(({ file, code }) => `${relative(root, file)}: ${code}`);
}

describe('volumes are read as nibabel, pynrrd, SimpleITK and tifffile read them', () => {
  it('small files of every format and encoding', async () => {
    const root = join(fixtures, 'small');
    expect(await checkAll(root, [root], expectedIn('small.json'))).toEqual([]);
  });

  it('a pair by its header, by its voxels, and by both', async () => {
    const [header, image] = ['pair.hdr', 'pair.img'].map((name) => join(fixtures, 'small', name)) as [string, string];
    for (const paths of [[header], [image], [image, header]]) {
      const { volumes, refused } = await listVolumes(paths);
      expect(refused).toEqual([]);
      expect(volumes.map((entry) => entry.header.files)).toEqual([[header, image]]);
    }
  });

  it.runIf(hasShared)('real files', { timeout: 120_000 }, async () => {
    const root = sharedPath('data');
    const refused = await checkAll(root, [join(root, 'nifti'), join(root, 'nrrd_mha')], expectedIn('shared.json'));
    expect(refused).toEqual(['nifti/brain_ch2_aal/aal.nii.txt: unknown-format']);
  });
});
