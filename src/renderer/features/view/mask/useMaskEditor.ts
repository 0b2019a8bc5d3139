import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import type { MaskInfo, MaskSegment, MaskStepContent } from '@shared/domain';
import {
  encodeRuns,
  flood,
  interpolate,
  keepLargest,
  MaskEdit,
  maskGridOf,
  ontoGrid,
  stamp,
  stroke,
  toBase64,
  voxelUnder,
} from '@shared/mask';
import type { Box, Connectivity, Pen, Tip } from '@shared/mask';
import { leanOf } from '@shared/space';
import type { PlaneName, Vec3 } from '@shared/space';
import { client, useLabels, useMessages, useProject } from '@renderer/stores';
import type { Layer } from '../state/layers';
import type { Layers } from '../state/useLayers';
import type { Stylus, Tools } from '../state/useTools';
import type { PlaneState, Viewer } from '../state/useViewer';
import { labelsOf, maskLayer, maskLayerId, nextSegment, segmentsOf } from './look';
import { MaskSession } from './session';
import { useMaskSteps } from './steps';
import { MaskVoxels } from './voxels';

export const MASK_TOOLS = ['brush', 'eraser', 'fill'] as const;
export type MaskTool = (typeof MASK_TOOLS)[number];

/** Millimetres of the brush, and by what share a key or a turn of the wheel changes them. */
const RADIUS = { least: 0.2, most: 100, step: 1.15 } as const;

interface Place {
  readonly viewer: Viewer;
  readonly tools: Tools;
  readonly layers: Layers;
  /** A part of a layer was written: it goes to the GPU, and the pane under the hand is drawn at once. */
  repaint(layer: string, box: Box, pane: PlaneName | null): void;
}

/** How the pen writes. */
interface PenSettings {
  readonly tool: MaskTool;
  readonly ball: boolean;
  /** Millimetres. */
  readonly radius: number;
  readonly segment: number;
  readonly protect: boolean;
  readonly limits: { readonly low: number; readonly high: number };
  readonly connectivity: Connectivity;
}

/** Why no mask can be drawn on what is shown; null where one can. */
export type NoMask = 'nothing' | 'project' | 'readOnly' | 'thinned' | 'noFile';

