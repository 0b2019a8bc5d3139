/** How an image lies on its stage: the place of its top left corner and the CSS pixels per stored pixel. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}

const LEAST = 0.05;
const MOST = 128;
const MARGIN = 12;

/** The whole image in the middle, as large as it goes: by whole numbers where it is enlarged, so that every square is equal. */
export function fitted(image: Size, stage: Size): Viewport {
  const room = Math.min((stage.width - MARGIN) / image.width, (stage.height - MARGIN) / image.height);
  const scale = room >= 1 ? Math.floor(room) : Math.max(LEAST, room);
  return {
    scale,
    x: Math.round((stage.width - image.width * scale) / 2),
    y: Math.round((stage.height - image.height * scale) / 2),
  };
}

/** Zooms by a factor; what lies under `at` (on the stage) stays there. */
export function zoomed(view: Viewport, factor: number, at: { x: number; y: number }): Viewport {
  const scale = Math.min(MOST, Math.max(LEAST, view.scale * factor));
  const by = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
}

/** Moves the image; some of it always stays on the stage. */
export function panned(view: Viewport, by: { x: number; y: number }, image: Size, stage: Size): Viewport {
  const keep = 24;
  const clamp = (value: number, size: number, room: number): number =>
    Math.min(room - keep, Math.max(keep - size * view.scale, value));
  return {
    scale: view.scale,
    x: clamp(view.x + by.x, image.width, stage.width),
    y: clamp(view.y + by.y, image.height, stage.height),
  };
}

/** The stored pixel under a point of the stage, or null beside the image. */
export function pixelAt(view: Viewport, at: { x: number; y: number }, image: Size): { x: number; y: number } | null {
  const x = Math.floor((at.x - view.x) / view.scale);
  const y = Math.floor((at.y - view.y) / view.scale);
  return x >= 0 && y >= 0 && x < image.width && y < image.height ? { x, y } : null;
}
