import { z } from 'zod';
import { headScores } from '@shared/domain';
import type { Mode } from '@shared/domain';
import { MODES, nameOf, unit } from './plan';
import type { SetName, Stage, Unit } from './plan';

const scores = z.object({ probe: headScores.nullable(), plain: headScores.nullable(), chosen: headScores.nullable() });
const difference = z.object({ value: z.number().nullable(), low: z.number().nullable(), high: z.number().nullable() });
export type Difference = z.infer<typeof difference>;

/** A line of the file of results: a run that was trained, or the scoring of one on test. */
export const found = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('trained'),
    unit,
    run: z.string(),
    scores,
    seconds: z.number().nullable(),
    engine: z.string(),
  }),
  z.object({
    what: z.literal('scored'),
    unit,
    run: z.string(),
    scores,
    /** AUC of the chosen head less that of `plain` in the same run, on test; null where it has one head. */
    overPlain: difference.nullable(),
  }),
]);
export type Found = z.infer<typeof found>;

/** What was found of a unit. */
export const lineOf = <W extends Found['what']>(
  all: readonly Found[],
  what: W,
  of: Unit,
): Extract<Found, { what: W }> | undefined =>
  all.find(
    (line): line is Extract<Found, { what: W }> =>
      line.what === what && line.unit.set === of.set && nameOf(line.unit) === nameOf(of),
  );

/** Mean of what is there; NaN of nothing. */
export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/**
 * The mode of `quick` with the highest mean validation AUC over the seeds for which all modes were trained; null before one has them all.
 */
export function chosenMode(all: readonly Found[], set: SetName): Mode | null {
  const quick = (m: Mode, seed: number): number | null =>
    all.find(
      ({ what, unit: u }) =>
        what === 'trained' && u.set === set && u.stage === 'quick' && u.mode === m && u.seed === seed,
    )?.scores.chosen?.val?.auc ?? null;
  const seeds = seedsOf(all, set, 'quick').filter((seed) => MODES.every((m) => quick(m, seed) !== null));
  if (seeds.length === 0) return null;
  const reached = (m: Mode): number => mean(seeds.map((seed) => quick(m, seed)!));
  return MODES.reduce((best, m) => (reached(m) > reached(best) ? m : best));
}

export const seedsOf = (all: readonly Found[], set: SetName, stage: Stage): number[] =>
  [...new Set(all.filter(({ unit: u }) => u.set === set && u.stage === stage).map(({ unit: u }) => u.seed))].sort();
