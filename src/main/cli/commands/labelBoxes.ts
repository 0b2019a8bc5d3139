import { basename, resolve } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { VolumeProblem } from '@main/formats/volumes';
import type { VolumeEntry } from '@main/formats/volumes';
import type { VolumeReader } from '@main/compute/volumes/reader';
import { fileError, writeCsv } from '@main/formats';
import type { VolumeBox } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Vec3 } from '@shared/space';
import { boxAround } from '@shared/volumeInput';
import type { Context } from '../context';
import type { Answer } from '../output';
import { withReader } from './volume';

/** Values of a label map at most: a picture is none. */
const MOST_VALUES = 256;
/** Slices read at a time. */
const AT_ONCE = 32;

/**
 * A box around each value of label maps, as `boxes import` reads them: the volume is called as the label map's file.
 * @throws UserError where one of them is no label map, or the file cannot be written
 */
export async function labelBoxes(
  paths: readonly string[],
  options: { out: string; names?: Record<number, string>; margin?: number },
  { output, signal }: Context,
): Promise<Answer> {
  const { margin = 0, names } = options;
  const to = resolve(options.out);
  return withReader(async (reader) => {
    const { volumes, refused } = await reader.list(paths, signal);
    if (refused[0]) throw new UserError('file-unsupported', refused[0].reason, { file: refused[0].file });
    const boxes: { volume: string; name: string; label: string; box: VolumeBox }[] = [];
    for (const [i, entry] of volumes.entries()) {
      output.progress(`${i + 1} of ${volumes.length}: ${entry.header.name}`);
      const found = await extents(reader, entry, signal);
      for (const [value, { low, high }] of [...found].sort(([a], [b]) => a - b)) {
        const label = names ? names[value] : String(value);
        if (label === undefined) continue;
        const box = boxAround(entry.header, low, high, margin);
        boxes.push({ volume: basename(entry.header.files[0]!), name: label, label, box });
      }
    }
    if (boxes.length === 0)
      throw new UserError('value-invalid', 'none of these label maps has a value to draw a box around');
    await writeFile(to, writeCsv(COLUMNS, boxes.map(row))).catch((error: unknown) => {
      throw fileError(error, to);
    });
    return { json: { file: to, boxes: boxes.length }, text: `${boxes.length} boxes written to ${to}` };
  });
}

const AXES = Array.from({ length: 9 }, (_, i) => `axis_${Math.floor(i / 3) + 1}${(i % 3) + 1}`);
const COLUMNS = ['volume', 'name', 'label', 'x', 'y', 'z', 'size_x', 'size_y', 'size_z', ...AXES];

function row({ box, ...names }: { volume: string; name: string; label: string; box: VolumeBox }) {
  const short = (value: number): number => Number(value.toFixed(4));
  const [x, y, z] = box.centre.map(short);
  const [sizeX, sizeY, sizeZ] = box.size.map(short);
  const axes = Object.fromEntries(AXES.map((name, i) => [name, Number(box.axes[i]!.toFixed(9))]));
  return { ...names, x, y, z, size_x: sizeX, size_y: sizeY, size_z: sizeZ, ...axes };
}

interface Extent {
  low: [number, number, number];
  high: [number, number, number];
}

/** First and last index along each axis of every value but 0. */
async function extents(reader: VolumeReader, entry: VolumeEntry, signal: AbortSignal): Promise<Map<number, Extent>> {
  const { size, components, files } = entry.header;
  const wrong = (reason: string): UserError => new UserError('file-unsupported', reason, { file: files[0] });
  if (components !== 1) throw wrong('it holds colours, no label map');
  const found = new Map<number, Extent>();
  try {
    const { handle, scaling } = await reader.open(entry);
    for (let first = 0; first < size[2]; first += AT_ONCE) {
      const wanted = Array.from({ length: Math.min(AT_ONCE, size[2] - first) }, (_, i) => first + i);
      for (const { index, values } of (await reader.read(handle, wanted, files[0]!, signal)).slices)
        values.forEach((stored: number, i: number) => {
          if (stored === 0 && scaling.intercept === 0) return;
          const value = stored * scaling.slope + scaling.intercept;
          if (value === 0) return;
          if (!Number.isInteger(value)) throw wrong(`it holds ${value}, which is no value of a label map`);
          meet(found, value, [i % size[0], Math.floor(i / size[0]), index]);
          if (found.size > MOST_VALUES) throw wrong('it holds hundreds of values: it is a picture, no label map');
        });
    }
    await reader.closeVolume(handle);
  } catch (error) {
    if (!(error instanceof VolumeProblem)) throw error;
    throw wrong(error.toRefusal().reason);
  }
  return found;
}

function meet(found: Map<number, Extent>, value: number, at: Vec3): void {
  const extent = found.get(value);
  if (!extent) return void found.set(value, { low: [...at], high: [...at] });
  for (const axis of [0, 1, 2] as const) {
    extent.low[axis] = Math.min(extent.low[axis], at[axis]);
    extent.high[axis] = Math.max(extent.high[axis], at[axis]);
  }
}
