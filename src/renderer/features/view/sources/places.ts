/** How a stack whose slices do not follow each other evenly stands on an even grid, so that every millimetre is true. */
export interface Places {
  /** Millimetres from slice to slice of the grid, and how many there are. */
  readonly step: number;
  readonly depth: number;
  /** Of each slice of the stack: the first and last slices of the grid that show it. */
  readonly at: readonly (readonly [first: number, last: number])[];
}

/** A gap is a whole number of steps where it is so to this share of one. */
const NEAR = 0.05;
/** A grid may be this many times as deep as the stack; beyond that its steps are coarser than its smallest gap. */
const MOST = 8;

/**
 * Whole gaps (missing slices) leave room for what is missing: it stays empty, never bridged. Other stacks stand on a finer grid, each slice as
 * thick as it reaches to its neighbours, never mixed with them.
 * @param positions of the slices along their normal, in the stack's order
 * @param nominal the step that the header says, millimetres
 */
export function placesOf(positions: readonly number[], nominal: number): Places | null {
  const from = positions[0]!;
  const along = positions.map((place) => Math.abs(place - from));
  const gaps = along.slice(1).map((place, i) => place - along[i]!);
  if (gaps.length === 0 || Math.min(...gaps) <= 0) return null;
  const whole = gaps.every((gap) => Math.abs(gap / nominal - Math.round(gap / nominal)) <= NEAR && gap > nominal / 2);
  if (whole) {
    let index = 0;
    const at = along.map((_, i): [number, number] => {
      if (i > 0) index += Math.round(gaps[i - 1]! / nominal);
      return [index, index];
    });
    return { step: nominal, depth: index + 1, at };
  }
  const reach = along.at(-1)!;
  const step = Math.max(Math.min(...gaps), reach / (MOST * positions.length));
  const depth = Math.round(reach / step) + 1;
  const border = (i: number): number => (along[i]! + along[i + 1]!) / 2 / step;
  const at = along.map((_, i): [number, number] => [
    i === 0 ? 0 : Math.ceil(border(i - 1)),
    i === along.length - 1 ? depth - 1 : Math.ceil(border(i)) - 1,
  ]);
  return { step, depth, at };
}
