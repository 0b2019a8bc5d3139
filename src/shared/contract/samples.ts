import { z } from 'zod';
import { facets, sampleDetail, sampleFilter, sampleRow, sampleSort } from '../domain';
import { base, keys } from './base';

export const samples = {
  /** Keys in order, packed (`sampleKeys` asks and unpacks); `seed` for the random order. */
  list: base
    .input(
      z.object({
        filter: sampleFilter,
        sort: sampleSort,
        descending: z.boolean().default(false),
        seed: z.number().int().default(1),
      }),
    )
    .output(z.object({ packed: z.string() })),
  rows: base.input(z.object({ keys: keys.max(1000) })).output(z.array(sampleRow)),
  facets: base.input(z.object({ filter: sampleFilter })).output(facets),
  detail: base.input(z.object({ key: z.number().int() })).output(sampleDetail),
};
