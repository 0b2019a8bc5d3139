import { createHash } from 'node:crypto';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { VolumeHeader } from '@shared/domain';
import { dicom } from '@main/formats/volumes/dicom';
import type { StoredSlice, VolumeEntry } from '@main/formats/volumes/types';

const folder = mkdtempSync(join(tmpdir(), 'residua-dicom-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let count = 0;
/** Writes files under a folder of their own; their paths in the order given. */
export function written(files: Readonly<Record<string, Uint8Array>>): string[] {
  const own = join(folder, String(count++));
  return Object.entries(files).map(([name, bytes]) => {
    const path = join(own, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  });
}

export interface Whole {
  readonly header: VolumeHeader;
  readonly values: Float32Array;
  readonly sha256: string;
  readonly slices: readonly StoredSlice[];
}

/** A volume read whole: values after rescale, in float64 rounded once. */
export async function whole(entry: VolumeEntry): Promise<Whole> {
  const open = await dicom.open(entry);
  const { header, scaling } = open;
  const perSlice = header.size[0] * header.size[1] * header.components;
  const values = new Float32Array(perSlice * header.size[2]);
  const slices: StoredSlice[] = [];
  for await (const slice of open.slices(Array.from({ length: header.size[2] }, (_, i) => i))) {
    slices.push(slice);
    const at = slice.index * perSlice;
    for (let i = 0; i < perSlice; i++) values[at + i] = slice.values[i]! * scaling.slope + scaling.intercept;
  }
  await open.close();
  return { header, values, sha256: createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex'), slices };
}

/** The only volume of some files, read whole. */
export async function one(...paths: string[]): Promise<Whole> {
  const { volumes, refused } = await dicom.list(paths);
  if (volumes.length !== 1 || refused.length > 0)
    throw new Error(`${volumes.length} volumes; refused: ${refused.map((r) => `${r.file}: ${r.reason}`).join('; ')}`);
  return whole(volumes[0]!);
}

export const codes = (header: VolumeHeader): string[] => header.notes.map(({ code }) => code);
