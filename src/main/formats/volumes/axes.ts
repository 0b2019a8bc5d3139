import type { VolumeNote } from '@shared/domain';
import type { Vector } from './geometry';
import { VolumeProblem } from './problem';

/**
 * What the axes of an array stand for: up to three in space, and at most one of values that stand side by side (before the axes of space)
 * or of volumes that follow one another (behind them).
 */
export interface AxesLayout {
  readonly size: Vector;
  readonly components: 1 | 3;
  /** Values side by side that are volumes of their own. */
  readonly lanes: number;
  /** Volumes one after the other. */
  readonly volumes: number;
}

/**
 * @param sizes of all axes, fastest first
 * @param inSpace which of them are in space
 * @param rgb the first axis are colours
 */
export function layoutOf(
  file: string,
  sizes: readonly number[],
  inSpace: readonly boolean[],
  rgb: boolean,
): AxesLayout {
  const space = sizes.filter((_, i) => inSpace[i]);
  const before = sizes.slice(0, inSpace.indexOf(true)).reduce((product, n) => product * n, 1);
  const after = sizes.slice(inSpace.lastIndexOf(true) + 1).reduce((product, n) => product * n, 1);
  const all = sizes.reduce((product, n) => product * n, 1);
  const between = all !== space.reduce((product, n) => product * n, before * after);
  if (space.length < 2 || space.length > 3 || between)
    throw new VolumeProblem(file, 'dimensions', { dimensions: sizes.length });
  const colours = rgb && before === 3;
  return {
    size: [space[0]!, space[1]!, space[2] ?? 1],
    components: colours ? 3 : 1,
    lanes: colours ? 1 : before,
    volumes: after,
  };
}

/** Which of several this one is. */
export function partNotes({ lanes, volumes }: AxesLayout, lane: number, volume: number): VolumeNote[] {
  const note = (kind: string, value: number, count: number): VolumeNote[] =>
    count > 1 ? [{ code: 'one-of-several', values: { kind, value, index: value + 1, count } }] : [];
  return [...note('component', lane, lanes), ...note('volume', volume, volumes)];
}
