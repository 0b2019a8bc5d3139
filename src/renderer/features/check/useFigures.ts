import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { Figures, Head, Scope } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { client, useEvent, useProject, useRuns } from '@renderer/stores';

/** A head whose figures are shown: of a run, or (`run: null`) the live probe on the labels of now. */
export interface Source {
  readonly run: string | null;
  readonly head: Head;
}
export const sourceKey = (source: Source): string => `${source.run ?? ''}:${source.head}`;
/** Milliseconds of quiet after an edit before the figures are asked for again. */
const QUIET = 400;

/** The figures of one head on one set of samples, by the project's decision rule, and what may be chosen. */
export function useFigures() {
  const project = useProject();
  const runs = useRuns();
  /** What predicts now; where nothing does yet, the last finished run, whose figures lie in its folder. */
  const present = computed<Source>(() => {
    const { predictor } = project;
    if (predictor) return { run: predictor.run, head: predictor.head };
    const last = runs.runs.find((r) => r.predictor !== null && r.scores[r.predictor] !== null);
    return { run: last?.id ?? null, head: last?.predictor ?? 'probe' };
  });
  /** The person's choice; until then the page follows what predicts. */
  const chosen = shallowRef<Source | null>(null);
  const source = computed({ get: () => chosen.value ?? present.value, set: (one) => (chosen.value = one) });
  const scope = ref<Scope>('oof');
  const figures = shallowRef<Figures | null>(null);
  const error = shallowRef<UserErrorData | null>(null);
  const loading = ref(false);

  const sources = computed<Source[]>(() => [
    { run: null, head: 'probe' },
    ...runs.runs
      .filter((run) => run.state === 'done' || run.state === 'stopped')
      .flatMap((run) =>
        (['probe', 'plain', 'chosen'] as const)
          .filter((head) => run.scores[head])
          .map((head): Source => ({ run: run.id, head })),
      ),
  ]);
  const run = computed(() => runs.runs.find((r) => r.id === source.value.run) ?? null);
  /** Test figures are there only for a run whose test split was scored on purpose. */
  const scopes = computed<Scope[]>(() => {
    const scored = (run.value?.timesScored ?? 0) > 0;
    // A run that trained the encoder too has no predictions out of fold.
    const folds = run.value?.scores[source.value.head]?.oof !== null;
    return [...(folds ? (['oof'] as const) : []), 'val', ...(scored ? (['test'] as const) : [])];
  });

  /** The last run whose test split was scored, on that split. */
  function showTest(): void {
    const scored = runs.runs.filter((r) => r.timesScored > 0).at(-1);
    if (!scored) return;
    source.value = { run: scored.id, head: scored.predictor ?? 'chosen' };
    scope.value = 'test';
  }

  let asked = 0;
  async function load(): Promise<void> {
    const mine = ++asked;
    loading.value = true;
    try {
      const answer = await client().insight.figures({ ...source.value, scope: scope.value });
      if (mine !== asked) return;
      figures.value = answer;
      error.value = null;
    } catch (thrown) {
      if (mine !== asked) return;
      figures.value = null;
      error.value = errorData(thrown);
    } finally {
      if (mine === asked) loading.value = false;
    }
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const loadLater = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void load(), QUIET);
  };

  watch(
    scopes,
    (possible) => {
      if (!possible.includes(scope.value)) scope.value = possible[0]!;
    },
    { immediate: true, flush: 'sync' },
  );
  watch([() => sourceKey(source.value), scope], () => void load(), { immediate: true });
  watch(
    () => JSON.stringify(project.info?.rule),
    () => void load(),
  );
  watch(() => run.value?.timesScored, loadLater);
  useEvent('labels', loadLater);
  useEvent('predictions', loadLater);
  onScopeDispose(() => clearTimeout(timer));

  return { source, scope, sources, scopes, run, figures, error, loading, load, showTest };
}
