import type { LabelChange, LabelSaved, RereadCounts, RereadQueue, RereadRound } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Db } from './db/sqlite';
import type { LabelJournal } from './journal/journal';
import { addReread, bothReadings, endReread, loadReread, loadRereads, loadRound, summariseReread } from './rereads';

/** What the rounds ask of their project. */
export interface RereadContext {
  readonly db: Db;
  readonly labels: LabelJournal;
  /** Who reads now. */
  reader(): string | null;
  requireWritable(): void;
  /** Keys of scored test samples that are not excluded. */
  samples(): number[];
  /** The same keys in an order of chance. */
  shuffled(keys: number[], seed: number): number[];
}

/** Rounds of blind re-reading: each belongs to one reader, and only its end says what it came to. */
export class RereadRounds {
  constructor(private readonly context: RereadContext) {}

  /** By number. */
  list(): RereadRound[] {
    return loadRereads(this.context.db);
  }

  /** @throws UserError `value-invalid` */
  queue(number: number): RereadQueue {
    return loadReread(this.context.db, number);
  }

  /**
   * The reader's open round, or a new one: every scored test sample that is not excluded, in an order of chance.
   * @throws UserError `test-not-scored`, `reader-missing`
   */
  start(seed: number): RereadQueue {
    const { context } = this;
    context.requireWritable();
    const reader = context.reader();
    if (reader === null) throw new UserError('reader-missing', 'say who reads before the re-reading starts');
    const open = this.open();
    if (open) return this.queue(open.number);
    const samples = context.samples();
    if (samples.length === 0)
      throw new UserError(
        'test-not-scored',
        'the test split was not scored yet: its labels may be edited like any others',
      );
    const keys = context.shuffled(samples, seed);
    return this.queue(addReread(context.db, { reader, seed, journal: context.labels.position, keys }));
  }

  /** One answer of a round; the reader's own earlier one may be corrected. @throws UserError as `LabelJournal.reread` */
  read(number: number, key: number, change: LabelChange): LabelSaved {
    const { db, labels } = this.context;
    const { reader, endedAt, keys } = loadRound(db, number);
    if (endedAt !== null) throw new UserError('value-invalid', `round ${number} of blind re-reading has ended`);
    if (reader !== this.context.reader())
      throw new UserError('value-invalid', `round ${number} of blind re-reading is ${reader}'s: take that name again`);
    if (!keys.includes(key)) throw new UserError('value-invalid', `this sample is not part of round ${number}`);
    return labels.reread(key, change, { round: number, reader });
  }

  /** Ends a round and says what it came to. @throws UserError `value-invalid` */
  end(number: number): RereadCounts {
    const { db } = this.context;
    this.context.requireWritable();
    loadRound(db, number);
    endReread(db, number);
    return summariseReread(db, number);
  }

  /** What an ended round came to. @throws UserError `value-invalid` while it goes on: a reader would see labels */
  counts(number: number): RereadCounts {
    const { db } = this.context;
    if (loadRound(db, number).endedAt === null)
      throw new UserError('value-invalid', `round ${number} of blind re-reading goes on: it is summed up when it ends`);
    return summariseReread(db, number);
  }

  /** Labels before an ended round and after it, by key of the samples that were read. @throws UserError as `counts` */
  readings(number: number): ReturnType<typeof bothReadings> {
    this.counts(number);
    return bothReadings(this.context.db, number);
  }

  /** Samples of the reader's open round: their labels are none of that reader's business. */
  openKeys(): readonly number[] {
    const open = this.open();
    return open ? loadRound(this.context.db, open.number).keys : [];
  }

  private open(): RereadRound | undefined {
    const reader = this.context.reader();
    return this.list().find((round) => round.endedAt === null && round.reader === reader);
  }
}
