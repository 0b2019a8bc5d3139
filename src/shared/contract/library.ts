import { z } from 'zod';
import { blockOffer, encoderOffer, libraryBlock, libraryEncoder } from '../domain';
import { base, nothing } from './base';

export const blocks = {
  /** The person's library, by name. */
  library: base.input(nothing).output(z.array(libraryBlock)),
  /** What a file or folder holds; read in a process of its own. */
  inspect: base.input(z.object({ path: z.string() })).output(blockOffer),
  /** Takes one layer into the library. */
  add: base.input(z.object({ path: z.string(), layer: z.number().int().nonnegative() })).output(libraryBlock),
  /** Out of the library; runs that use it can no longer be repeated. */
  remove: base.input(z.object({ id: z.string() })).output(z.array(libraryBlock)),
};

export const encoders = {
  /** The person's library, by name. */
  library: base.input(nothing).output(z.array(libraryEncoder)),
  /** What a file or folder holds; read in a process of its own. */
  inspect: base.input(z.object({ path: z.string() })).output(encoderOffer),
  /** Takes an encoder into the library. */
  add: base.input(z.object({ path: z.string() })).output(libraryEncoder),
  /** Out of the library; runs that use it can no longer be repeated. */
  remove: base.input(z.object({ id: z.string() })).output(z.array(libraryEncoder)),
};
