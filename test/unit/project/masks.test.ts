import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diff, encodeRuns, toBase64 } from '@shared/mask';
import type { MaskGeometry, MaskSegment } from '@shared/domain';
import type { UserError } from '@shared/errors';
import type { Project } from '@main/project';
import { Workshop } from './fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

const geometry: MaskGeometry = {
  size: [4, 3, 2],
  spacing: [1, 1, 2],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  spacingKind: 'patient',
};
const lesion: MaskSegment = { value: 1, name: 'Lesion', colour: '#d55e00' };
const VOLUME = 'file:0123456789abcdef';
const empty = (): Uint8Array => new Uint8Array(24);
const drawn = (...voxels: number[]): Uint8Array => {
  const map = empty();
  for (const at of voxels) map[at] = 1;
  return map;
};
const edit = (before: Uint8Array, after: Uint8Array) => ({
  kind: 'edit' as const,
  change: toBase64(diff(before, after)!),
});
const start = (project: Project) =>
  project.masks.create({ volume: VOLUME, name: 'Mask', geometry, segments: [lesion], initial: null });
const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as UserError).code;
  }
  return 'none';
};

describe('masks of a project', () => {
  it('stand after a restart as they were left: edits, what was taken back, names of segments', async () => {
    const project = await shop.start(3);
    const { id } = start(project);
    const { masks } = project;
    masks.step(id, 0, edit(empty(), drawn(1, 2)));
    masks.step(id, 1, edit(drawn(1, 2), drawn(1, 2, 9)));
    const after = [lesion, { value: 5, name: 'Oedema', colour: '#0072b2' }];
    masks.step(id, 2, { kind: 'segments', before: [lesion], after });
    expect(masks.undo(id, 3)).toMatchObject({ saved: true, position: 4 });
    masks.undo(id, 4);
    masks.rename(id, 5, 'Reader A');
    const again = await shop.again(project);
    const { info, data } = again.masks.now(id);
    expect(info).toMatchObject({ name: 'Reader A', segments: [lesion], position: 6, volume: VOLUME });
    expect(data).toEqual(drawn(1, 2));
    again.masks.redo(id, 6);
    again.masks.redo(id, 7);
    expect(again.masks.now(id).info.segments).toEqual(after);
    expect(again.masks.now(id).data).toEqual(drawn(1, 2, 9));
    expect(code(() => again.masks.redo(id, 8))).toBe('nothing-to-redo');
    expect(again.masks.open(id).steps.map(({ kind }) => kind)).toEqual([
      'edit',
      'edit',
      'segments',
      'undo',
      'undo',
      'name',
      'redo',
      'redo',
    ]);
  });

  it('begin with a label map', async () => {
    const { masks } = await shop.start(3);
    const initial = toBase64(encodeRuns(drawn(0, 23)));
    const { id } = masks.create({ volume: VOLUME, name: 'From a file', geometry, segments: [lesion], initial });
    expect(masks.now(id).data).toEqual(drawn(0, 23));
    expect(code(() => masks.undo(id, 0))).toBe('nothing-to-undo');
  });

  it('refuse what does not fit, and write nothing', async () => {
    const { masks } = await shop.start(3);
    const { id } = masks.create({ volume: VOLUME, name: 'Mask', geometry, segments: [lesion], initial: null });
    const other = toBase64(encodeRuns(new Uint8Array(25)));
    expect(code(() => masks.create({ volume: VOLUME, name: 'x', geometry, segments: [lesion], initial: other }))).toBe(
      'value-invalid',
    );
    const beyond = toBase64(diff(new Uint8Array(30), new Uint8Array(30).fill(1))!);
    expect(code(() => masks.step(id, 0, { kind: 'edit', change: beyond }))).toBe('value-invalid');
    expect(code(() => masks.step(id, 0, { kind: 'edit', change: 'AAAA' }))).toBe('value-invalid');
    expect(code(() => masks.step(id, 1, edit(empty(), drawn(1))))).toBe('project-changed');
    expect(masks.open(id).steps).toEqual([]);
    expect(masks.list(null)).toHaveLength(1);
  });

  it('are of one volume, and go when they are removed, while their steps stay', async () => {
    const project = await shop.start(3);
    const { id } = start(project);
    project.masks.create({ volume: 'volume:abc', name: 'Other', geometry, segments: [lesion], initial: null });
    project.masks.step(id, 0, edit(empty(), drawn(4)));
    expect(project.masks.list(VOLUME).map((m) => m.id)).toEqual([id]);
    project.masks.remove(id, 1);
    expect(project.masks.list(VOLUME)).toEqual([]);
    expect(project.masks.list(null)).toHaveLength(1);
    expect(code(() => project.masks.open(id))).toBe('value-invalid');
  });

  it('are only ever appended', async () => {
    const project = await shop.start(3);
    const { id } = start(project);
    project.masks.step(id, 0, edit(empty(), drawn(4)));
    await shop.close(project);
    const db = new Database(join(project.dir, 'project.db'));
    expect(() => db.exec('DELETE FROM mask_steps')).toThrow('only ever appended');
    expect(() => db.exec("UPDATE masks SET name = 'x'")).toThrow('only ever appended');
    db.close();
  });

  it('cannot be changed where the project is open read-only', async () => {
    const project = await shop.start(3);
    const { id } = start(project);
    await shop.close(project);
    const reader = await shop.opened(project.dir, { readOnly: true });
    expect(reader.masks.open(id).info.name).toBe('Mask');
    expect(code(() => reader.masks.step(id, 0, edit(empty(), drawn(1))))).toBe('project-locked');
  });
});
