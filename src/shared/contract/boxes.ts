import { z } from 'zod';
import { boxSample, volumeBox } from '../domain';
import { base, nothing } from './base';

const key = z.number().int();
/** Of the command line; the project's present reader otherwise. */
const reader = z.string().trim().min(1).optional();
const origin = z.enum(['read', 'script']).default('read');
const boxes = z.object({ boxes: z.array(boxSample) });

/** Boxes in volumes of studies, each a sample. What changes them answers when it is durable; one call is one undoable step. */
export const boxed = {
  list: base.input(z.object({ volume: key.optional() })).output(boxes),
  /** @param volume its key, or what it is called: its pseudonym, the name of its file or folder, the UID of its series */
  add: base
    .input(
      z.object({
        boxes: z
          .array(
            z.object({ volume: z.union([key, z.string()]), box: volumeBox, name: z.string().trim().min(1).optional() }),
          )
          .min(1),
        origin,
        reader,
      }),
    )
    .output(boxes),
  /** Moves or resizes: labels stay. */
  move: base
    .input(z.object({ boxes: z.array(z.object({ key, box: volumeBox })).min(1), origin, reader }))
    .output(nothing),
  remove: base.input(z.object({ keys: z.array(key).min(1), origin, reader })).output(nothing),
  /** Those of a CSV or JSON file, with their labels, which are a step of their own. */
  importFile: base.input(z.object({ file: z.string(), reader })).output(boxes.extend({ labelled: z.number().int() })),
};
