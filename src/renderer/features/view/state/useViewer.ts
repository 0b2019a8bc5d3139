import { computed, ref, shallowRef } from 'vue';
import {
  acquiredFrame,
  cross as crossed,
  dot,
  middleOf,
  moved,
  placeAtSlice,
  planeOf,
  PLANES,
  heldInside,
  sliceAt,
  slicingOf,
  toWorld,
  rolled,
  turnedFrame,
} from '@shared/space';
import type { Frame, Plane, PlaneName, Slicing, Vec3 } from '@shared/space';
import type { Rect, Slab, SliceLook } from '@renderer/vtk';
import { fitted, panned, zoomed } from './camera';
import type { Camera, Point, Size } from './camera';
import { arranged } from './layout';
import type { Layout, PaneId } from './layout';
import type { Kept } from './kinds';
import type { Loaded } from './loaded';
import { useWhole } from './useWhole';
import { useWindow } from './useWindow';

/** A plane as it is now. */
export interface PlaneState {
  readonly name: PlaneName;
  readonly plane: Plane;
  readonly slicing: Slicing;
  /** Number of the slice from 0, as stored. */
  readonly slice: number;
  /** Directions of the other two planes in this one. */
  readonly lines: readonly [Vec3, Vec3];
}

/** Whole slices are flat: they have one plane, the one they were taken in. */
const isFlat = (loaded: Loaded): boolean => loaded.voxels.grid.size[2] === 1;
const NO_PLACE: Vec3 = [0, 0, 0];

