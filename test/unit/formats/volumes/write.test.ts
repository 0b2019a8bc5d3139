import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { listVolumes, openVolume, writeVolume } from '@main/formats/volumes';
import type { VolumeEntry } from '@main/formats/volumes';
import type { VolumeInfo } from '@shared/domain';
import { expectAnswer, read } from './answers';

const small = resolve(import.meta.dirname, '../../../fixtures/volumes/small');
const dir = mkdtempSync(join(tmpdir(), 'residua-written-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function written(entry: VolumeEntry, name: string): Promise<{ before: VolumeInfo; after: VolumeInfo }> {
  const volume = await openVolume(entry);
  const before = await writeVolume(volume, join(dir, name));
  await volume.close();
  const { volumes, refused } = await listVolumes([join(dir, name)]);
  expect(refused).toEqual([]);
  expect(volumes).toHaveLength(1);
  return { before, after: await read(volumes[0]!) };
}

describe('a volume that was written and read again', () => {
  it.each(['nii.gz', 'nii', 'nrrd'])('has the same values and the same place: .%s', async (ending) => {
    const { volumes } = await listVolumes([small]);
    expect(volumes.length).toBeGreaterThan(50);
    for (const [i, entry] of volumes.entries()) {
      const { before, after } = await written(entry, `${i}.${ending}`);
      // NIfTI without either form is placed around the origin, as nibabel does.
      if (before.spacingKind === 'none' && ending !== 'nrrd') expect(after.sha256).toBe(before.sha256);
      else expectAnswer(after, before, `${entry.header.name}.${ending}`);
      expect(after.components).toBe(before.components);
      expect(after.spacingKind).toBe(before.spacingKind);
    }
  });

  it('keeps the type of the file where values are not rescaled, and is of float32 where they are', async () => {
    const { volumes } = await listVolumes(
      ['big.nii.gz', 'gzip.nrrd', 'scaled.nii', 'long.nii'].map((n) => join(small, n)),
    );
    const types = await Promise.all(
      volumes.map(async (entry, i) => (await written(entry, `type${i}.nii.gz`)).after.type),
    );
    expect(types).toEqual(['float32', 'uint32', 'float32', 'float32']);
  });

  it('leaves nothing behind where it fails', async () => {
    const { volumes } = await listVolumes([join(small, 'int16.nii')]);
    const volume = await openVolume(volumes[0]!);
    const before = readdirSync(dir);
    const failing = { ...volume, slices: () => failAfterOne(volume.slices([0])) };
    await expect(writeVolume(failing, join(dir, 'fails.nii.gz'))).rejects.toThrow('gone');
    await expect(writeVolume(volume, join(dir, 'no', 'folder.nii'))).rejects.toMatchObject({ code: 'file-missing' });
    await volume.close();
    expect(readdirSync(dir)).toEqual(before);
  });
});

async function* failAfterOne<T>(slices: AsyncIterable<T>): AsyncIterable<T> {
  yield* slices;
  throw new Error('gone');
}
