import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listVolumes } from '@main/formats/volumes';
import { hasShared, sharedPath } from '../../../shared-data';

const data = (...parts: string[]): string => sharedPath('data', ...parts);

describe.runIf(hasShared)('label maps sit on their images', () => {
  const pairs = (): [string, string][] => {
    const hippocampus = data('nifti', 'msd_hippocampus');
    const named = readdirSync(join(hippocampus, 'labels'));
    return [
      [data('nrrd_mha', 'brain1_image.nrrd'), data('nrrd_mha', 'brain1_label.nrrd')],
      [data('nrrd_mha', 'breast1_image.nrrd'), data('nrrd_mha', 'breast1_label.nrrd')],
      [data('nrrd_mha', 'CT_2D_head_fixed.mha'), data('nrrd_mha', 'CT_2D_head_fixed_mask.mha')],
      [data('nifti', 'brain_ch2_aal', 'ch2.nii.gz'), data('nifti', 'brain_ch2_aal', 'aal.nii.gz')],
      ...named.map((name): [string, string] => [join(hippocampus, 'images', name), join(hippocampus, 'labels', name)]),
    ];
  };

  it('all share the grid of their image', async () => {
    const all = pairs();
    expect(all.length).toBeGreaterThan(130);
    const { volumes } = await listVolumes(all.flat());
    const byFile = new Map(volumes.map(({ header }) => [header.files[0]!, header]));
    for (const [image, label] of all) {
      const [a, b] = [byFile.get(image)!, byFile.get(label)!];
      expect(b.size, label).toEqual(a.size);
      for (const key of ['spacing', 'origin', 'direction'] as const)
        b[key].forEach((value, i) => expect(Math.abs(value - a[key][i]!), `${label} ${key}`).toBeLessThan(1e-4));
    }
  });
});
