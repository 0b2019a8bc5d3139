import { expect } from 'vitest';
import { describe as inspect, openVolume } from '@main/formats/volumes';
import type { VolumeEntry } from '@main/formats/volumes';
import type { VolumeInfo } from '@shared/domain';

/** What nibabel, pynrrd, SimpleITK and tifffile make of a volume (test/fixtures/volumes/expected.py). */
export interface Expected {
  readonly size: number[];
  readonly spacing: number[];
  readonly origin: number[];
  readonly direction: number[];
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly sha256: string;
  readonly components?: number;
}

export async function read(entry: VolumeEntry): Promise<VolumeInfo> {
  const volume = await openVolume(entry);
  try {
    return await inspect(volume);
  } finally {
    await volume.close();
  }
}

/** Geometry within 1e-4 mm and 1e-6 of direction: headers of float32 hold no more. Values exactly, by their hash. */
export function expectAnswer(info: VolumeInfo, expected: Expected, what: string): void {
  expect(info.size, what).toEqual(expected.size);
  expect(info.sha256, what).toBe(expected.sha256);
  expect([info.min, info.max], what).toEqual([expected.min, expected.max]);
  const near = (key: 'spacing' | 'origin' | 'direction', within: number): void =>
    info[key].forEach((value, i) =>
      expect(
        Math.abs(value - expected[key][i]!),
        `${what}: ${key} ${info[key].join()} for ${expected[key].join()}`,
      ).toBeLessThan(within),
    );
  near('spacing', 1e-4);
  near('origin', 1e-4);
  near('direction', 1e-6);
  expect(Math.abs(info.mean - expected.mean), what).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected.mean)));
}
