import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describe as inspect, listVolumes, openVolume, VolumeProblem } from '@main/formats/volumes';
import { OURS } from '@main/formats/volumes/listing';
import { UserError } from '@shared/errors';
import type { VolumeInfo } from '@shared/domain';
import { fuzz, RUNS } from './damage';

const small = resolve(import.meta.dirname, '../fixtures/volumes/small');

/** Refusals as the harness knows them; of several volumes in a file the first. */
async function readFirst(path: string): Promise<VolumeInfo> {
  try {
    const { volumes, refused } = await listVolumes([path]);
    if (refused[0]) throw new VolumeProblem(refused[0].file, refused[0].code, refused[0].values);
    const volume = await openVolume(volumes[0]!);
    try {
      return await inspect(volume);
    } finally {
      await volume.close();
    }
  } catch (error) {
    if (!(error instanceof VolumeProblem) || error.values.codec === OURS) throw error;
    throw new UserError('file-damaged', error.toRefusal().reason, { file: error.file, cause: error });
  }
}

describe('damaged volumes are refused, or read by what their headers say', () => {
  it.each([
    ['int16.nii'],
    ['version2.nii.gz'],
    ['series.nii.gz'],
    ['raw.nrrd'],
    ['text.nrrd'],
    ['gzip.nrrd'],
    ['local.mha'],
    ['packed.mha'],
    ['rows.npy'],
    ['arrays.npz'],
    ['pages.tif'],
  ])('%s', async (name) => {
    const outcomes = await fuzz(
      readFileSync(join(small, name)),
      name,
      readFirst,
      (info) => {
        expect([...info.size, ...info.spacing].every((n) => Number.isFinite(n) && n > 0)).toBe(true);
        expect([...info.origin, ...info.direction, info.min, info.max, info.mean].every(Number.isFinite)).toBe(true);
      },
      Math.ceil(RUNS / 3),
    );
    expect(outcomes.refused).toBeGreaterThan(0);
  });
});
