import { rm } from 'node:fs/promises';
import type {
  FolderMeaning,
  ImportDecisions,
  ImportResult,
  ImportReview,
  SplitCounts,
  TableReport,
} from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Frame } from '@shared/pixels';
import type { NewMetadata, NewVolume, PixelPlace, ProjectSource } from '../types';
import type { ClassTable } from './classes';
import type { Collector } from './collector';
import { commitDraft } from './commit';
import { draftThumb } from './draftThumb';
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
  /** Correlation above which pictures were taken for near-duplicates. */
  readonly likeness: number;
  /** Looks for duplicates by another threshold. */
  readonly look: (likeness: number) => Promise<{ readonly duplicates: Duplicates; readonly likeness: number }>;
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
  /** Of studies: the volumes by sample, and the key of the hashes that they are called by. */
  readonly studies: { readonly volumes: readonly NewVolume[]; readonly secret: string } | null;
  readonly placeOf: (i: number) => { readonly source: number; readonly pixels: PixelPlace };
}

export class Draft implements ImportDraft {
  readonly importId: string;
  private reviewed: ImportReview | undefined;
  private gone = false;

  constructor(private material: DraftMaterial) {
    this.importId = material.importId;
  }

  review(): ImportReview {
    return (this.reviewed ??= reviewOf(this.material));
  }

  async lookAgain(likeness: number): Promise<void> {
    this.needed();
    if (likeness === this.material.likeness) return;
    this.material = { ...this.material, ...(await this.material.look(likeness)) };
    this.reviewed = undefined;
  }

  async thumbs(indices: readonly number[]): Promise<Frame[]> {
    this.needed();
    const frames: Frame[] = [];
    for (const i of indices)
      if (i >= 0 && i < this.material.collector.count) frames.push(await draftThumb(this.material, i));
    return frames;
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
