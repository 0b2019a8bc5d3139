import type { Frame } from '@shared/pixels';

/** Grey window: `low` is black, `high` white; `invert` turns them round. */
export interface Window {
  readonly low: number;
  readonly high: number;
  readonly invert: boolean;
}
export const fullWindow = (frame: Frame): Window => ({ low: frame.low, high: frame.high, invert: false });

export type Axis = 'z' | 'y' | 'x';
/** [width, height, slices] of the plane across `axis`. */
export function planeSize(frame: Frame, axis: Axis): [number, number, number] {
  const { width, height, depth } = frame;
  if (axis === 'z') return [width, height, depth];
  return axis === 'y' ? [width, depth, height] : [height, depth, width];
}

/** Values of a window as bytes 0 … 255, through a table for whole numbers of at most 16 bits. */
function byteOf(frame: Frame, window: Window): (value: number) => number {
  const span = Math.max(window.high - window.low, Number.EPSILON);
  const level = (value: number): number => {
    const share = Math.min(1, Math.max(0, (value - window.low) / span));
    return Math.round(255 * (window.invert ? 1 - share : share));
  };
  if (frame.type === 'float32') return level;
  const first = frame.type === 'int16' ? -32768 : 0;
  const table = new Uint8Array(frame.type === 'uint8' ? 256 : 65536);
  if (frame.data.length < table.length) return level;
  for (let i = 0; i < table.length; i += 1) table[i] = level(first + i);
  return (value) => table[value - first]!;
}

/**
 * One plane of a frame as RGBA: every stored pixel is one pixel of the answer, never scaled, smoothed or tinted.
 * @param slice index along `axis`
 */
export function toRgba(
  frame: Frame,
  window: Window = fullWindow(frame),
  axis: Axis = 'z',
  slice = 0,
): { width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> } {
  const [width, height] = planeSize(frame, axis);
  const data = new Uint8ClampedArray(width * height * 4);
  const grey = frame.channels === 1;
  const toByte = byteOf(frame, window);
  const { width: w, height: h, channels, data: values } = frame;
  // Strides in samples of the plane's columns and rows, and where the slice begins. Data is [depth, height, width, channels].
  const [across, down, start] =
    axis === 'z' ? [1, w, slice * w * h] : axis === 'y' ? [1, w * h, slice * w] : [w, w * h, slice];
  let to = 0;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const from = (start + row * down + column * across) * channels;
      const first = toByte(values[from]!);
      data[to] = first;
      data[to + 1] = grey ? first : toByte(values[from + 1]!);
      data[to + 2] = grey ? first : toByte(values[from + 2]!);
      data[to + 3] = 255;
      to += 4;
    }
  }
  return { width, height, data };
}

/**
 * A canvas whose pixels stay in the page's own memory. On the GPU each one would be a layer and a texture of its own: a hundred
 * thumbnails make every frame late, and a full command buffer holds up the very thread that answers keys.
 */
const context = (canvas: HTMLCanvasElement): CanvasRenderingContext2D | null =>
  canvas.getContext('2d', { willReadFrequently: true });

/** Draws a plane in its own number of pixels; the style sheet enlarges it in squares. */
export function drawFrame(canvas: HTMLCanvasElement, frame: Frame, window?: Window, axis: Axis = 'z', slice = 0): void {
  const { width, height, data } = toRgba(frame, window, axis, slice);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context(canvas)?.putImageData(new ImageData(data, width, height), 0, 0);
}

/** Nothing is better than the wrong picture. */
export function clearCanvas(canvas: HTMLCanvasElement): void {
  context(canvas)?.clearRect(0, 0, canvas.width, canvas.height);
}
