import { z } from 'zod';
import { activityPage, labelChange, labelSaved, labelUndone, rereadQueue, rereadRound, rereadSummary } from '../domain';
import { base, nothing, keys, round, seen } from './base';

export const labels = {
  /** Answers when the transaction is durable, never before. One call is one undoable step. */
  set: base
    .input(
      z.object({
        keys: keys.min(1),
        change: labelChange,
        origin: z.enum(['read', 'bulk', 'suggestion', 'script']),
        context: seen.nullable(),
        /** Of the command line; the project's present reader otherwise. */
        reader: z.string().trim().min(1).optional(),
      }),
    )
    .output(labelSaved),
  /** Each sample gets the class that its prediction suggests; samples without a suggestion are left out. */
  accept: base.input(z.object({ keys: keys.min(1), context: seen.nullable() })).output(labelSaved),
  /** Rounds of blind re-reading of the test split, by number. */
  rereads: base.input(nothing).output(z.array(rereadRound)),
  /** The reader's open round with its queue, or a new one. Nothing of a label is in it but the reader's own answers. */
  startReread: base.input(z.object({ seed: z.number().int().nonnegative() })).output(rereadQueue),
  /** One answer of a round, or (`round: null`, by a command line) one sample on its own. */
  reread: base
    .input(
      z.object({
        round: round.shape.round.nullable(),
        key: z.number().int(),
        change: labelChange,
        reader: z.string().trim().min(1).optional(),
      }),
    )
    .output(labelSaved),
  /** Ends a round and says how many labels changed. */
  endReread: base.input(round).output(rereadSummary),
  /** Of an ended round. */
  rereadSummary: base.input(round).output(rereadSummary),
  undo: base.input(nothing).output(labelUndone),
  redo: base.input(nothing).output(labelUndone),
  /** Newest first. */
  activity: base
    .input(
      z.object({
        before: z.number().int().nullable(),
        limit: z.number().int().min(1).max(100_000),
        key: z.number().int().optional(),
        reader: z.string().optional(),
        origin: z.string().optional(),
        text: z.string().optional(),
        /** Leaves out what the import brought. */
        withoutImported: z.boolean().default(false),
      }),
    )
    .output(activityPage),
  exportCsv: base
    .input(z.object({ file: z.string(), allReaders: z.boolean().default(false) }))
    .output(z.object({ file: z.string(), rows: z.number().int() })),
  importCsv: base
    .input(z.object({ file: z.string(), reader: z.string().optional() }))
    .output(z.object({ file: z.string(), rows: z.number().int(), changed: z.number().int() })),
};
