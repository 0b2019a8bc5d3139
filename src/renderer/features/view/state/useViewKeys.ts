import { useKeys } from '@renderer/app/shortcuts';
import type { PlaneName } from '@shared/space';
import { HU_PRESETS } from './grey';
import { LAYOUTS } from './layout';
import { nextSlab, thicker } from './slab';
import type { Tools } from './useTools';
import type { Viewer } from './useViewer';

/** What keys need beside the viewer. */
export interface KeyPlace {
  readonly viewer: Viewer;
  readonly tools: Tools;
  step(by: number): void;
  cine(): void;
  active(): boolean;
}

const PAN = 40;
const TURN = 20;
const ANGLE = Math.PI / 90;
/** Share of the window by which a key makes it wider or brighter. */
const WINDOW = 0.1;

/** Everything that the mouse does here, by keys. They act on the view that was used last. */
export function useViewKeys({ viewer, tools, step, cine, active }: KeyPlace): void {
  /** The plane that keys act on: of the volume as a whole, the one that was taken. */
  const plane = (): PlaneName => {
    const { value: pane } = viewer.active;
    return pane === 'volume' || !viewer.planes.value[pane] ? viewer.acquired.value : pane;
  };
  const inVolume = (): boolean => viewer.active.value === 'volume' && viewer.rects.value.has('volume');
  const nudge = (across: number, down: number): void =>
    inVolume() ? viewer.rotate(across * TURN, down * TURN) : viewer.nudge(plane(), across, down);
  const pan = (dx: number, dy: number): void => viewer.pan(viewer.active.value, dx * PAN, dy * PAN);
  const grey = (wider: number, brighter: number): void => {
    const { width, level } = viewer.window.value.curve ? viewer.shownWindow.value : viewer.window.value;
    viewer.setWindow({ width: width * (1 + wider * WINDOW), level: level - brighter * WINDOW * width });
  };
  function nextPane(): void {
    const panes = [...viewer.rects.value.keys()];
    const all =
      viewer.layout.value === 'one' && !viewer.flat.value
        ? (['axial', 'sagittal', 'coronal', 'volume'] as const)
        : panes;
    const to = all[(all.indexOf(viewer.active.value) + 1) % all.length]!;
    viewer.active.value = to;
    document.querySelector<HTMLElement>(`[data-pane="${to}"]`)?.focus();
  }
  /** Shift with a digit: digits alone are class keys. */
  function preset(event: KeyboardEvent): boolean {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    if (!event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || digit === undefined) return false;
    const name = digit === '0' ? 'auto' : HU_PRESETS[Number(digit) - 1]?.name;
    const fits = name === 'auto' || viewer.source.value?.unit === 'HU';
    if (name && fits && !event.repeat) viewer.setNamedWindow(name);
    return true;
  }
  const count = (): number => viewer.planes.value[plane()]?.slicing.count ?? 1;
  const named: Record<string, () => void> = {
    PageDown: () => step(1),
    PageUp: () => step(-1),
    Home: () => viewer.goToSlice(plane(), 0),
    End: () => viewer.goToSlice(plane(), count() - 1),
  };
  function goes(event: KeyboardEvent): boolean {
    const act = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey ? undefined : named[event.key];
    if (!act) return false;
    act();
    return true;
  }

  useKeys(
    {
      key: (event) => preset(event) || goes(event),
      toolCrosshair: () => tools.choose('crosshair'),
      toolWindow: () => tools.choose('window'),
      toolRuler: () => tools.choose('ruler'),
      toolAngle: () => tools.choose('angle'),
      toolRoi: () => tools.choose('roi'),
      removeMeasure: () => void tools.remove(),
      crosshairLines: () => void (tools.lines.value = !tools.lines.value),
      nextSlice: () => viewer.scroll(plane(), 1),
      previousSlice: () => viewer.scroll(plane(), -1),
      nudgeLeft: () => nudge(-1, 0),
      nudgeRight: () => nudge(1, 0),
      nudgeUp: () => nudge(0, -1),
      nudgeDown: () => nudge(0, 1),
      turnLeft: () => viewer.turnPlanes(plane(), -ANGLE),
      turnRight: () => viewer.turnPlanes(plane(), ANGLE),
      panLeft: () => pan(1, 0),
      panRight: () => pan(-1, 0),
      panUp: () => pan(0, 1),
      panDown: () => pan(0, -1),
      zoomIn: () => viewer.zoom(viewer.active.value, 1.25),
      zoomOut: () => viewer.zoom(viewer.active.value, 1 / 1.25),
      viewFit: () => viewer.fit(),
      viewInvert: () => void (viewer.invert.value = !viewer.invert.value),
      windowNarrower: () => grey(-1, 0),
      windowWider: () => grey(1, 0),
      darker: () => grey(0, -1),
      brighter: () => grey(0, 1),
      smooth: () => void (viewer.smooth.value = !viewer.smooth.value),
      slab: () => void (viewer.slab.value = nextSlab(viewer)),
      slabThicker: () => void (viewer.slab.value = thicker(viewer, 1)),
      slabThinner: () => void (viewer.slab.value = thicker(viewer, -1)),
      cine: () => cine(),
      nextLayout: () => {
        const { value: now } = viewer.layout;
        viewer.layout.value = LAYOUTS[(LAYOUTS.indexOf(now) + 1) % LAYOUTS.length]!;
      },
      nextPane,
      resetView: () => viewer.reset(),
    },
    active,
  );
}
