import { computed, ref, shallowRef } from 'vue';
import {
  acquiredFrame,
  centreOf,
  cross as crossed,
  dot,
  middleOf,
  moved,
  placeAtSlice,
  planeOf,
  PLANES,
  scale,
  heldInside,
  sliceAt,
  slicingOf,
  toWorld,
  rolled,
  turnedFrame,
  turned,
  unit,
} from '@shared/space';
import type { Frame, Plane, PlaneName, Slicing, Vec3 } from '@shared/space';
import type { Rect, Slab, SliceLook, VolumeLook } from '@renderer/vtk';
import { fitted, panned, zoomed } from './camera';
import type { Camera, Point, Size } from './camera';
import { autoWindow, draggedWindow, fileWindow, fromTo, HU_PRESETS, leastWidth } from './grey';
import type { WidthLevel } from './grey';
import { arranged } from './layout';
import type { Layout, PaneId } from './layout';
import { HU_TRANSFERS, PLAIN_TRANSFERS, transferOf } from './transfer';
import type { TransferName } from './transfer';
import { absolute, relative } from './kinds';
import type { Kept } from './kinds';
import type { Loaded } from './loaded';

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

  /** What the person set by hand; null: the window of that name. */
  const chosenWindow = shallowRef<WidthLevel | null>(null);
  const auto = shallowRef<WidthLevel>({ width: 1, level: 0.5 });
  const invert = ref(false);
  const smooth = ref(false);
  const slab = shallowRef<Slab | null>(null);

  const cameras = shallowRef<Partial<Record<PlaneName, Camera>>>({});
  const orbit = shallowRef<{ into: Vec3; up: Vec3 }>({ into: [0, 1, 0], up: [0, 0, 1] });
  const volumeZoom = ref(1);
  const transferName = ref<TransferName>('surface');
  const transferShift = ref(0);
  const crop = shallowRef<VolumeLook['crop']>([
    [0, 1],
    [0, 1],
    [0, 1],
  ]);

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

  /** The window by name: the file's by number, `auto`, a tissue in HU, or `set` by hand. */
  const windowName = ref('auto');
  const window = computed<WidthLevel>(() => chosenWindow.value ?? named(windowName.value) ?? auto.value);
  function named(name: string): WidthLevel | null {
    const full = source.value?.fullScale;
    if (name === 'full') return full ? fromTo(full.low, full.high) : null;
    const own = name.startsWith('file ') ? source.value?.windows?.[Number(name.slice(5))] : undefined;
    return own ? fileWindow(own) : (HU_PRESETS.find((preset) => preset.name === name) ?? null);
  }
  const openingWindow = (): string =>
    source.value?.windows?.length ? 'file 0' : source.value?.fullScale ? 'full' : 'auto';

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

  const transfer = computed(() => transferOf(transferName.value, auto.value, transferShift.value));
  const volumeLook = computed<VolumeLook | null>(() => {
    const rect = rects.value.get('volume');
    if (!rect || !grid.value) return null;
    const box: Plane = {
      right: crossed(orbit.value.into, orbit.value.up),
      down: scale(orbit.value.up, -1),
      normal: orbit.value.into,
    };
    const { scale: fit } = fitted(grid.value, box, rect);
    return {
      ...orbit.value,
      centre: centreOf(grid.value),
      scale: fit / volumeZoom.value,
      transfer: transfer.value,
      crop: crop.value,
      quality: 'fine',
    };
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
    auto.value = autoWindow(next);
    invert.value = next.source.inverted;
    smooth.value = was.smooth ?? false;
    slab.value = was.slab ?? null;
    layout.value = isFlat(next) ? 'one' : (was.layout ?? 'grid');
    chosenWindow.value = was.window ? absolute(next.source, was.window, auto.value) : null;
    windowName.value = was.window ? 'set' : openingWindow();
    crop.value = [
      [0, 1],
      [0, 1],
      [0, 1],
    ];
    const names: readonly TransferName[] = next.source.unit === 'HU' ? HU_TRANSFERS : PLAIN_TRANSFERS;
    if (!names.includes(transferName.value)) transferName.value = names[0]!;
    const [left, back, head] = frame.value;
    if (!alike) orbit.value = next.source.oriented ? { into: back, up: head } : facing(left, back, head);
    if (isFlat(next) || without.value.has(active.value)) active.value = acquired.value;
  }
  /** The middle voxel; of a stack whose middle slice is missing, or still on its way, the first one that is here. */
  function opening({ voxels: { grid: now }, here }: Loaded): Vec3 {
    const [x, y, z] = now.size.map((n) => Math.floor(n / 2)) as [number, number, number];
    const first = here.indexOf(1);
    return here[z] === 1 || first < 0 ? middleOf(now) : toWorld(now, [x, y, first]);
  }
  /** Nobody knows which side is which: the volume is seen from a corner. */
  const facing = (left: Vec3, back: Vec3, head: Vec3): { into: Vec3; up: Vec3 } => {
    const into = unit(moved(moved(head, left, 0.35), back, 0.35));
    return { into, up: unit(scale(moved(back, into, -dot(back, into)), -1)) };
  };

  /** More of the volume has arrived: the automatic window follows until the person sets their own. */
  function learn(): void {
    if (loaded.value) auto.value = autoWindow(loaded.value);
  }
  /** What should be found again for volumes of this kind. */
  function keeping(): Kept {
    const window_ = chosenWindow.value;
    return {
      layout: layout.value,
      slab: slab.value && { ...slab.value },
      smooth: smooth.value,
      window: window_ && source.value ? relative(source.value, window_, auto.value) : null,
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
    if (pane === 'volume') return void (volumeZoom.value = Math.min(20, Math.max(0.2, volumeZoom.value * factor)));
    aim(pane, (camera, plane, rect) =>
      zoomed(camera, plane, factor, rect, at ?? { x: rect.width / 2, y: rect.height / 2 }),
    );
  }
  function pan(pane: PaneId, dx: number, dy: number): void {
    if (pane === 'volume') return rotate(dx, dy);
    aim(pane, (camera, plane) => panned(camera, plane, dx, dy));
  }
  /** Turns the volume under the hand. */
  function rotate(dx: number, dy: number): void {
    const { into, up } = orbit.value;
    const right = crossed(into, up);
    const aside = (v: Vec3): Vec3 => turned(v, up, -dx / 150);
    const tilted = (v: Vec3): Vec3 => turned(v, right, -dy / 150);
    orbit.value = { into: unit(tilted(aside(into))), up: unit(tilted(aside(up))) };
  }
  function fit(): void {
    cameras.value = {};
    volumeZoom.value = 1;
  }

  const activate = (pane: PaneId): void => void (active.value = pane);
  const resize = (next: Size): void => void (size.value = next);
  const setLayout = (next: Layout): void => void (layout.value = next);
  const setSlab = (next: Slab | null): void => void (slab.value = next);
  const setTransfer = (next: TransferName): void => void (transferName.value = next);
  const shiftTransfer = (by: number): void => void (transferShift.value = by);
  /** Keeps the volume from … to a share of one axis; the ends never cross. */
  function cropAt(axis: number, end: 0 | 1, share: number): void {
    crop.value = crop.value.map(([from, to], i) => {
      if (i !== axis) return [from, to];
      return end === 0 ? [Math.min(share, to - 0.01), to] : [from, Math.max(share, from + 0.01)];
    });
  }
  const toggleInvert = (): void => void (invert.value = !invert.value);
  const toggleSmooth = (): void => void (smooth.value = !smooth.value);

  function setWindow(next: WidthLevel): void {
    const least = source.value ? leastWidth(source.value) : 1e-6;
    chosenWindow.value = { width: Math.max(least, next.width), level: next.level };
    windowName.value = 'set';
  }
  function setNamedWindow(name: string): void {
    chosenWindow.value = null;
    windowName.value = name;
  }
  function dragWindow(dx: number, dy: number): void {
    if (source.value) setWindow(draggedWindow(window.value, dx, dy, auto.value, leastWidth(source.value)));
  }

  /** Everything as when the case was opened: crosshair, cameras, planes, window. */
  function reset(): void {
    if (!loaded.value) return;
    const { grid: now } = loaded.value.voxels;
    frame.value = acquiredFrame(now, loaded.value.source.oriented);
    rolls.value = {};
    cross.value = middleOf(now);
    cameras.value = {};
    volumeZoom.value = 1;
    setNamedWindow(openingWindow());
    invert.value = loaded.value.source.inverted;
    smooth.value = false;
    slab.value = null;
    transferShift.value = 0;
    crop.value = [
      [0, 1],
      [0, 1],
      [0, 1],
    ];
  }

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
    window,
    windowName,
    auto,
    invert,
    smooth,
    slab,
    transferName,
    transferShift,
    crop,
    transfer,
    sliceLooks,
    volumeLook,
    cameraOf,
    activate,
    resize,
    setLayout,
    setSlab,
    setTransfer,
    shiftTransfer,
    cropAt,
    toggleInvert,
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
    rotate,
    fit,
    setWindow,
    setNamedWindow,
    dragWindow,
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
