import { computed, ref, shallowRef, watch } from 'vue';
import type { ProjectPair, SplitHistory, SplitPolicy, SplitPreview } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { isJoined } from '@renderer/features/import';
import type { PairDecisions } from '@renderer/features/import';
import { client, useEvent, useMessages, useProject } from '@renderer/stores';

/** Pairs that are fetched: more than anybody decides one by one. */
const LISTED = 2000;
/** Milliseconds in which changes of the request are gathered before it is previewed. */
const GATHER = 200;

/** Versions of the splits, pairs of duplicates, and the new version that a person puts together of them. */
export function useSplits() {
  const project = useProject();
  const messages = useMessages();
  const history = shallowRef<SplitHistory | null>(null);
  const pairs = shallowRef<readonly ProjectPair[]>([]);
  const pairsInAll = ref(0);
  const error = shallowRef<UserErrorData | null>(null);

  const policy = ref<SplitPolicy>('new');
  const seed = ref(1);
  /** By number of the pair; what the person has not touched stands as in the present splits. */
  const decisions = shallowRef<PairDecisions>({});
  const preview = shallowRef<SplitPreview | null>(null);

  const present = computed(() => history.value?.versions[0] ?? null);
  const policies = computed<SplitPolicy[]>(() =>
    history.value?.official ? ['official', 'leak-free', 'new'] : ['new'],
  );
  /** Pairs that would be joined or left apart otherwise than now. */
  const changedPairs = computed(
    () => pairs.value.filter((pair, i) => isJoined(pair, decisions.value[i]) !== (pair.joined ?? false)).length,
  );

  async function load(): Promise<void> {
    if (!project.info) return;
    try {
      const [found, listed] = await Promise.all([
        client().project.splitHistory({}),
        client().project.pairs({ offset: 0, limit: LISTED }),
      ]);
      history.value = found;
      pairs.value = listed.pairs;
      pairsInAll.value = listed.total;
      policy.value = found.versions[0]?.policy ?? 'new';
      seed.value = found.versions[0]?.seed ?? 1;
      decisions.value = asNow(listed.pairs);
      error.value = null;
    } catch (thrown) {
      error.value = errorData(thrown);
    }
  }

  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const request = () => ({ policy: policy.value, seed: seed.value, pairs: { ...decisions.value } });
  watch([policy, seed, decisions, history], () => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), GATHER);
  });
  async function look(): Promise<void> {
    if (!history.value || !Number.isInteger(seed.value)) return;
    const mine = ++asked;
    try {
      const found = await client().project.previewSplits(request());
      if (mine === asked) preview.value = found;
    } catch (thrown) {
      if (mine === asked) error.value = errorData(thrown);
    }
  }

  /** Makes the version that was put together. @returns whether it is there */
  async function make(): Promise<boolean> {
    const voidTestScores = (preview.value?.voids.times ?? 0) > 0;
    const made = await messages.attempt(() => client().project.resplit({ ...request(), voidTestScores }));
    if (made) await load();
    return made !== null && made !== undefined;
  }

  useEvent('project', ({ info }) => {
    if (info && info.splits.version !== present.value?.version) void load();
  });
  useEvent('near', ({ search }) => {
    if (search.state === 'done') void load();
  });

  return {
    history,
    present,
    pairs,
    pairsInAll,
    error,
    policy,
    policies,
    seed,
    decisions,
    changedPairs,
    preview,
    load,
    make,
  };
}

/** Decisions of the present splits, where they differ from the rule that stands behind what nobody decided. */
function asNow(pairs: readonly ProjectPair[]): PairDecisions {
  return Object.fromEntries(
    pairs.flatMap((pair, i) =>
      pair.joined === null || pair.joined === isJoined(pair, undefined) ? [] : [[String(i), pair.joined]],
    ),
  );
}
