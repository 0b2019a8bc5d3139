import { ref, shallowRef } from 'vue';
import type { Ref } from 'vue';
import { dot, length, subtract } from '@shared/space';
import type { PlaneName, Vec3 } from '@shared/space';
import { isIn, MEASURES, pointsOf } from './measure';
import type { Measure, MeasureKind } from './measure';
import type { PlaneState } from './useViewer';

export const TOOLS = ['crosshair', 'window', ...MEASURES, 'box'] as const;
export type Tool = (typeof TOOLS)[number];
const isMeasure = (tool: Tool): tool is MeasureKind => (MEASURES as readonly string[]).includes(tool);

/** What takes the left button in place of the tools while it is there. */
export interface Stylus {
  begin(state: PlaneState, place: Vec3): void;
  drag(state: PlaneState, place: Vec3): void;
  end(state: PlaneState, place: Vec3): void;
  /** The pointer was taken away: what is under way is given up. */
  cancel(): void;
  /** true: it took the turn of the wheel. */
  wheel(event: WheelEvent): boolean;
  /** What is shown around the cursor: a ring in the plane, or the cut through a ball; millimetres. */
  readonly ring: Readonly<Ref<{ readonly radius: number; readonly ball: boolean } | null>>;
}

/** What the left button does, what lies under the cursor, and what was measured. Measures stay with the case and vanish with it. */
export function useTools() {
  const tool = ref<Tool>('crosshair');
  const stylus = shallowRef<Stylus | null>(null);
  /** Lines of the crosshair are shown. */
  const lines = ref(true);
  const hover = shallowRef<{ pane: PlaneName; place: Vec3 } | null>(null);
  const measures = shallowRef<readonly Measure[]>([]);
  /** Being drawn: its last place follows the cursor. */
  const open = shallowRef<Measure | null>(null);
  let held: { id: number; point: number } | null = null;
  let last = 0;

  const put = (measure: Measure): void =>
    void (measures.value = [...measures.value.filter(({ id }) => id !== measure.id), measure]);

  function choose(next: Tool): void {
    tool.value = next;
    stylus.value = null;
  }
  const toggleLines = (): void => void (lines.value = !lines.value);
  const hoverAt = (pane: PlaneName, place: Vec3): void => void (hover.value = { pane, place });
  function leave(pane: PlaneName): void {
    if (hover.value?.pane === pane) hover.value = null;
  }

  /** @param near millimetres within which an end of a measure is taken hold of */
  function begin(state: PlaneState, place: Vec3, near: number): void {
    if (!isMeasure(tool.value)) return;
    if (open.value) return step(place);
    const depth = dot(place, state.plane.normal);
    for (const measure of measures.value) {
      if (!isIn(state, depth, measure)) continue;
      const point = measure.points.findIndex((at) => length(subtract(at, place)) <= near);
      if (point >= 0) return void (held = { id: measure.id, point });
    }
    open.value = { id: ++last, kind: tool.value, normal: state.plane.normal, points: [place, place] };
  }
  /** Fixes the last place; the measure is whole, or the next place follows. */
  function step(place: Vec3): void {
    const { value: measure } = open;
    if (!measure) return;
    const points = [...measure.points.slice(0, -1), place];
    const [before, at] = points.slice(-2);
    if (length(subtract(at!, before!)) === 0) return;
    if (points.length >= pointsOf[measure.kind]) {
      put({ ...measure, points });
      open.value = null;
    } else open.value = { ...measure, points: [...points, place] };
  }
  function follow(_state: PlaneState, place: Vec3): void {
    if (open.value) open.value = { ...open.value, points: [...open.value.points.slice(0, -1), place] };
  }
  function drag(state: PlaneState, place: Vec3): void {
    const measure = held && measures.value.find(({ id }) => id === held!.id);
    if (!measure) return follow(state, place);
    put({ ...measure, points: measure.points.map((at, i) => (i === held!.point ? place : at)) });
  }
  function end(_state: PlaneState, place: Vec3): void {
    if (held) held = null;
    else step(place);
  }
  /** Takes back the one being drawn, else the last one. */
  function remove(): boolean {
    if (open.value) open.value = null;
    else if (measures.value.length > 0) measures.value = measures.value.slice(0, -1);
    else return false;
    return true;
  }
  function clear(): void {
    open.value = null;
    measures.value = [];
  }
  return {
    tool,
    stylus,
    lines,
    hover,
    measures,
    open,
    choose,
    toggleLines,
    hoverAt,
    leave,
    begin,
    follow,
    drag,
    end,
    remove,
    clear,
  };
}
export type Tools = ReturnType<typeof useTools>;
