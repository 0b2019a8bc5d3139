import { cross, dot, length, scale, subtract, type Vec3 } from '@shared/space';

/** A slice as far as its place goes. */
export interface Place {
  readonly position: Vec3;
  readonly thickness: number | undefined;
}

/** Slices in a line, at their own even step but for what is named. */
export interface Stack<P extends Place> {
  /** Ascending along row × column. */
  readonly slices: readonly P[];
  /** Each slice's place along row × column, millimetres. */
  readonly places: readonly number[];
  /** Millimetres from slice to slice along row × column; undefined of one slice. */
  readonly step: number | undefined;
  /** Places where a slice is missing, by the nominal step. */
  readonly missing: readonly number[];
  /** Steps that are neither the nominal one nor a whole multiple of it: the smallest and the largest of all steps. */
  readonly uneven: readonly [number, number] | undefined;
}

/** A step or thickness is the same within this share of it. */
const SAME = 0.02;
/** A gap is a whole multiple of the step within this share. */
const MULTIPLE = 0.05;
/** So many slices of another step or thickness are a stack of their own. */
const HOLDS = 3;

const same = (a: number, b: number): boolean => Math.abs(a - b) <= SAME * Math.max(a, b);

/** k ≥ 1 where `gap` is k steps; the room shrinks for large k, where everything would be near a multiple. */
function multiple(gap: number, step: number): number | undefined {
  const k = Math.round(gap / step);
  if (k < 1) return undefined;
  return Math.abs(gap - k * step) <= Math.min(MULTIPLE * k, 0.25) * step ? k : undefined;
}

/**
 * Slices sorted along row × column, and cut where thickness or step changes for three slices or more. A gap of a whole multiple of the
 * step is no cut, and neither is a single odd step.
 * @param slices of one orientation, no two at the same place
 */
export function stacks<P extends Place>(slices: readonly P[], normal: Vec3): Stack<P>[] {
  const sorted = slices.map((slice) => ({ slice, at: dot(slice.position, normal) })).sort((a, b) => a.at - b.at);
  return byThickness(sorted)
    .flatMap(byStep)
    .map((run) => {
      const places = run.map(({ at }) => at);
      return { slices: run.map(({ slice }) => slice), places, ...regularity(places) };
    });
}

interface Placed<P extends Place> {
  readonly slice: P;
  readonly at: number;
}

/** Runs of equal thickness; a run too short to be a stack stays with its neighbour. */
function byThickness<P extends Place>(sorted: readonly Placed<P>[]): Placed<P>[][] {
  const runs: Placed<P>[][] = [];
  for (const placed of sorted) {
    const run = runs[runs.length - 1];
    const last = run?.[run.length - 1];
    const before = last?.slice.thickness;
    const now = placed.slice.thickness;
    if (run && (before === undefined || now === undefined || same(before, now))) run.push(placed);
    else runs.push([placed]);
  }
  const joined: Placed<P>[][] = [];
  for (const run of runs) {
    const last = joined[joined.length - 1];
    if (last && (run.length < HOLDS || last.length < HOLDS)) last.push(...run);
    else joined.push(run);
  }
  return joined;
}

/** Cuts where another step begins and holds. */
function byStep<P extends Place>(run: readonly Placed<P>[]): Placed<P>[][] {
  const gaps = run.slice(1).map(({ at }, i) => at - run[i]!.at);
  const parts: Placed<P>[][] = [];
  let begin = 0;
  let step = firstStep(gaps, 0);
  for (let i = 0; i < gaps.length; i++) {
    const gap = gaps[i]!;
    if (step === undefined || multiple(gap, step) !== undefined) continue;
    // The slices from i + 1 on: do they keep a step of their own?
    const next = gaps.slice(i + 1, i + HOLDS);
    const own = next[0];
    const holds = next.length === HOLDS - 1 && own !== undefined && next.every((g) => same(g, own));
    if (!holds || multiple(own, step) !== undefined || i + 1 - begin < HOLDS) continue;
    parts.push(run.slice(begin, i + 1));
    begin = i + 1;
    step = own;
  }
  parts.push(run.slice(begin));
  return parts;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The step that a run begins with: the smaller one of the first three that stand twice, else their median. */
function firstStep(gaps: readonly number[], from: number): number | undefined {
  const first = gaps.slice(from, from + 3).sort((a, b) => a - b);
  const twice = first.find((gap, i) => first.some((other, j) => j !== i && same(gap, other)));
  return twice ?? (first.length > 0 ? median(first) : undefined);
}

function regularity(places: readonly number[]): Pick<Stack<Place>, 'step' | 'missing' | 'uneven'> {
  if (places.length < 2) return { step: undefined, missing: [], uneven: undefined };
  const gaps = places.slice(1).map((at, i) => at - places[i]!);
  const mean = (places[places.length - 1]! - places[0]!) / gaps.length;
  // Positions are printed with few digits: an even grid may show uneven steps, but never drifts.
  const even = places.every((at, i) => Math.abs(at - places[0]! - i * mean) <= SAME * mean);
  if (even) return { step: mean, missing: [], uneven: undefined };
  const step = nominal(gaps);
  const counts = gaps.map((gap) => multiple(gap, step));
  const missing = gaps.flatMap((gap, i) => {
    const k = counts[i] ?? 1;
    return Array.from({ length: k - 1 }, (_, j) => places[i]! + (gap * (j + 1)) / k);
  });
  const uneven = counts.includes(undefined) || !onGrid(places, counts);
  return { step, missing, uneven: uneven ? [Math.min(...gaps), Math.max(...gaps)] : undefined };
}

/** Whether places lie on one even grid, gaps of several steps counted as such. */
function onGrid(places: readonly number[], counts: readonly (number | undefined)[]): boolean {
  let index = 0;
  const indices = [0, ...counts.map((k) => (index += k ?? 1))];
  const step = (places[places.length - 1]! - places[0]!) / index;
  return places.every((at, i) => Math.abs(at - places[0]! - indices[i]! * step) <= MULTIPLE * step);
}

/** The mean of the steps that most share. */
function nominal(gaps: readonly number[]): number {
  const sharing = (step: number): number[] => gaps.filter((gap) => same(gap, step));
  const best = gaps.reduce((a, b) => (sharing(b).length > sharing(a).length ? b : a));
  const group = sharing(best);
  return group.reduce((sum, gap) => sum + gap, 0) / group.length;
}

export interface Lean {
  /** From the first slice to the last, as a unit vector. */
  readonly axis: Vec3;
  /** Millimetres along `axis` for one along row × column. */
  readonly stretch: number;
  /** Degrees between `axis` and row × column. */
  readonly degrees: number;
  /** The slice that lies farthest from the line, and by how much. */
  readonly off: number;
}

/** The line on which the slices of a stack follow each other: leaning away from row × column where the gantry was tilted. */
export function lean(slices: readonly Place[], normal: Vec3): Lean {
  const first = slices[0]!.position;
  const path = subtract(slices[slices.length - 1]!.position, first);
  const along = dot(path, normal);
  if (slices.length < 2 || along <= 0) return { axis: normal, stretch: 1, degrees: 0, off: 0 };
  const axis = scale(path, 1 / length(path));
  const stretch = length(path) / along;
  const off = Math.max(...slices.map(({ position }) => length(cross(subtract(position, first), axis))));
  const degrees = (Math.atan2(length(cross(axis, normal)), dot(axis, normal)) * 180) / Math.PI;
  return { axis, stretch, degrees, off };
}
