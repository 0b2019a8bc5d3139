import { computed, inject, onScopeDispose, provide, ref, shallowRef, watch } from 'vue';
import type { InjectionKey, Ref } from 'vue';
import { useKeys } from '@renderer/app/shortcuts';
import { client, useEvent, useLabels, useMessages, useProject, useRows } from '@renderer/stores';
import type { BoxSample, VolumeBox } from '@shared/domain';
import { dot, length, subtract } from '@shared/space';
import type { Vec3 } from '@shared/space';
import { drawnBox, handlesOf, isInBox, LEAST_SIZE, movedBox, resizedBox } from './boxes';
import type { Handle } from './boxes';
import type { Tools } from './useTools';
import type { PlaneState, Viewer } from './useViewer';

/** What the hand is doing: a box that is not written yet. */
interface Draft {
  /** Of the box that is changed; null: it is new. */
  readonly key: number | null;
  readonly box: VolumeBox;
}
type Hold =
  | { readonly what: 'draw'; readonly from: Vec3 }
  | { readonly what: 'move'; readonly from: Vec3; readonly box: BoxSample }
  | { readonly what: 'resize'; readonly from: Vec3; readonly box: BoxSample; readonly handle: Handle };

/** Millimetres of drawing below which it was a click. */
const CLICK = 2 * LEAST_SIZE;

/**
 * The boxes of the volume in front: each a sample of the project. What the hand draws is shown as a draft, and is a box once the services
 * say that it is durable.
 * @param sampleKey of the case in front
 */
