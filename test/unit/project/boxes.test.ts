import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openPixels, type Project } from '@main/project';
import { readBoxes } from '@main/project/boxes/file';
import type { VolumeBox } from '@shared/domain';
import { hasShared, sharedPath } from '../../shared-data';
import { READ, Workshop } from './fixture';
import { studiesOf, type Study } from './studies';

const workshop = new Workshop();
afterAll(() => workshop.clean());

const folder = sharedPath('data', 'nifti', 'msd_hippocampus', 'images');
const STRAIGHT = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const BY_HAND = { origin: 'read' } as const;

/** A box of so many millimetres around the middle of a volume, moved along. */
function boxIn(project: Project, volume: number, size: number, by = 0): VolumeBox {
  const { size: n, spacing, origin, direction: d } = project.volumes.get(volume).info;
  const centre = [0, 1, 2].map((row) =>
    [0, 1, 2].reduce((at, axis) => at + (d[3 * row + axis]! * spacing[axis]! * (n[axis]! - 1)) / 2, origin[row]!),
  );
  return { centre: [centre[0]!, centre[1]! + by, centre[2]!], size: [size, size, size], axes: STRAIGHT };
}

describe.runIf(hasShared)('boxes in volumes', () => {
  const [a, b, c] = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
  const studies = (...more: Partial<Study>[]): Study[] =>
    [
      { file: a!, patient: 'P1', class: 0, split: 'val' as const },
      { file: b!, patient: 'P2', class: 1, split: 'test' as const },
      { file: c!, patient: 'P3' },
    ].map((study, i) => ({ ...study, ...more[i] }));
  const start = async (...more: Partial<Study>[]): Promise<Project> =>
    workshop.start(await studiesOf(studies(...more)));

  it('are samples from the moment that they are drawn, with their patient’s group and split', async () => {
    const project = await start();
    const [first, second, third] = project.boxes.add(
      [0, 1, 2].map((volume) => ({ volume, box: boxIn(project, volume, 12) })),
      BY_HAND,
    );
    const rows = project.index.rows([first!.key, second!.key, third!.key]);
    expect(rows.map(({ id, split, state }) => [id, split, state])).toEqual([
      ['v000/box-1', 'val', 'unlabelled'],
      ['v001/box-1', 'test', 'unlabelled'],
      ['v002/box-1', expect.any(String), 'unlabelled'],
    ]);
    expect(rows.slice(0, 2).map(({ group, groupSize }) => [group, groupSize])).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(rows[2]!.group).toBe(2);
    expect(project.splits.version).toBe(1);
    expect(project.base()).toMatchObject({ samples: 5, groups: 3 });
    // Labelled like any other, and there again after the project was closed.
    project.labels.set([first!.key], { class: 1 }, READ);
    const again = await workshop.again(project);
    expect(again.boxes.list()).toEqual([first, second, third]);
    expect(again.index.rows([first!.key])[0]).toMatchObject({ class: 1, state: 'checked', split: 'val', group: 0 });
    // A second box of the third patient stays with the first.
    const [fourth] = again.boxes.add([{ volume: 2, box: boxIn(again, 2, 9, 3) }], BY_HAND);
    expect(fourth!.id).toBe('v002/box-2');
    expect(again.index.rows([fourth!.key])[0]).toMatchObject({ group: 2, split: rows[2]!.split });
  });

  it('are moved, removed and brought back one step at a time, in one line with labels', async () => {
    const project = await start();
    const there = (): number[] => project.index.list({ filter: {}, sort: 'id' });
    const { key, box } = project.boxes.add([{ volume: 0, box: boxIn(project, 0, 12) }], BY_HAND)[0]!;
    const drawn = project.index.contentHash(key);
    project.labels.set([key], { class: 0 }, READ);
    const moved = boxIn(project, 0, 14, 2);
    project.boxes.move([{ key, box: moved }], BY_HAND);
    expect(project.index.contentHash(key)).not.toBe(drawn);
    expect(project.index.rows([key])[0]).toMatchObject({ class: 0, state: 'checked' });
    project.boxes.remove([key], BY_HAND);
    expect(project.boxes.list()).toEqual([]);
    expect(there()).not.toContain(key);
    expect(project.index.facets({}).total).toBe(2);
    expect(project.labels.now().states[key]).toBe(4);

    const undone = project.labels.undo();
    expect(undone).toMatchObject({ keys: [key], sample: 'v000/box-1', boxes: [{ key, box: moved }] });
    expect(there()).toContain(key);
    expect(project.index.rows([key])[0]).toMatchObject({ class: 0, state: 'checked' });
    expect(project.labels.undo().boxes).toEqual([{ key, sample: 'v000/box-1', box }]);
    expect(project.index.contentHash(key)).toBe(drawn);
    expect(project.labels.undo()).toMatchObject({ keys: [key], newState: 'unlabelled' });
    expect(project.labels.undo().boxes).toEqual([{ key, sample: 'v000/box-1', box: null }]);
    expect(project.boxes.list()).toEqual([]);

    // The line of undo outlives the process.
    const again = await workshop.again(project);
    expect(again.boxes.list()).toEqual([]);
    for (const expected of [box, undefined, moved]) expect(again.labels.redo().boxes?.[0]?.box).toEqual(expected);
    expect(again.index.rows([key])[0]).toMatchObject({ class: 0, state: 'checked' });
    const { boxes } = again.labels.activity({ before: null, limit: 50 });
    expect(boxes.map(({ origin, boxes: [one] }) => [origin, one!.before !== null, one!.after !== null])).toEqual([
      ['redo', true, true],
      ['redo', false, true],
      ['undo', true, false],
      ['undo', true, true],
      ['undo', false, true],
      ['read', true, false],
      ['read', true, true],
      ['read', false, true],
    ]);
    expect(again.labels.activity({ before: null, limit: 50, key: 0 }).boxes).toEqual([]);
  });

  it('show what the recipe says, from a cache that can be deleted', async () => {
    const project = await start();
    const { key } = project.boxes.add([{ volume: 2, box: boxIn(project, 2, 12) }], BY_HAND)[0]!;
    const { volume } = project.input;
    const frame = await project.pixels.frame(key);
    expect([frame.width, frame.height, frame.depth]).toEqual(volume!.grid);
    expect([frame.channels, frame.type, frame.low, frame.high]).toEqual([1, 'float32', 0, 1]);
    // The box is 12 mm: beyond it there is nothing.
    expect(frame.data[0]).toBe(0);
    const shown = [...frame.data].filter((value) => value > 0).length;
    const [sx, sy, sz] = volume!.spacing;
    expect((shown * sx * sy * sz) / 12 ** 3).toBeGreaterThan(0.7);
    expect((shown * sx * sy * sz) / 12 ** 3).toBeLessThan(1.4);
    expect(readdirSync(join(project.dir, 'cache', 'inputs'))).toHaveLength(1);

    // The compute process sees the same, from the cache and anew.
    for (const kept of [true, false]) {
      if (!kept) rmSync(join(project.dir, 'cache', 'inputs'), { recursive: true });
      const pixels = await openPixels(project.dir);
      expect(await pixels.frame(key)).toEqual(frame);
      await pixels.close();
    }
    const other = {
      ...project.input,
      volume: { ...volume!, intensity: { kind: 'range' as const, low: 0, high: 1e9 } },
    };
    const pixels = await openPixels(project.dir, other);
    expect(Math.max(...(await pixels.frame(key)).data)).toBeLessThan(1e-3);
    await pixels.close();
    const thumb = await project.pixels.thumb(key);
    expect([thumb.width, thumb.height, thumb.depth, thumb.channels]).toEqual([frame.width, frame.height, 1, 1]);
  });

  it('stay as they are where the test split was scored', async () => {
    const project = await start();
    const [box] = project.boxes.add([{ volume: 1, box: boxIn(project, 1, 12) }], BY_HAND);
    project.scorings.log('0001-quick');
    const frozen = expect.objectContaining({ code: 'test-frozen' }) as Error;
    const expectFrozen = (act: () => unknown): void => {
      try {
        act();
        expect.fail('nothing was refused');
      } catch (error) {
        expect(error).toEqual(frozen);
      }
    };
    expectFrozen(() => project.boxes.add([{ volume: 1, box: boxIn(project, 1, 9) }], BY_HAND));
    expectFrozen(() => project.boxes.move([{ key: box!.key, box: boxIn(project, 1, 9) }], BY_HAND));
    expectFrozen(() => project.boxes.remove([box!.key], BY_HAND));
    expect(project.labels.canUndo).toBe(false);
    // Others are drawn as before.
    project.boxes.add([{ volume: 0, box: boxIn(project, 0, 9) }], BY_HAND);
    expect(project.labels.canUndo).toBe(true);
  });

  it('are refused where they cannot be, and nothing is written then', async () => {
    const project = await start();
    const refused = (act: () => unknown): void =>
      expect(act).toThrow(expect.objectContaining({ code: 'value-invalid' }) as Error);
    const box = boxIn(project, 0, 12);
    refused(() => project.boxes.add([], BY_HAND));
    refused(() => project.boxes.add([{ volume: 0, box: { ...box, size: [0.1, 9, 9] } }], BY_HAND));
    refused(() => project.boxes.add([{ volume: 0, box: { ...box, centre: [1e5, 0, 0] } }], BY_HAND));
    project.boxes.add([{ volume: 0, box, name: 'lesion' }], BY_HAND);
    refused(() => project.boxes.add([{ volume: 0, box, name: 'lesion' }], BY_HAND));
    expect(() => project.boxes.move([{ key: 0, box }], BY_HAND)).toThrow(/is no box/);
    expect(project.boxes.list().map(({ id }) => id)).toEqual(['v000/lesion']);
    // Where it stands already there is no step.
    project.boxes.move([{ key: project.boxes.list()[0]!.key, box }], BY_HAND);
    expect(project.labels.activity({ before: null, limit: 9 }).boxes).toHaveLength(1);
  });

  it('are read from tables and lists, all or none', async () => {
    const project = await start();
    const write = (name: string, text: string): string => {
      const file = join(workshop.root, name);
      writeFileSync(file, text);
      return file;
    };
    const read = (name: string, text: string) => readBoxes(write(name, text), project.volumes, project.scheme);
    const head = 'volume,x,y,z,size_x,size_y,size_z,label,name';
    const name = basename(a!);
    const listed = await read('a.csv', `${head}\nv001,1,2,3,10,11,12,malignant,\n${name},1.5,2,3,10,11,12,,tail\n`);
    expect(listed).toEqual([
      { volume: 1, box: { centre: [1, 2, 3], size: [10, 11, 12], axes: STRAIGHT }, class: 0 },
      { volume: 0, box: { centre: [1.5, 2, 3], size: [10, 11, 12], axes: STRAIGHT }, name: 'tail', class: null },
    ]);
    const turned = [0, 1, 0, 1, 0, 0, 0, 0, 1];
    const json = [{ volume: 'v001', centre: [1, 2, 3], size: [4, 5, 6], axes: turned }];
    expect(await read('a.json', JSON.stringify(json))).toMatchObject([{ volume: 1, box: { axes: turned } }]);
    for (const [text, reason] of [
      [`${head}\nnobody,1,2,3,4,5,6,,`, /box 1: the project has no volume "nobody"/],
      [`${head}\nv000,1,2,3,4,5,6,,\nv000,1,two,3,4,5,6,,`, /box 2: "two" in y is no number/],
      [`${head}\nv000,1,2,3,4,0,6,,`, /box 1: size.1/],
      [`${head}\nv000,1,2,3,4,5,6,unheard of,`, /there is no class "unheard of"/],
      ['volume,x,y,z\nv000,1,2,3', /needs the columns size_x/],
    ] as const)
      await expect(read('b.csv', text)).rejects.toThrow(reason);
    await expect(read('b.json', '{}')).rejects.toThrow(/no list of boxes/);
    await expect(read('b.json', '[{"volume":"v000"}]')).rejects.toThrow(/box 1: centre/);
  });

  it('and their volumes are seen by the recipe that a person sets', async () => {
    const project = await start();
    project.boxes.add([{ volume: 0, box: boxIn(project, 0, 10) }], BY_HAND);
    const suggested = project.inputChoice.suggested()!;
    expect(suggested).toMatchObject({ grid: [10, 10, 10], spacing: [1, 1, 1], intensity: { kind: 'percentiles' } });
    project.setInput(suggested);
    expect(project.readOnly).toBe(true);
    const again = await workshop.again(project);
    expect(again.input).toMatchObject({ imageSize: 14, fullScale: 1, axes: 'three-axes', volume: suggested });
    const pictures = await workshop.start(3);
    expect(pictures.inputChoice.suggested()).toBeNull();
    expect(() => pictures.setInput(suggested)).toThrow(/no volumes of studies/);
  });
});
