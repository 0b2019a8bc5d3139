import { dirname, basename } from 'node:path';
import { z } from 'zod';
import { voxelType } from '@shared/domain';
import type { VolumeNote, VolumeRefusal, VoxelType } from '@shared/domain';
import { libvips } from '../../vips';
import { bytesAt, entryId, nameOf, sizeOf } from '../files';
import { geometryOf, unitAffine } from '../geometry';
import { checkedBytes, withinLimit } from '../limits';
import { problemOf } from '../listing';
import { VolumeProblem } from '../problem';
import type { OpenVolume, VolumeEntry, VolumeFormat } from '../types';
import { asVoxels, VOXEL_BYTES } from '../voxels';

/** A file is held in memory while its pages are decoded. */
const MOST_FILE = 1024 * 2 ** 20;
const MOST_PIXELS = 100_000_000;

/** libvips' names of number types. Signed ones come out divided or cut off at 0, float64 not at all: they are refused. */
const TYPES: Readonly<Record<string, VoxelType>> = {
  uchar: 'uint8',
  ushort: 'uint16',
  uint: 'uint32',
  float: 'float32',
};

const layout = z.object({
  width: z.number(),
  height: z.number(),
  type: voxelType,
  depth: z.string(),
  components: z.union([z.literal(1), z.literal(3)]),
});
type Layout = z.infer<typeof layout>;
const source = z.object({ slices: z.array(z.object({ file: z.string(), page: z.number() })), layout });
interface Pages extends Layout {
  readonly file: string;
  readonly pages: number;
}

/** TIFF files: pages of one, or files of one folder that differ in a number of their names, are slices. No geometry. */
export const tiff: VolumeFormat = {
  async list(files, signal) {
    const found: Pages[] = [];
    const refused: VolumeRefusal[] = [];
    for (const file of files) {
      signal?.throwIfAborted();
      try {
        found.push(await pagesOf(file));
      } catch (error) {
        refused.push(problemOf(file, error).toRefusal());
      }
    }
    const volumes = await Promise.all(stacksOf(found).map(entryOf));
    return { volumes, refused };
  },
  open: (entry) => Promise.resolve(openStack(entry)),
};

async function decoder(file: string, bytes: Buffer, page: number) {
  const sharp = await libvips();
  try {
    return sharp(bytes, { page, limitInputPixels: MOST_PIXELS, failOn: 'warning', ignoreIcc: true });
  } catch (error) {
    throw decodingProblem(file, error);
  }
}

function decodingProblem(file: string, cause: unknown): VolumeProblem {
  const detail = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!;
  return new VolumeProblem(file, 'codec-failed', { codec: 'libvips', detail }, { cause });
}

async function wholeFile(file: string): Promise<Buffer> {
  const size = await sizeOf(file);
  if (size > MOST_FILE) throw new VolumeProblem(file, 'too-large', { bytes: size, limit: MOST_FILE });
  return bytesAt(file, 0, size);
}

async function pagesOf(file: string): Promise<Pages> {
  const picture = await decoder(file, await wholeFile(file), 0);
  const meta = await picture.metadata().catch((error: unknown) => {
    throw decodingProblem(file, error);
  });
  const type = TYPES[meta.depth];
  if (!type) throw new VolumeProblem(file, 'type-unsupported', { type: meta.depth });
  const components = meta.channels;
  if (components !== 1 && components !== 3)
    throw new VolumeProblem(file, 'type-unsupported', { type: `${meta.depth} × ${components}` });
  const pages = meta.pages ?? 1;
  checkedBytes(file, [meta.width, meta.height, pages], VOXEL_BYTES[type] * components);
  return { file, pages, width: meta.width, height: meta.height, type, depth: meta.depth, components };
}

/** One file a stack where it has pages; single pages of one folder, kind and name but for a number belong together. */
function stacksOf(found: readonly Pages[]): Pages[][] {
  const stacks = new Map<string, Pages[]>();
  for (const one of found) {
    const series = basename(one.file).replace(/\d+(?=\D*$)/, '#');
    const alike = [dirname(one.file), series, one.width, one.height, one.type, one.components].join('\0');
    const key = one.pages > 1 ? one.file : alike;
    stacks.set(key, [...(stacks.get(key) ?? []), one]);
  }
  const number = (one: Pages): number => Number(/(\d+)\D*$/.exec(basename(one.file))?.[1] ?? 0);
  return [...stacks.values()].map((stack) => stack.sort((a, b) => number(a) - number(b)));
}

async function entryOf(stack: readonly Pages[]): Promise<VolumeEntry> {
  const [first] = stack as readonly [Pages, ...Pages[]];
  const { file, pages: _, ...own } = first;
  const slices = stack.flatMap((one) => Array.from({ length: one.pages }, (_, page) => ({ file: one.file, page })));
  const files = stack.map((one) => one.file);
  const notes: VolumeNote[] = [{ code: 'no-geometry', values: {} }];
  if (slices.length === 1) notes.push({ code: 'one-slice', values: {} });
  if (stack.length > 1) notes.push({ code: 'no-positions', values: { by: 'file name' } });
  const bytes = withinLimit(file, own.width * own.height * slices.length * VOXEL_BYTES[own.type] * own.components);
  return {
    id: await entryId(files, ''),
    bytes,
    header: {
      ...geometryOf(unitAffine(), [own.width, own.height, slices.length]),
      files,
      name: stack.length > 1 ? basename(dirname(file)) : nameOf(file),
      format: 'tiff',
      modality: null,
      type: own.type,
      unit: null,
      components: own.components,
      spacingKind: 'none',
      notes,
    },
    source: { slices, layout: own } satisfies z.infer<typeof source>,
  };
}

function openStack(entry: VolumeEntry): OpenVolume {
  const from = source.parse(entry.source);
  let held: { file: string; bytes: Buffer } | undefined;
  return {
    header: entry.header,
    scaling: { slope: 1, intercept: 0 },
    async *slices(order, signal) {
      for (const index of order) {
        signal?.throwIfAborted();
        const { file, page } = from.slices[index]!;
        if (held?.file !== file) held = { file, bytes: await wholeFile(file) };
        yield {
          index,
          values: asVoxels(from.layout.type, await decodePage(file, held.bytes, page, from.layout), false),
        };
      }
    },
    close() {
      held = undefined;
      return Promise.resolve();
    },
  };
}

/** The values that stand in the page: colour profiles are not applied. */
async function decodePage(file: string, bytes: Buffer, page: number, own: Layout): Promise<Uint8Array> {
  const wide = own.depth === 'ushort';
  const space = own.components === 1 ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb';
  const picture = await decoder(file, bytes, page);
  const meta = await picture.metadata().catch((error: unknown) => {
    throw decodingProblem(file, error);
  });
  if (
    meta.width !== own.width ||
    meta.height !== own.height ||
    meta.depth !== own.depth ||
    meta.channels !== own.components
  )
    throw new VolumeProblem(file, 'mixed', {
      detail: `page ${page + 1} has ${meta.width} × ${meta.height} ${meta.depth}, the first ${own.width} × ${own.height} ${own.depth}`,
    });
  const { data } = await picture
    .toColourspace(space)
    .raw({ depth: own.depth as 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw decodingProblem(file, error);
    });
  const need = own.width * own.height * own.components * VOXEL_BYTES[own.type];
  if (data.length !== need)
    throw new VolumeProblem(file, 'codec-failed', { codec: 'libvips', detail: `${data.length} bytes for ${need}` });
  return data;
}
