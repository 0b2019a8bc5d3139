import { acquiredFrame, dot, planeOf, PLANES, stepOf, moved, toWorld } from '@shared/space';
import type { Grid, Vec3 } from '@shared/space';
import { Stage } from '@renderer/vtk';
import type { LayerLook, Rect, Rgb, Slab, Voxels } from '@renderer/vtk';
import { transferOf } from '@renderer/features/view/state/transfer';
import { HEAT, labelColour } from '@renderer/features/view/state/layers';

/** One known picture of the phantom, three planes side by side or the whole of it. */
export interface State {
  readonly grid: Grid;
  readonly slab?: Slab;
  readonly smooth?: boolean;
  readonly over?: 'labels' | 'outline' | 'heat' | undefined;
  /** The volume seen as a whole, from the left and in front. */
  readonly whole?: boolean;
  /** Middle of the window; 500 elsewhere. */
  readonly level?: number;
  /** Voxels along the first axis the wrong way round, or one place further: what a test must notice. */
  readonly wrong?: 'flipped' | 'shifted';
}

const SIDE = 132;
/** Millimetres a pixel. */
const SCALE = 0.55;

/** A place (LPS millimetres) inside of the phantom, as a value: a head-like shell with a ball, a rod, a wedge and a ramp, alike to nothing turned or mirrored. */
function phantom([x, y, z]: Vec3): number {
  const ball = (cx: number, cy: number, cz: number, r: number): boolean =>
    (x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 < r ** 2;
  const outside = (x / 26) ** 2 + (y / 31) ** 2 + (z / 27) ** 2;
  if (outside > 1) return 0;
  if (outside > 0.8) return 900;
  if (ball(10, -12, 8, 7)) return 1000;
  if (ball(-12, 6, -6, 5)) return 700;
  if (Math.abs(x + 6) < 2 && Math.abs(y + 14) < 2) return 820;
  if (x > 2 && y > 4 && z < -2 && x + y < 24) return 120;
  return 320 + 4 * x + 3 * y + 2 * z;
}

function sampled(grid: Grid, wrong: State['wrong']): Int16Array {
  const [w, h, d] = grid.size;
  const from = (i: number): number => (wrong === 'flipped' ? w - 1 - i : wrong === 'shifted' ? i - 1 : i);
  const data = new Int16Array(w * h * d);
  for (let k = 0, at = 0; k < d; k += 1)
    for (let j = 0; j < h; j += 1)
      for (let i = 0; i < w; i += 1, at += 1) data[at] = phantom(toWorld(grid, [from(i), j, k]));
  return data;
}

/** A grid of its own below each layer: coarser, and turned by nothing. */
const LAYER_GRID: Grid = {
  size: [14, 16, 12],
  spacing: [4, 4, 5],
  origin: [-26, -30, -27.5],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
function layer(kind: NonNullable<State['over']>): LayerLook {
  const [w, h, d] = LAYER_GRID.size;
  const values = Array.from({ length: w * h * d }, (_, at) =>
    toWorld(LAYER_GRID, [at % w, Math.floor(at / w) % h, Math.floor(at / (w * h))]),
  );
  const voxels = (data: Uint8Array | Float32Array): Voxels => ({
    grid: LAYER_GRID,
    components: 1,
    data,
    slope: 1,
    intercept: 0,
  });
  if (kind === 'heat') {
    const heat = values.map(([x, y, z]) => Math.exp(-((x - 10) ** 2 + (y + 12) ** 2 + (z - 8) ** 2) / 250));
    return {
      id: kind,
      voxels: voxels(Float32Array.from(heat)),
      opacity: 0.7,
      colours: { kind: 'heat', from: 0, to: 1, table: HEAT },
    };
  }
  const labels = values.map(([x, y, z]) => {
    if ((x - 10) ** 2 + (y + 12) ** 2 + (z - 8) ** 2 < 81) return 1;
    return x < -4 && y > -2 && z < 4 ? 2 : 0;
  });
  const table: Rgb[] = [[0, 0, 0], labelColour(0), labelColour(1)];
  return {
    id: kind,
    voxels: voxels(Uint8Array.from(labels)),
    opacity: 0.4,
    colours: { kind: 'labels', table, outline: kind === 'outline' },
  };
}

/** Draws a state on a stage of its own. @returns a PNG as a data URL */
export function drawState(state: State): string {
  // vtk.js starts the rays of a volume at random.
  const { random } = Math;
  let seed = 1;
  Math.random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  try {
    return draw(state);
  } finally {
    Math.random = random;
  }
}

function draw(state: State): string {
  const host = document.createElement('div');
  document.body.append(host);
  const stage = new Stage(host, { drawn: () => undefined, lost: () => undefined, restored: () => undefined });
  const { grid } = state;
  const data = sampled(grid, state.wrong);
  const voxels: Voxels = { grid, components: 1, data, slope: 1, intercept: 0 };
  const size = state.whole ? 1 : PLANES.length;
  stage.resize(size * SIDE, SIDE, 1);
  stage.show('main', voxels, true);
  const rect = (i: number): Rect => ({ x: i * SIDE, y: 0, width: SIDE, height: SIDE });
  const middle = toWorld(grid, grid.size.map((n) => Math.floor(n / 2)) as unknown as Vec3);
  // The middle of the ball, on slices that were taken: all three planes have something to show.
  const cross = [0, 1, 2].reduce<Vec3>((at, axis) => {
    const step = stepOf(grid, axis);
    const by = dot([10 - middle[0], -12 - middle[1], 8 - middle[2]], step) / dot(step, step);
    return moved(at, step, Math.round(by));
  }, middle);
  if (state.whole) {
    const whole = { study: 'main', kind: 'volume', rect: rect(0) } as const;
    stage.arrange(new Map([['whole', whole]]));
    const transfer = transferOf('surface', { width: 1000, level: 500 });
    const crop = [
      [0, 1],
      [0, 1],
      [0, 0.7],
    ] as const;
    const into: Vec3 = [-0.6, 0.8, 0];
    const look = { into, up: [0, 0, 1], centre: [0, 0, 0], scale: SCALE, transfer, crop, quality: 'fine' } as const;
    stage.look('whole', look);
  } else {
    stage.arrange(new Map(PLANES.map((name, i) => [name, { study: 'main', kind: 'slice', rect: rect(i) }])));
    for (const name of PLANES) {
      const plane = planeOf(acquiredFrame(grid, true), name, true);
      stage.look(name, {
        plane,
        depth: dot(cross, plane.normal),
        centre: [0, 0, 0],
        scale: SCALE,
        grey: { width: 1000, level: state.level ?? 500, invert: false },
        smooth: state.smooth ?? false,
        slab: state.slab ?? null,
      });
    }
  }
  if (state.over) stage.cover([layer(state.over)]);
  stage.drawAll();
  const url = stage.canvas.toDataURL('image/png');
  stage.dispose();
  host.remove();
  return url;
}
