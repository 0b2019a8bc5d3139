import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const rectangle = z.object({
  x: z.number(),
  y: z.number(),
  width: z.number().positive(),
  height: z.number().positive(),
});
type Rectangle = z.infer<typeof rectangle>;
/** Where a window stood, in device-independent pixels; `maximized` says that it filled its screen since. */
const windowPlace = rectangle.extend({ maximized: z.boolean() });
export type WindowPlace = z.infer<typeof windowPlace>;

/** Size where nothing is remembered, and the least that the layout holds at. */
const USUAL = { width: 1440, height: 900 };
export const LEAST = { width: 1024, height: 700 };
/** The part of a window's upper edge that must lie on a screen, or nobody could drag it back. */
const GRIP = { width: 200, height: 40 };

/** What was remembered; null where there is nothing, or nothing that can be read: the usual place does then. */
export function readPlace(file: string): WindowPlace | null {
  try {
    return windowPlace.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** A convenience: where it cannot be written, the window opens in its usual place next time. */
export function writePlace(file: string, place: WindowPlace): void {
  try {
    writeFileSync(file, JSON.stringify(place));
  } catch (error) {
    console.error(`the window's place was not remembered: ${String(error)}`);
  }
}

/**
 * Where a window opens: where it stood, as far as today's screens allow. A screen that has gone, or has become smaller, never
 * leaves it out of reach: it then opens in the middle of the first screen (no `x` and `y`).
 * @param areas the screens without task bars, the first one is the main screen
 */
export function placeOn(
  areas: readonly Rectangle[],
  saved: WindowPlace | null,
): { x?: number; y?: number; width: number; height: number; maximized: boolean } {
  const main = areas[0] ?? { x: 0, y: 0, ...USUAL };
  const wanted = saved ?? USUAL;
  const area = saved && areas.find((candidate) => graspable(saved, candidate));
  const { width, height } = fitted(wanted, area ?? main);
  const maximized = saved?.maximized ?? false;
  if (!saved || !area) return { width, height, maximized };
  const within = (at: number, from: number, room: number): number =>
    Math.round(Math.max(from, Math.min(at, from + room)));
  return {
    x: within(saved.x, area.x, area.width - width),
    y: within(saved.y, area.y, area.height - height),
    width,
    height,
    maximized,
  };
}

const fitted = (size: { width: number; height: number }, area: Rectangle): { width: number; height: number } => ({
  width: Math.round(Math.max(LEAST.width, Math.min(size.width, area.width))),
  height: Math.round(Math.max(LEAST.height, Math.min(size.height, area.height))),
});

function graspable(place: Rectangle, area: Rectangle): boolean {
  const across = Math.min(place.x + place.width, area.x + area.width) - Math.max(place.x, area.x);
  const down = Math.min(place.y + GRIP.height, area.y + area.height) - Math.max(place.y, area.y);
  return across >= GRIP.width && down >= GRIP.height / 2;
}
