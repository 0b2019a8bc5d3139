import { acquiredFrame, dot, planeOf, toWorld } from '@shared/space';
import type { Grid, PlaneName, Vec3 } from '@shared/space';
import { Stage } from '@renderer/vtk';
import type { Rect, Transfer, Voxels } from '@renderer/vtk';
import { drawState } from './states';

/** What a test asks to be drawn: one bright voxel in a plane through it, or the same as a layer. */
export interface Ask {
  readonly grid: Grid;
  readonly voxel: Vec3;
  readonly plane: PlaneName;
  readonly oriented: boolean;
  /** Millimetres a pixel. */
  readonly scale: number;
  readonly smooth?: boolean;
  readonly slab?: { readonly kind: 'max' | 'min' | 'mean'; readonly thickness: number };
  /** Slices beside the voxel's own at which the plane lies. */
  readonly beside?: number;
  /** A white label alone, over a volume that is black. */
  readonly layer?: { readonly grid: Grid; readonly voxel: Vec3 };
  /** The volume as a whole, seen along a direction, in place of a plane. */
  readonly whole?: { readonly into: Vec3; readonly up: Vec3 };
  /** Stored values of the voxel and of all others, drawn at three quarters and one quarter of the way to white. */
  readonly stored?: readonly [voxel: number, others: number];
  readonly type?: 'uint8' | 'int16' | 'uint16' | 'float32';
}
export interface Seen {
  /** Middle of what is bright, millimetres to the right and downwards from the volume's middle, and its area. */
  readonly right: number;
  readonly down: number;
  readonly area: number;
  /** Levels that occur, darkest first. */
  readonly levels: number[];
}

const SIDE = 240;
const RECT: Rect = { x: 0, y: 0, width: SIDE, height: SIDE };
const ARRAYS = { uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, float32: Float32Array } as const;

/** Red of each pixel of a canvas. */
function pixelsOf(canvas: HTMLCanvasElement): number[] {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d')!;
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]!);
}

function see(ask: Ask): Seen {
  const { grid, voxel, scale } = ask;
  const host = document.createElement('div');
  document.body.append(host);
  const stage = new Stage(host, { drawn: () => undefined, lost: () => undefined, restored: () => undefined });
  const [w, h, d] = grid.size;
  const data = new ARRAYS[ask.type ?? 'int16'](w * h * d);
  const voxels: Voxels = { grid, components: 1, data, slope: 2, intercept: -100 };
  stage.resize(SIDE, SIDE, 1);
  stage.show('main', voxels, false);
  stage.arrange(
    new Map([['one', { study: 'main', kind: ask.whole ? ('volume' as const) : ('slice' as const), rect: RECT }]]),
  );
  // The slice arrives after the rest.
  const [bright, dark] = ask.stored ?? [ask.layer ? 0 : 200, 0];
  if (ask.stored) data.fill(dark);
  data[(voxel[2] * h + voxel[1]) * w + voxel[0]] = bright;
  if (ask.stored) stage.arrived('main', 0, d, true);
  stage.arrived('main', voxel[2], 1, true);
  const plane = planeOf(acquiredFrame(grid, ask.oriented), ask.plane, ask.oriented);
  const beside = toWorld(grid, [voxel[0], voxel[1], voxel[2] + (ask.beside ?? 0)]);
  const centre = toWorld(grid, [(w - 1) / 2, (h - 1) / 2, (d - 1) / 2]);
  if (ask.whole) {
    const transfer: Transfer = {
      opacity: [
        [-100, 0],
        [300, 1],
      ],
      colour: [
        [-100, 0, 0, 0],
        [300, 1, 1, 1],
      ],
      shaded: false,
      projection: true,
    };
    const crop = [
      [0, 1],
      [0, 1],
      [0, 1],
    ] as const;
    stage.look('one', { ...ask.whole, centre, scale, transfer, crop, quality: 'fine' });
  } else
    stage.look('one', {
      plane,
      depth: dot(beside, plane.normal),
      centre,
      scale,
      // Black at −100, the stored 0; white at 300, the stored 200.
      grey: ask.stored
        ? { width: 4 * (bright - dark), level: bright + dark - 100, invert: false }
        : { width: 400, level: 100, invert: false },
      smooth: ask.smooth ?? false,
      slab: ask.slab ?? null,
    });
  if (ask.layer) {
    const { grid: own, voxel: at } = ask.layer;
    const labels = new Uint8Array(own.size[0] * own.size[1] * own.size[2]);
    labels[(at[2] * own.size[1] + at[1]) * own.size[0] + at[0]] = 2;
    const table = [
      [0, 0, 0],
      [0, 0, 0],
      [1, 1, 1],
    ] as const;
    const over: Voxels = { grid: own, components: 1, data: labels, slope: 1, intercept: 0 };
    stage.cover([{ id: 'over', voxels: over, opacity: 1, colours: { kind: 'labels', outline: false, table } }]);
  }
  stage.drawAll();
  const pixels = pixelsOf(stage.canvas);
  let [sum, right, down, area] = [0, 0, 0, 0];
  pixels.forEach((value, i) => {
    if (value === 0) return;
    sum += value;
    right += value * ((i % SIDE) + 0.5 - SIDE / 2);
    down += value * (Math.floor(i / SIDE) + 0.5 - SIDE / 2);
    area += value / 255;
  });
  stage.dispose();
  host.remove();
  return {
    right: (scale * right) / sum,
    down: (scale * down) / sum,
    area: area * scale * scale,
    levels: [...new Set(pixels)].sort((a, b) => a - b),
  };
}

Object.assign(window, { seeViews: (asks: Ask[]) => asks.map(see), drawState });
