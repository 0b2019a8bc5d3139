import { computed, shallowRef } from 'vue';
import { defineStore } from 'pinia';
import type { DecisionRule, LabelClass, LabelScheme, ProjectInfo } from '@shared/domain';
import { useEvent } from './events';
import { client, services } from './services';

const NO_SCHEME: Pick<LabelScheme, 'kind' | 'classes' | 'retired'> = { kind: 'single', classes: [], retired: [] };

/** The open project: everything that the frame around the pages shows. Kept up to date by events. */
export const useProject = defineStore('project', () => {
  const info = shallowRef<ProjectInfo | null>(null);
  const isOpen = computed(() => info.value !== null);
  /** The same object until it changes: news of labels and of the probe must not draw every class chip anew. */
  const scheme = computed(() => info.value?.scheme ?? NO_SCHEME);
  /** In the order of the screen, of keys and of probabilities. */
  const classes = computed<LabelClass[]>(() => [...scheme.value.classes].sort((a, b) => a.order - b.order));
  /** Classes of earlier versions too: history names them. */
  const byId = computed(() => new Map([...scheme.value.retired, ...classes.value].map((c) => [c.id, c])));
  /** Each class is one yes/no question. */
  const asksQuestions = computed(() => scheme.value.kind === 'answers');
  const classById = (id: number): LabelClass | undefined => byId.value.get(id);
  const predictor = computed(() => info.value?.predictor ?? null);
  const changedSinceRun = computed(() => info.value?.changedSinceRun ?? null);
  const readOnly = computed(() => info.value?.readOnly ?? false);
  /** Predictions on screen are new whenever this number is. */
  const predictionsVersion = shallowRef(0);

  function take(next: ProjectInfo | null): void {
    services().useProject(next?.id ?? null);
    info.value = next;
  }

  useEvent('project', ({ info: next }) => take(next));
  useEvent('labels', ({ journal, changedSinceRun: changed }) => {
    if (info.value) info.value = { ...info.value, journal, changedSinceRun: changed };
  });
  useEvent('predictions', ({ predictor: next }) => {
    predictionsVersion.value += 1;
    if (info.value) info.value = { ...info.value, predictor: next };
  });
  useEvent('predictor', ({ predictor: next }) => {
    if (info.value) info.value = { ...info.value, predictor: next };
  });
  useEvent('near', ({ search }) => {
    if (info.value) info.value = { ...info.value, nearSearch: search };
  });
  useEvent('probe', ({ status }) => {
    if (info.value) info.value = { ...info.value, probe: status };
  });

  const load = async (): Promise<void> => take(await client().project.info({}));
  /** @param elsewhere of a project on a network or in a cloud's folder; the services ask (`project-remote`) otherwise */
  const open = async (dir: string, elsewhere?: 'there' | 'bring', task?: string): Promise<void> =>
    take(await client().project.open({ dir, ...(elsewhere ? { elsewhere } : {}), ...(task ? { task } : {}) }));
  async function close(): Promise<void> {
    await client().project.close({});
    take(null);
  }
  const rename = async (name: string): Promise<void> => take(await client().project.rename({ name }));
  const setReader = async (reader: string): Promise<void> => take(await client().project.setReader({ reader }));
  const setRule = async (rule: DecisionRule): Promise<void> => take(await client().project.setRule(rule));
  const setClasses = async (next: LabelClass[], positive: number | null): Promise<void> =>
    take(await client().project.setClasses({ classes: next, positive }));
  const pauseProbe = async (paused: boolean): Promise<void> => void (await client().training.pauseProbe({ paused }));

  return {
    info,
    isOpen,
    classes,
    classById,
    scheme,
    asksQuestions,
    predictor,
    changedSinceRun,
    readOnly,
    predictionsVersion,
    load,
    open,
    close,
    rename,
    setReader,
    setRule,
    setClasses,
    pauseProbe,
  };
});