/** Masks over what is shown: which there are, the one in hand, and the tools that correct it. Each edit is saved as it ends. */
export function useMaskEditor({ viewer, tools, layers, repaint }: Place) {
  const { t } = useI18n();
  const messages = useMessages();
  const project = useProject();
  const labels = useLabels();

  const list = shallowRef<readonly MaskInfo[]>([]);
  const session = shallowRef<MaskSession | null>(null);
  let drawn: MaskVoxels | null = null;
  /** The edit that is under way, and where its stroke is. */
  let edit: MaskEdit | null = null;
  let last: Vec3 | null = null;
  /** Counts changes of the session, which is no reactive object. */
  const version = ref(0);

  const tool = ref<MaskTool>('brush');
  const ball = ref(false);
  const radius = ref(5);
  const segment = ref(1);
  const protect = ref(true);
  /** Values of the image within which the pen writes; null: everywhere. */
  const limits = shallowRef<{ readonly low: number; readonly high: number } | null>(null);
  const connectivity = ref<Connectivity>(6);
  let before: typeof limits.value = null;
  /** What the last tool did, or why it did nothing. */
  const said = ref('');

  /** The left button draws: no other tool was chosen since. */
  const held = computed(() => session.value !== null && tools.stylus.value !== null);
  const image = computed(() => viewer.source.value?.acquired ?? null);
  const refusal = computed<NoMask | null>(() => {
    if (!viewer.loaded.value) return 'nothing';
    if (!project.isOpen) return 'project';
    if (project.readOnly) return 'readOnly';
    if (viewer.source.value?.thinned) return 'thinned';
    return image.value ? null : 'noFile';
  });
  const info = computed(() => {
    void version.value;
    const { value: now } = session;
    return now && { id: now.info.id, name: now.name, segments: now.segments, undo: now.canUndo, redo: now.canRedo };
  });

  const steps = useMaskSteps((mask) => {
    if (session.value?.info.id === mask) void open(mask);
  });

  async function refresh(): Promise<void> {
    const volume = image.value?.volume;
    if (!volume || !project.isOpen) return void (list.value = []);
    const found = await messages.attempt(() => client().masks.list({ volume }));
    if (image.value?.volume === volume) list.value = found ?? [];
  }
  /** Every step carries its reader: the name is asked for before the first. @returns whether somebody reads */
  const somebodyReads = async (): Promise<boolean> => Boolean(project.info?.reader) || labels.askReader();

  async function open(mask: string): Promise<void> {
    if (!(await somebodyReads())) return;
    close();
    const volume = image.value?.volume;
    const found = await messages.attempt(() => client().masks.open({ mask }));
    const { value: loaded } = viewer.loaded;
    if (!found || !loaded || found.info.volume !== volume || image.value?.volume !== volume) return;
    const next = new MaskSession(found);
    drawn = new MaskVoxels(next.map, loaded.voxels.grid, image.value.at);
    session.value = next;
    segment.value = Math.min(segment.value, next.segments.length);
    // Values of one image mean nothing in another.
    [limits.value, before] = [null, null];
    layers.add(maskLayer({ id: next.info.id, name: next.name, segments: next.segments }, drawn, loaded));
    tools.stylus.value = stylus;
    said.value = '';
    version.value += 1;
  }
  function close(): void {
    stop();
    const { value: now } = session;
    session.value = null;
    drawn = null;
    if (tools.stylus.value === stylus) tools.stylus.value = null;
    if (now) {
      layers.remove(maskLayerId(now.info.id));
      void refresh();
    }
  }

  async function create(name: string, segments: readonly MaskSegment[], initial: string | null): Promise<void> {
    const { value: on } = image;
    if (!on || refusal.value || !(await somebodyReads())) return;
    const made = await messages.attempt(() =>
      client().masks.create({ volume: on.volume, name, geometry: on.geometry, segments: [...segments], initial }),
    );
    if (!made) return;
    await refresh();
    await open(made.id);
  }
  const named = (n: number): string => t('view.mask.segment', { n });
  const createEmpty = (): Promise<void> =>
    create(t('view.mask.new', { n: list.value.length + 1 }), [nextSegment([], named)], null);
  /** A label map that lies over the image becomes a mask of its own; the file stays as it is. */
  async function correct({ id, kind, name, loaded }: Layer): Promise<void> {
    const { value: on } = image;
    if (!on || kind.kind !== 'labels') return;
    const segments = segmentsOf(kind);
    if (segments.length === 0) return createEmpty();
    const { data, same } = ontoGrid(
      kind.voxels.data,
      loaded.voxels.grid,
      maskGridOf(on.geometry, on.geometry.positions),
    );
    await create(name.slice(0, 120), segments, toBase64(encodeRuns(data)));
    // The mask lies where the map did.
    layers.change(id, { visible: false });
    if (!same) said.value = t('view.mask.resampled');
  }

  // --- The edit that is under way

  function pen(): Pen {
    const { value: own } = segment;
    const { value: range } = limits;
    const { value: loaded } = viewer.loaded;
    const voxels = loaded?.voxels.components === 1 ? loaded.voxels : null;
    const shown = drawn;
    const within =
      range && voxels && shown
        ? (voxel: number): boolean => {
            const value = voxels.data[shown.seenAt(voxel)]! * voxels.slope + voxels.intercept;
            return value >= range.low && value <= range.high;
          }
        : undefined;
    const erases = tool.value === 'eraser';
    const over = protect.value ? (index: number): boolean => index === own || (!erases && index === 0) : undefined;
    return { value: erases ? 0 : own, ...(over ? { over } : {}), ...(within ? { within } : {}) };
  }
  const tipIn = ({ plane }: PlaneState, place: Vec3): Tip => ({
    radius: radius.value,
    plane: ball.value ? null : { place, normal: plane.normal },
  });

  function paint(pane: PlaneName | null): void {
    const box = edit?.touched();
    const { value: now } = session;
    if (box && drawn && now) repaint(maskLayerId(now.info.id), drawn.shown(box), pane);
  }
  /** Ends the edit and sends it on its way. @returns whether anything changed */
  function finish(): boolean {
    paint(null);
    const change = edit?.finish() ?? null;
    edit = null;
    last = null;
    const { value: now } = session;
    if (!change || !now) return false;
    const content: MaskStepContent = { kind: 'edit', change: toBase64(change) };
    steps.add(now.info.id, now.position, { kind: 'step', content });
    now.record(content);
    version.value += 1;
    return true;
  }
  /** What is under way is taken back. */
  function stop(): void {
    const box = edit?.cancel();
    if (box && drawn && session.value) repaint(maskLayerId(session.value.info.id), drawn.shown(box), null);
    edit = null;
    last = null;
  }

  function fill(state: PlaneState, place: Vec3): void {
    const { value: now } = session;
    const seed = now && voxelUnder(now.grid, place);
    if (!now || !seed) return;
    edit = new MaskEdit(now.map);
    const outcome = flood(edit, now.grid, seed, { place, normal: state.plane.normal }, pen());
    finish();
    said.value = outcome === 'filled' ? '' : t(`view.mask.fill.${outcome}`);
  }
  function begin(state: PlaneState, place: Vec3): void {
    const { value: now } = session;
    if (!now || edit) return;
    said.value = '';
    if (tool.value === 'fill') return fill(state, place);
    // Where no slice was taken nothing can be drawn.
    const { value: loaded } = viewer.loaded;
    if (!loaded || loaded.here[slotAt(place)] === 0) return void (said.value = t('view.mask.noSlice'));
    edit = new MaskEdit(now.map);
    stamp(edit, now.grid, place, tipIn(state, place), pen());
    last = place;
    paint(state.name);
  }
  /** Slice of the view's grid at a place, or −1. */
  function slotAt(place: Vec3): number {
    const grid = viewer.grid.value!;
    const { value: now } = session;
    const voxel = now && voxelUnder(now.grid, place);
    if (!voxel) return -1;
    return drawn!.seenAt(voxel[2] * grid.size[0] * grid.size[1]) / (grid.size[0] * grid.size[1]);
  }
  function drag(state: PlaneState, place: Vec3): void {
    const { value: now } = session;
    if (!edit || !last || !now) return;
    stroke(edit, now.grid, last, place, tipIn(state, place), pen());
    last = place;
    paint(state.name);
  }

  const resize = (by: number): void => set({ radius: radius.value * RADIUS.step ** by });
  let turned = 0;
  const stylus: Stylus = {
    begin,
    drag,
    end: () => void finish(),
    cancel: stop,
    wheel(event) {
      if (!event.shiftKey || event.ctrlKey) return false;
      // With Shift some systems turn the wheel sideways.
      turned += event.deltaY || event.deltaX;
      const by = Math.trunc(turned / 40);
      turned -= by * 40;
      resize(-by);
      return true;
    },
    ring: computed(() => (tool.value === 'fill' ? null : { radius: radius.value, ball: ball.value })),
  };
  onScopeDispose(close);

  /** The tool acts where the crosshair is, in the plane that was used last. */
  function apply(): void {
    const { value: pane } = viewer.active;
    const state = viewer.planes.value[pane === 'volume' ? viewer.acquired.value : pane];
    if (!state) return;
    begin(state, viewer.cross.value);
    finish();
  }

  /** How the pen writes. */
  function set(how: Partial<PenSettings>): void {
    if (how.tool !== undefined) {
      tool.value = how.tool;
      tools.stylus.value = stylus;
    }
    if (how.ball !== undefined) ball.value = how.ball;
    if (how.radius !== undefined) radius.value = Math.min(RADIUS.most, Math.max(RADIUS.least, how.radius));
    if (how.segment !== undefined) segment.value = how.segment;
    if (how.protect !== undefined) protect.value = how.protect;
    if (how.limits !== undefined) limits.value = how.limits;
    if (how.connectivity !== undefined) connectivity.value = how.connectivity;
  }
  /** Values that the pen is held to: first those that the window tells apart, then as they were set. */
  function toggleLimits(): void {
    const { width, level } = viewer.window.value;
    if (limits.value) before = limits.value;
    limits.value = limits.value ? null : (before ?? { low: level - width / 2, high: level + width / 2 });
  }

  // --- Whole segments
  function between(): void {
    const { value: now } = session;
    if (!now || edit) return;
    const { value: pane } = viewer.active;
    const state = viewer.planes.value[pane === 'volume' ? viewer.acquired.value : pane];
    // Across slices that lean, or lie unevenly, only along the stack itself.
    const straight = leanOf(now.info.geometry) < 0.01 && !now.info.geometry.positions;
    const axis = (straight ? (state?.slicing.axis ?? 2) : 2) as 0 | 1 | 2;
    edit = new MaskEdit(now.map);
    const { slices, apart } = interpolate(edit, now.grid, segment.value, axis);
    finish();
    const words =
      slices === 0 && apart === 0 ? t('view.mask.between.none') : t('view.mask.between.done', { n: slices }, slices);
    said.value = apart > 0 ? `${words} ${t('view.mask.between.apart', { n: apart }, apart)}` : words;
  }
  function largest(): void {
    const { value: now } = session;
    if (!now || edit) return;
    edit = new MaskEdit(now.map);
    const { parts, removed } = keepLargest(edit, segment.value, connectivity.value);
    finish();
    said.value = t('view.mask.largest', { parts, removed }, parts);
  }

  function turn(way: 'undo' | 'redo'): void {
    const { value: now } = session;
    if (!now || edit || !(way === 'undo' ? now.canUndo : now.canRedo)) return;
    steps.add(now.info.id, now.position, { kind: way });
    const box = now.turn(way);
    if (box && drawn) repaint(maskLayerId(now.info.id), drawn.shown(box), null);
    relook();
    said.value = t(`view.mask.${way === 'undo' ? 'undone' : 'redone'}`);
  }

  // --- Segments
  function relook(): void {
    const { value: now } = session;
    const layer = layers.layers.value.find(({ id }) => id === maskLayerId(now?.info.id ?? ''));
    if (!now || layer?.kind.kind !== 'labels') return;
    segment.value = Math.min(segment.value, now.segments.length);
    layers.change(layer.id, { kind: { ...layer.kind, labels: labelsOf(now.segments) } });
    version.value += 1;
  }
  function setSegments(next: readonly MaskSegment[]): void {
    const { value: now } = session;
    if (!now) return;
    const content: MaskStepContent = { kind: 'segments', before: [...now.segments], after: [...next] };
    steps.add(now.info.id, now.position, { kind: 'step', content });
    now.take(content);
    relook();
  }
  function addSegment(): void {
    const { value: now } = session;
    if (!now || now.segments.length >= 255) return;
    setSegments([...now.segments, nextSegment(now.segments, named)]);
    segment.value = now.segments.length;
  }
  function changeSegment(index: number, part: Partial<Pick<MaskSegment, 'name' | 'colour'>>): void {
    const { value: now } = session;
    const before = now?.segments[index - 1];
    const after = before && { ...before, ...part };
    if (!now || !after || (after.name === before.name && after.colour === before.colour)) return;
    setSegments(now.segments.map((each, i) => (i === index - 1 ? after : each)));
  }
  function pickSegment(by: number): void {
    const count = session.value?.segments.length ?? 1;
    segment.value = ((segment.value - 1 + by + count) % count) + 1;
  }
  function rename(name: string): void {
    const { value: now } = session;
    if (!now || name.trim() === '' || name.trim() === now.name) return;
    steps.add(now.info.id, now.position, { kind: 'name', name: name.trim() });
    now.rename(name.trim());
    version.value += 1;
  }
  async function remove(mask: MaskInfo): Promise<void> {
    if (session.value?.info.id === mask.id) close();
    await messages.attempt(() => client().masks.remove({ mask: mask.id, seen: mask.position }));
    await refresh();
  }

  // Last, for they act at once.
  watch(
    [() => image.value?.volume, () => project.info?.id],
    () => {
      close();
      void refresh();
    },
    { immediate: true },
  );
  // The layer goes with the case, or because the person took it away.
  watch(layers.layers, (all) => {
    if (session.value && !all.some(({ id }) => id === maskLayerId(session.value!.info.id))) close();
  });

  return {
    list,
    info,
    refusal,
    tool,
    ball,
    radius,
    segment,
    protect,
    limits,
    connectivity,
    said,
    held,
    steps,
    open,
    close,
    createEmpty,
    correct,
    set,
    resize,
    toggleLimits,
    apply,
    between,
    largest,
    turn,
    addSegment,
    changeSegment,
    pickSegment,
    rename,
    remove,
    stop,
  };
}
export type MaskEditor = ReturnType<typeof useMaskEditor>;