export function useBoxes(viewer: Viewer, tools: Tools, sampleKey: () => number | null, active: () => boolean) {
  const project = useProject();
  const labels = useLabels();
  const messages = useMessages();
  const rows = useRows();
  const list = shallowRef<readonly BoxSample[]>([]);
  const selected = ref<number | null>(null);
  const draft = shallowRef<Draft | null>(null);
  /** Counts what was changed here or elsewhere: what the network sees of a box may be something else. */
  const version = ref(0);
  let hold: Hold | null = null;

  const study = computed(() => {
    const { value: source } = viewer.source;
    return source?.study ? { volume: source.study.key, box: source.box ?? null } : null;
  });
  /** Boxes can be drawn in what is shown. */
  const possible = computed(() => study.value !== null && !project.readOnly);
  const present = computed(() => list.value.find(({ key }) => key === selected.value) ?? null);
  /** A new box is in hand or on its way to the disk: a key pressed now is meant for it, and must not label the volume. */
  const arriving = computed(() => draft.value !== null && draft.value.key === null);
  /** As they are drawn: the draft in place of what it changes. */
  const shown = computed<readonly { readonly key: number | null; readonly box: VolumeBox }[]>(() => {
    const { value: own } = draft;
    const others = list.value.filter(({ key }) => key !== own?.key);
    return own ? [...others, own] : others;
  });

  let asked = 0;
  async function refresh(): Promise<void> {
    const turn = ++asked;
    const volume = study.value?.volume;
    const { boxes } = volume === undefined ? { boxes: [] } : await client().boxes.list({ volume });
    if (turn !== asked) return;
    list.value = boxes;
    rows.watchKeys(
      OWNER,
      boxes.map(({ key }) => key),
    );
    if (selected.value !== null && !boxes.some(({ key }) => key === selected.value)) selected.value = null;
  }
  watch(
    study,
    async (now) => {
      drop();
      selected.value = null;
      const key = sampleKey();
      await messages.attempt(refresh);
      if (now !== study.value || !now?.box || key === null) return;
      selected.value = key;
      viewer.point(now.box.centre);
    },
    { immediate: true },
  );
  useEvent('boxes', () => {
    version.value += 1;
    if (study.value !== null) void messages.attempt(refresh);
  });
  onScopeDispose(() => rows.unwatch(OWNER));

  /** Undo shows what it did. */
  watch(
    () => labels.reveal,
    (undone) => {
      const box = undone?.boxes?.find(({ box: there }) => there !== null);
      if (!box?.box || !active() || !liesHere(box.sample)) return;
      selected.value = box.key;
      viewer.point(box.box.centre);
    },
  );

  /** Whether a box (by its sample's id) lies in the volume in front, also where it was removed. */
  const liesHere = (sample: string): boolean => {
    const { value: source } = viewer.source;
    return source?.study !== undefined && sample.startsWith(`${source.study.id}/`);
  };

  function select(key: number | null): void {
    selected.value = key;
    const box = present.value?.box;
    if (box) viewer.point(box.centre);
  }
  /** The next box of this volume, after the present one got its label. */
  function next(): void {
    const at = list.value.findIndex(({ key }) => key === selected.value);
    const following = list.value[at + 1];
    if (following) select(following.key);
  }

  /** Takes hold of a side, of a box, or begins a new one. @param near millimetres within which something is met */
  function begin({ plane }: PlaneState, place: Vec3, near: number): void {
    if (!possible.value) return;
    const depth = dot(place, plane.normal);
    const { value: box } = present;
    const handle = box && handlesOf(box.box, plane, depth).find(({ at }) => length(subtract(at, place)) <= near);
    if (box && handle) return void (hold = { what: 'resize', from: place, box, handle });
    const met = boxAt(place);
    if (met) {
      selected.value = met.key;
      hold = { what: 'move', from: place, box: met };
    } else hold = { what: 'draw', from: place };
  }
  /** The box in which a place lies: the selected one before others, a small one before a large one. */
  function boxAt(place: Vec3): BoxSample | undefined {
    const volume = ({ box: { size } }: BoxSample): number => size[0] * size[1] * size[2];
    const met = list.value.filter(({ box }) => isInBox(box, place)).sort((a, b) => volume(a) - volume(b));
    return met.find(({ key }) => key === selected.value) ?? met[0];
  }
  function drag({ plane }: PlaneState, place: Vec3): void {
    if (!hold) return;
    const by = subtract(place, hold.from);
    if (hold.what === 'draw') {
      if (length(by) >= CLICK) draft.value = { key: null, box: drawnBox(plane, hold.from, place) };
    } else {
      const { key, box } = hold.box;
      draft.value = { key, box: hold.what === 'move' ? movedBox(box, by) : resizedBox(box, hold.handle, by) };
    }
  }
  function end(): void {
    const [{ value: drawn }, clicked] = [draft, hold];
    hold = null;
    if (drawn) void write(drawn);
    // A click beside all boxes looks at that place, and leaves none selected.
    else if (clicked?.what === 'draw') {
      selected.value = null;
      viewer.point(clicked.from);
    }
  }
  function drop(): void {
    hold = null;
    draft.value = null;
  }

  /** Writes a box; what is on the screen is the draft until that is durable. @returns whether it was written */
  async function write({ key, box }: Draft): Promise<boolean> {
    const volume = study.value?.volume;
    if (volume === undefined) return false;
    draft.value = { key, box };
    return changing(async () => {
      if (key === null) {
        const { boxes } = await labels.write([], () =>
          client().boxes.add({ boxes: [{ volume, box }], origin: 'read' }),
        );
        await refresh();
        selected.value = boxes[0]!.key;
      } else {
        await labels.write([key], () => client().boxes.move({ boxes: [{ key, box }], origin: 'read' }));
        await refresh();
      }
    });
  }
  /** @returns whether it was done; what went wrong is said */
  async function changing(work: () => Promise<void>): Promise<boolean> {
    try {
      if (!project.info?.reader && !(await labels.askReader())) return false;
      const done = await messages.attempt(() => work().then(() => true));
      await labels.look().catch(() => undefined);
      return done === true;
    } finally {
      draft.value = null;
    }
  }
  async function remove(key = selected.value): Promise<void> {
    if (key === null || !possible.value) return;
    await changing(async () => {
      await labels.write([key], () => client().boxes.remove({ keys: [key], origin: 'read' }));
      await refresh();
    });
  }
  /** A box of the network's size around the crosshair, no larger than the volume: for hands on the keyboard. */
  async function addHere(): Promise<void> {
    const recipe = project.info?.input.volume;
    const state = viewer.planes.value[viewer.acquired.value];
    if (!possible.value || !recipe || !state) return;
    const { right, down } = state.plane;
    const half = (axis: number): number => (recipe.grid[axis]! * recipe.spacing[axis]!) / 4;
    const corner = (way: number): Vec3 =>
      [0, 1, 2].map(
        (i) => viewer.cross.value[i]! + way * (half(0) * right[i]! + half(1) * down[i]!),
      ) as unknown as Vec3;
    await write({ key: null, box: drawnBox(state.plane, corner(-1), corner(1), 2 * half(2)) });
  }

  useKeys(
    {
      toolBox: () => void (possible.value && tools.choose('box')),
      newBox: () => void addHere(),
      removeBox: () => void remove(),
    },
    active,
  );

  const boxes = {
    viewer,
    study,
    possible,
    list,
    shown,
    selected: selected as Readonly<Ref<number | null>>,
    present,
    draft,
    arriving,
    version,
    select,
    next,
    liesHere,
    begin,
    drag,
    end,
    drop,
    write,
    remove,
    addHere,
  };
  provide(BOXES, boxes);
  return boxes;
}
export type BoxesInView = ReturnType<typeof useBoxes>;

const OWNER = 'boxes in view';
const BOXES: InjectionKey<BoxesInView> = Symbol('boxes');

/** The boxes of the study that a viewer shows; null of one that is only compared. */
export function boxesOf(viewer: Viewer): BoxesInView | null {
  const boxes = inject(BOXES, null);
  return boxes?.viewer === viewer ? boxes : null;
}
