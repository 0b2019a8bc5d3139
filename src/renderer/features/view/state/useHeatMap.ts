import { computed, shallowRef, watch } from 'vue';
import type { HeatMap } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { client, useProject, useReading, useRows, useRuns, useStorage } from '@renderer/stores';
import { greatest, heatLayer, heatLayerId, isHeatLayer, LEAST } from './heat';
import type { Layers } from './useLayers';

/**
 * Heat maps of the case or the selected box: which parts a run's opinion rests on. Off in blind reads, and for test samples that the run has not scored.
 * @param target key of the sample that is looked at
 * @param boxes another number whenever boxes of the volume have changed: a map of one that was moved would lie where it was
 * @param named what the layer is called
 */
export function useHeatMap(
  target: () => number | null,
  boxes: () => number,
  layers: Layers,
  named: (map: HeatMap) => string,
) {
  const project = useProject();
  const reading = useReading();
  const rows = useRows();
  const runs = useRuns();
  const storage = useStorage();

  /** Runs that can be asked: done, on the splits of now; the one that predicts first. */
  const asked = computed(() => {
    const present = project.info?.splits.version;
    const fit = runs.runs.filter(
      ({ state, predictor, splitVersion }) => state === 'done' && predictor !== null && splitVersion === present,
    );
    return fit.find(({ predicting }) => predicting) ?? fit[0] ?? null;
  });
  const head = computed(() => {
    const { predictor } = project;
    return asked.value && predictor?.run === asked.value.id ? predictor.head : (asked.value?.predictor ?? 'chosen');
  });
  const withheld = computed(() => {
    const key = target();
    return key !== null && rows.get(key)?.split === 'test' && asked.value?.timesScored === 0;
  });
  const possible = computed(() => target() !== null && !reading.modelHidden && asked.value !== null);

  /** The class that is explained: what the model says, else the label, until the person chooses. */
  const chosen = shallowRef<number | null>(null);
  const about = computed(() => {
    const row = rows.get(target() ?? -1);
    return chosen.value ?? row?.prediction?.class ?? row?.class ?? project.classes[0]?.id ?? 0;
  });
  const explain = (id: number): void => void (chosen.value = id);

  const task = shallowRef<string | null>(null);
  const progress = computed(() => (task.value ? storage.tasks.get(task.value) : undefined));
  const failure = shallowRef<UserErrorData | null>(null);
  const shown = shallowRef<{ readonly key: number; readonly map: HeatMap } | null>(null);
  /** Nothing that was covered changed the model's mind: there is nothing to lay over the case. */
  const isFlat = (found: HeatMap): boolean => greatest(found) < LEAST;
  /** Of the sample in front; a map that lies there no longer is not spoken of either. */
  const map = computed(() => {
    const { value: found } = shown;
    if (!found || found.key !== target()) return null;
    const lies = layers.layers.value.some(({ id }) => id === heatLayerId(found.key));
    return lies || isFlat(found.map) ? found.map : null;
  });
  const flat = computed(() => map.value !== null && isFlat(map.value));

  async function compute(): Promise<void> {
    const key = target();
    const run = asked.value;
    if (key === null || !run || task.value) return;
    failure.value = null;
    const question = { run: run.id, head: head.value, key, class: about.value };
    try {
      const found = await storage.run(
        (id) => client().insight.heatMap({ task: id, ...question }),
        (id) => void (task.value = id),
      );
      if (key !== target() || reading.modelHidden) return;
      shown.value = { key, map: found };
      if (isFlat(found)) layers.remove(heatLayerId(key));
      else layers.add(heatLayer(found, key, named(found)));
    } catch (error) {
      const data = errorData(error);
      if (data.code !== 'cancelled') failure.value = data;
    } finally {
      task.value = null;
    }
  }
  const cancel = (): void => void (task.value && storage.cancel(task.value));

  /** A blind read, or boxes that may lie elsewhere now: maps go. */
  function forget(): void {
    cancel();
    shown.value = failure.value = null;
    for (const { id } of layers.layers.value) if (isHeatLayer(id)) layers.remove(id);
  }
  watch(target, () => {
    cancel();
    chosen.value = failure.value = null;
  });
  watch(
    () => reading.modelHidden,
    (hidden) => hidden && forget(),
  );
  watch(boxes, forget);
  return { possible, withheld, asked, head, about, explain, task, progress, failure, map, flat, compute, cancel };
}
export type HeatMaps = ReturnType<typeof useHeatMap>;
