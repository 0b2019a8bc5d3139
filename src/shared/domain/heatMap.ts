import { z } from 'zod';
import { head } from './training';
import { volumeGeometry } from './volume';

const counts = z.tuple([z.number().int().positive(), z.number().int().positive(), z.number().int().positive()]);

/** What each part of a sample is worth to a run's opinion of one class. */
export const heatMap = z.object({
  run: z.string(),
  head,
  /** Class id; of several answers the question. */
  class: z.number().int(),
  /** Of the class, for the whole sample. */
  probability: z.number(),
  /** Parts along x, y and z of what the network saw. */
  parts: counts,
  /** Voxels that it saw along x, y and z. */
  size: counts,
  /** Of each part, x fastest: by how much the log-odds of the class fall when the part is covered; negative: they rise. */
  drops: z.array(z.number()),
  /**
   * Whether the map says what it claims: by how much the log-odds fall with so many parts covered that speak most for the class, and on average with as many at
   * random.
   */
  deletion: z.object({ parts: z.number().int(), most: z.number(), random: z.number() }),
  /** Where what it saw lies in the patient; null: on the sample's own voxels. */
  place: volumeGeometry.pick({ spacing: true, origin: true, direction: true }).nullable(),
  /** The head was trained on this sample, or on another one of its group. */
  seen: z.boolean(),
});
export type HeatMap = z.infer<typeof heatMap>;
