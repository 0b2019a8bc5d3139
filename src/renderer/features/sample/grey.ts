import type { Frame } from '@shared/pixels';
import type { Axis, Window } from '@renderer/pixels/draw';

/** Window and level as readers know them: width and middle of the range of values that is spread over black to white. */
export const widthLevel = (w: Window): { width: number; level: number } => ({
  width: w.high - w.low,
  level: (w.high + w.low) / 2,
});

export function fromWidthLevel(width: number, level: number, invert: boolean, least: number): Window {
  const half = Math.max(width, least) / 2;
  return { low: level - half, high: level + half, invert };
}

/** The narrowest window that says anything: one step of whole numbers, a thousandth of the range of floats. */
export const leastWidth = (frame: Frame): number => (frame.type === 'float32' ? (frame.high - frame.low) / 1000 : 1);

/** The window after a drag by `dx`, `dy` CSS pixels: to the right wider, upwards brighter. */
export function dragged(w: Window, dx: number, dy: number, frame: Frame): Window {
  const step = (frame.high - frame.low) / 400;
  const { width, level } = widthLevel(w);
  return fromWidthLevel(width + dx * step, level + dy * step, w.invert, leastWidth(frame));
}

/** The stored values at a pixel of a plane. */
export function valuesAt(frame: Frame, axis: Axis, slice: number, at: { x: number; y: number }): number[] {
  const [x, y, z] = axis === 'z' ? [at.x, at.y, slice] : axis === 'y' ? [at.x, slice, at.y] : [slice, at.x, at.y];
  const from = ((z * frame.height + y) * frame.width + x) * frame.channels;
  return Array.from(frame.data.slice(from, from + frame.channels));
}
