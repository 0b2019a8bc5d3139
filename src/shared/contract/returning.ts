import { z } from 'zod';
import { lastWork, readerPlace } from '../domain';
import { base, nothing } from './base';

export const returning = {
  /** What was done last here, and what was cut off. */
  last: base.input(nothing).output(lastWork),
  /** Where a reader was; null where nothing is known. */
  place: base.input(z.object({ reader: z.string() })).output(readerPlace.nullable()),
  keepPlace: base.input(z.object({ reader: z.string(), place: readerPlace })).output(nothing),
};
