import { cross, dot, extentAlong, moved, subtract } from '@shared/space';
import type { Grid, Plane, Vec3 } from '@shared/space';

export interface Size {
  readonly width: number;
  readonly height: number;
}
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What lies in the middle of a view (its depth does not count), and millimetres a CSS pixel. */
export interface Camera {
  readonly centre: Vec3;
  readonly scale: number;
}

const MARGIN = 16;
const [LEAST, MOST] = [1 / 400, 400];

/** The whole volume in the view. */
export function fitted(grid: Grid, plane: Plane, view: Size): Camera {
  const [left, right] = extentAlong(grid, plane.right);
  const [top, bottom] = extentAlong(grid, plane.down);
  const scale = Math.max(
    (right - left) / Math.max(1, view.width - MARGIN),
    (bottom - top) / Math.max(1, view.height - MARGIN),
  );
  const [across, down] = [(left + right) / 2, (top + bottom) / 2];
  const away = cross(plane.right, plane.down);
  const centre = moved(moved([0, 0, 0], plane.right, across), plane.down, down);
  const [near, far] = extentAlong(grid, away);
  return { scale, centre: moved(centre, away, (near + far) / 2) };
}

/** The place in the plane at `depth` along its normal that lies under a point of the view. */
export function placeAt(camera: Camera, plane: Plane, depth: number, view: Size, at: Point): Vec3 {
  const across = (at.x - view.width / 2) * camera.scale;
  const down = (at.y - view.height / 2) * camera.scale;
  const place = moved(moved(camera.centre, plane.right, across), plane.down, down);
  return moved(place, plane.normal, depth - dot(place, plane.normal));
}

/** Where a place lies in the view, CSS pixels from its top left corner. */
export function pointOf(camera: Camera, plane: Plane, view: Size, place: Vec3): Point {
  const from = subtract(place, camera.centre);
  return {
    x: view.width / 2 + dot(from, plane.right) / camera.scale,
    y: view.height / 2 + dot(from, plane.down) / camera.scale,
  };
}

/** Nearer by a factor; what lies under `at` stays there. */
export function zoomed(camera: Camera, plane: Plane, factor: number, view: Size, at: Point): Camera {
  const scale = Math.min(MOST, Math.max(LEAST, camera.scale / factor));
  const by = camera.scale - scale;
  const across = moved(camera.centre, plane.right, (at.x - view.width / 2) * by);
  return { scale, centre: moved(across, plane.down, (at.y - view.height / 2) * by) };
}

/** Moved with the hand by CSS pixels. */
export function panned(camera: Camera, plane: Plane, dx: number, dy: number): Camera {
  const { scale } = camera;
  return { scale, centre: moved(moved(camera.centre, plane.right, -dx * scale), plane.down, -dy * scale) };
}

const NICE = [1, 2, 5];
/** The longest round length that takes at most `room` CSS pixels. */
export function scaleBar(scale: number, room: number): { length: number; pixels: number } {
  const most = room * scale;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = power * (NICE.filter((n) => n * power <= most).at(-1) ?? 1);
  return { length, pixels: length / scale };
}
