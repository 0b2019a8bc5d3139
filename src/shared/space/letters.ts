import type { Vec3 } from './vectors';

const NAMES = [
  ['L', 'R'],
  ['P', 'A'],
  ['S', 'I'],
] as const;

/** Sine of the angle from which on a direction has a second letter: 20 degrees. */
const SECOND = Math.sin((20 * Math.PI) / 180);

/** Where a unit direction points in the patient: `L`, or `LA` where it leans; the strongest part first. */
export function lettersOf(direction: Vec3): string {
  return [0, 1, 2]
    .map((axis) => ({ part: Math.abs(direction[axis]!), letter: NAMES[axis]![direction[axis]! < 0 ? 1 : 0] }))
    .filter(({ part }) => part > SECOND)
    .sort((a, b) => b.part - a.part)
    .map(({ letter }) => letter)
    .join('');
}

/** Of three unit axes by their strongest parts, such as `LPS`. */
export const orientationOf = (axes: readonly Vec3[]): string => axes.map((axis) => lettersOf(axis).charAt(0)).join('');

/** A place as people say it: `R 1.0 P 14.0 S 16.0`. */
export function placeWords(place: Vec3, digits = 1): string {
  return place
    .map((at, axis) => {
      const shown = Math.abs(at).toFixed(digits);
      return `${NAMES[axis]![at < 0 && Number(shown) !== 0 ? 1 : 0]} ${shown}`;
    })
    .join(' ');
}
