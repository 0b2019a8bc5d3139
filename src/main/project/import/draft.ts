import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  FolderMeaning,
  ImportDecisions,
  ImportResult,
  ImportReview,
  SplitCounts,
  TableReport,
} from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Frame, PixelArray, PixelType } from '@shared/pixels';
import { readRange, typedArray } from '@main/formats';
import type { NewMetadata, PixelPlace, ProjectSource } from '../types';
import type { ClassTable } from './classes';
import type { Collector } from './collector';
import { commitDraft } from './commit';
import type { Duplicates } from './duplicates';
import type { CommitOptions, ImportDraft } from './index';
import { reviewOf } from './review';

/** Everything that is known of a source after it was read. */
export interface DraftMaterial {
  readonly importId: string;
  readonly name: string;
  /** The draft's own folder; `cache/` inside goes into the project. */
  readonly folder: string;
  readonly paths: readonly string[];
  readonly collector: Collector;
  readonly duplicates: Duplicates;
  readonly dimensions: '2d' | '3d';
  readonly id: (i: number) => string;
  readonly facts: (i: number) => { readonly patient: string | null; readonly reader: string | null };
  readonly classTable: ClassTable;
  readonly quarantined: readonly { readonly file: string; readonly reason: string }[];
  readonly sources: readonly ProjectSource[];
  readonly officialSplits: SplitCounts | null;
  /** What is to be said of the table; null without one. */
  readonly table: TableReport | null;
  /** Columns of the table to filter by. */
  readonly metadata: readonly NewMetadata[];
  /** What the folders inside were taken for; null where there are none, or a table speaks. */
  readonly folders: FolderMeaning | null;
  readonly placeOf: (i: number) => { readonly source: number; readonly pixels: PixelPlace };
}

export class Draft implements ImportDraft {
  readonly importId: string;
  private reviewed: ImportReview | undefined;
  private gone = false;

  constructor(private readonly material: DraftMaterial) {
    this.importId = material.importId;
  }

  review(): ImportReview {
    return (this.reviewed ??= reviewOf(this.material));
  }

  async thumbs(indices: readonly number[]): Promise<Frame[]> {
    this.needed();
    const frames: Frame[] = [];
    for (const i of indices) if (i >= 0 && i < this.material.collector.count) frames.push(await this.thumb(i));
    return frames;
  }

  private async thumb(i: number): Promise<Frame> {
    const { collector, folder, placeOf } = this.material;
    const shape = collector.shape(i);
    const type = collector.type(i);
    const thumb = collector.thumbOf(i);
    const { pixels } = placeOf(i);
    const common = { key: i, depth: 1, channels: shape.channels, type, ...collector.window(i) };
    if (thumb) {
      const file = join(folder, 'cache', 'thumbs.bin');
      const data = await readValues(file, type, thumb.offset, thumb.width * thumb.height * shape.channels);
      return { ...common, width: thumb.width, height: thumb.height, data };
    }
    if (pixels.kind !== 'pack') throw new Error('a picture of a folder has a thumbnail of its own');
    const plane = shape.width * shape.height * shape.channels;
    const file = join(folder, 'cache', 'pixels', pixels.pack);
    const data = await readValues(file, type, pixels.offset, plane, (shape.depth >> 1) * plane);
    return { ...common, width: shape.width, height: shape.height, data };
  }

  async commit(decisions: ImportDecisions, options: CommitOptions): Promise<ImportResult> {
    this.needed();
    const result = await commitDraft(this.material, this.review(), decisions, options);
    await this.discard();
    return result;
  }

  async discard(): Promise<void> {
    this.gone = true;
    await rm(this.material.folder, { recursive: true, force: true });
  }

  private needed(): void {
    if (this.gone) throw new UserError('cancelled', 'this import was ended already: start it again');
  }
}

const BYTES: Readonly<Record<PixelType, number>> = { uint8: 1, uint16: 2, int16: 2, float32: 4 };

async function readValues(file: string, type: PixelType, offset: number, count: number, skip = 0): Promise<PixelArray> {
  const bytes = await readRange(file, offset + skip * BYTES[type], count * BYTES[type]);
  return typedArray(type, bytes.buffer as ArrayBuffer) as PixelArray;
}