/** What is looked at and how: one volume, one crosshair, and every view's camera. Values are LPS millimetres. */
export function useViewer() {
  const loaded = shallowRef<Loaded | null>(null);
  const frame = shallowRef<Frame>([
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]);
  /** Angle by which each view was turned with the frame, and so is turned back: the one in which it was turned stands still. */
  const rolls = shallowRef<Partial<Record<PlaneName, number>>>({});
  const cross = shallowRef<Vec3>(NO_PLACE);
  const layout = ref<Layout>('grid');
  const active = ref<PaneId>('axial');
  const size = shallowRef<Size>({ width: 0, height: 0 });

  const smooth = ref(false);
  const slab = shallowRef<Slab | null>(null);

  const cameras = shallowRef<Partial<Record<PlaneName, Camera>>>({});

  const source = computed(() => loaded.value?.source ?? null);
  const grid = computed(() => loaded.value?.voxels.grid ?? null);
  const oriented = computed(() => source.value?.oriented ?? false);
  const flat = computed(() => loaded.value !== null && isFlat(loaded.value));
  /** Planes are those that the volume was taken in. */
  const straight = computed(() => PLANES.every((name) => planes.value[name]?.slicing.acquired));

  const planes = computed<Partial<Record<PlaneName, PlaneState>>>(() => {
    if (!grid.value) return {};
    const found: Partial<Record<PlaneName, PlaneState>> = {};
    for (const name of PLANES) {
      const own = planeOf(frame.value, name, oriented.value);
      const roll = rolls.value[name];
      const plane = roll ? rolled(own, -roll) : own;
      const slicing = slicingOf(grid.value, plane);
      found[name] = {
        name,
        plane,
        slicing,
        slice: sliceAt(slicing, plane.normal, cross.value),
        lines: [own.right, own.down],
      };
    }
    return found;
  });
  /** The plane that the volume was taken in: slices lie along the grid's third axis. */
  const acquired = computed<PlaneName>(() => PLANES.find((name) => planes.value[name]?.slicing.axis === 2) ?? 'axial');

  const without = computed<ReadonlySet<PaneId>>(() => {
    if (!flat.value) return new Set(loaded.value?.voxels.components === 3 ? (['volume'] as const) : []);
    return new Set<PaneId>([...PLANES.filter((name) => name !== acquired.value), 'volume']);
  });
  const rects = computed(() => arranged(layout.value, active.value, size.value, without.value));

  const greys = useWindow(source);
  const { window, auto, invert } = greys;
  const whole = useWhole(
    grid,
    computed(() => rects.value.get('volume')),
    auto,
  );

  const cameraOf = (name: PlaneName, plane: Plane, rect: Size): Camera =>
    cameras.value[name] ?? fitted(grid.value!, plane, rect);

  const sliceLooks = computed(() => {
    const looks = new Map<PlaneName, SliceLook>();
    for (const [pane, rect] of rects.value) {
      const state = pane === 'volume' ? undefined : planes.value[pane];
      if (!state || rect.width <= 0) continue;
      const { plane, name } = state;
      looks.set(name, {
        plane,
        depth: dot(cross.value, plane.normal),
        ...cameraOf(name, plane, rect),
        grey: { ...window.value, invert: invert.value },
        // Slices that were taken are never mixed with their neighbours: the plane lies in the middle of one.
        smooth: smooth.value,
        slab: slab.value,
      });
    }
    return looks;
  });

  /** Shows a volume from its middle, in the way in which its kind was last looked at. */
  function show(next: Loaded | null, was: Kept = {}): void {
    const before = loaded.value;
    loaded.value = next;
    if (!next) return;
    const { grid: now } = next.voxels;
    const alike = before !== null && sameLook(before, next);
    frame.value = acquiredFrame(now, next.source.oriented);
    rolls.value = {};
    cross.value = opening(next);
    if (!alike) cameras.value = {};
    greys.openWindow(next, was.window ?? null);
    smooth.value = was.smooth ?? false;
    slab.value = was.slab ?? null;
    layout.value = isFlat(next) ? 'one' : (was.layout ?? 'grid');
    whole.openWhole(next.source.unit);
    if (!alike) whole.face(frame.value, next.source.oriented);
    if (isFlat(next) || without.value.has(active.value)) active.value = acquired.value;
  }
  /** The middle voxel; of a stack whose middle slice is missing, or still on its way, the first one that is here. */
  function opening({ voxels: { grid: now }, here }: Loaded): Vec3 {
    const [x, y, z] = now.size.map((n) => Math.floor(n / 2)) as [number, number, number];
    const first = here.indexOf(1);
    return here[z] === 1 || first < 0 ? middleOf(now) : toWorld(now, [x, y, first]);
  }

  /** More of the volume has arrived: the automatic window follows until the person sets their own. */
  function learn(): void {
    if (loaded.value) greys.learn(loaded.value);
  }
  /** What should be found again for volumes of this kind. */
  function keeping(): Kept {
    return {
      layout: layout.value,
      slab: slab.value && { ...slab.value },
      smooth: smooth.value,
      window: greys.keptWindow(),
    };
  }

  /** The crosshair goes to a place inside the volume; across planes that were taken to the middle of a slice. */
  function point(place: Vec3): void {
    cross.value = Object.values(planes.value).reduce(
      (at, { slicing, plane }) => heldInside(slicing, plane.normal, at),
      place,
    );
  }
  /** Turns the other two planes about the normal of this one, by an angle from its right to its lower side. */
  function turnPlanes(name: PlaneName, angle: number): void {
    const state = planes.value[name];
    if (!state || flat.value) return;
    const { right, down, normal } = state.plane;
    const about = dot(crossed(right, down), normal) < 0 ? -angle : angle;
    frame.value = turnedFrame(frame.value, normal, about);
    rolls.value = { ...rolls.value, [name]: (rolls.value[name] ?? 0) + about };
  }
  function goToSlice(name: PlaneName, slice: number): void {
    const state = planes.value[name];
    if (state) cross.value = placeAtSlice(state.slicing, state.plane.normal, cross.value, slice);
  }
  function scroll(name: PlaneName, by: number): void {
    const state = planes.value[name];
    if (state) goToSlice(name, state.slice + by);
  }
  /** Moves the crosshair by voxels to the right and downwards in a plane. */
  function nudge(name: PlaneName, across: number, down: number): void {
    const state = planes.value[name];
    if (!state) return;
    const step = (along: Vec3): number => slicingOf(grid.value!, { ...state.plane, normal: along }).step;
    const { right, down: below } = state.plane;
    point(moved(moved(cross.value, right, across * step(right)), below, down * step(below)));
  }

  function aim(name: PlaneName, change: (camera: Camera, plane: Plane, rect: Rect) => Camera): void {
    const [rect, state] = [rects.value.get(name), planes.value[name]];
    if (!rect || !state) return;
    cameras.value = { ...cameras.value, [name]: change(cameraOf(name, state.plane, rect), state.plane, rect) };
  }
  function zoom(pane: PaneId, factor: number, at?: Point): void {
    if (pane === 'volume') return whole.zoomWhole(factor);
    aim(pane, (camera, plane, rect) =>
      zoomed(camera, plane, factor, rect, at ?? { x: rect.width / 2, y: rect.height / 2 }),
    );
  }
  function pan(pane: PaneId, dx: number, dy: number): void {
    if (pane === 'volume') return whole.rotate(dx, dy);
    aim(pane, (camera, plane) => panned(camera, plane, dx, dy));
  }
  function fit(): void {
    cameras.value = {};
    whole.fitWhole();
  }

  const activate = (pane: PaneId): void => void (active.value = pane);
  const resize = (next: Size): void => void (size.value = next);
  const setLayout = (next: Layout): void => void (layout.value = next);
  const setSlab = (next: Slab | null): void => void (slab.value = next);
  const toggleSmooth = (): void => void (smooth.value = !smooth.value);

  /** Everything as when the case was opened: crosshair, cameras, planes, window. */
  function reset(): void {
    if (!loaded.value) return;
    const { grid: now } = loaded.value.voxels;
    frame.value = acquiredFrame(now, loaded.value.source.oriented);
    rolls.value = {};
    cross.value = middleOf(now);
    cameras.value = {};
    greys.resetWindow();
    whole.resetWhole();
    smooth.value = false;
    slab.value = null;
  }

  const { windowName, shown: shownWindow, setWindow, setNamedWindow, dragWindow, toggleInvert } = greys;
  const { transferName, transferShift, crop, transfer, volumeLook, held: wholeHeld, ask: askForWhole } = whole;
  const { setTransfer, shiftTransfer, cropAt, rotate } = whole;
  return {
    loaded,
    source,
    grid,
    oriented,
    flat,
    frame,
    cross,
    layout,
    active,
    size,
    rects,
    planes,
    acquired,
    straight,
    smooth,
    slab,
    window,
    shownWindow,
    windowName,
    auto,
    invert,
    setWindow,
    setNamedWindow,
    dragWindow,
    toggleInvert,
    transferName,
    transferShift,
    crop,
    transfer,
    volumeLook,
    wholeHeld,
    askForWhole,
    setTransfer,
    shiftTransfer,
    cropAt,
    rotate,
    sliceLooks,
    cameraOf,
    activate,
    resize,
    setLayout,
    setSlab,
    toggleSmooth,
    show,
    learn,
    keeping,
    point,
    turnPlanes,
    goToSlice,
    scroll,
    nudge,
    zoom,
    pan,
    fit,
    reset,
  };
}
export type Viewer = ReturnType<typeof useViewer>;

/** The next case of a list is looked at as the one before: same grid, same kind. */
const sameLook = (a: Loaded, b: Loaded): boolean =>
  a.source.oriented === b.source.oriented &&
  a.voxels.grid.size.every((n, i) => n === b.voxels.grid.size[i]) &&
  a.voxels.grid.spacing.every((n, i) => n === b.voxels.grid.spacing[i]) &&
  !a.source.oriented;
