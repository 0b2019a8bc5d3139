import { computed, ref, shallowRef } from 'vue';
import { defineStore } from 'pinia';
import type { ImportProgress, ImportResult, ImportReview, LabelKind, SplitPolicy } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { client, useEvent, useProject } from '@renderer/stores';
import { classFaults, editedClasses, schemeChanged, toLabelClasses } from './classes';
import type { EditedClass } from './classes';
import { baseName } from './decisions';
import type { PairDecisions } from './decisions';

export type ImportStep = 'files' | 'classes' | 'groups' | 'done';
/** `nothing`: no files chosen yet. */
export type ImportPhase = 'nothing' | 'reading' | 'review' | 'making' | 'done' | 'failed';
export interface ImportRequest {
  readonly paths: readonly string[];
  readonly sample?: string;
  readonly table?: string;
}

/** The import under way: what was read, what the person decided, and what became of it. It outlives the page. */
export const useImport = defineStore('import', () => {
  const phase = ref<ImportPhase>('nothing');
  const step = ref<ImportStep>('groups');
  const request = shallowRef<ImportRequest>({ paths: [] });
  const progress = shallowRef<ImportProgress | null>(null);
  const review = shallowRef<ImportReview | null>(null);
  const result = shallowRef<ImportResult | null>(null);
  const error = shallowRef<UserErrorData | null>(null);

  const name = ref('');
  const policy = ref<SplitPolicy>('new');
  const positive = ref<number | null>(null);
  const kind = ref<LabelKind>('single');
  const flips = ref(false);
  const seed = ref(1);
  const classes = shallowRef<EditedClass[]>([]);
  const pairs = shallowRef<PairDecisions>({});

  const sourceName = computed(() => {
    const { sample, paths } = request.value;
    return sample ?? paths.map(baseName).join(', ');
  });
  const faults = computed(() => classFaults(classes.value));
  const canGoOn = computed(() => phase.value === 'review' && faults.value.size === 0 && name.value.trim() !== '');

  let importId: string | null = null;
  let attempt = 0;
  useEvent('import', (event) => {
    if (event.progress.importId === importId) progress.value = event.progress;
  });

  /** Reads the files of a request; an import that was under way is cancelled first. */
  async function begin(next: ImportRequest): Promise<void> {
    await cancel();
    const mine = ++attempt;
    request.value = next;
    phase.value = 'reading';
    try {
      const started = await client().imports.inspect({
        paths: [...next.paths],
        ...(next.sample === undefined ? {} : { sample: next.sample }),
        ...(next.table === undefined ? {} : { table: next.table }),
      });
      if (mine !== attempt) return void (await client().imports.cancel(started));
      importId = started.importId;
      const read = await client().imports.review(started);
      if (mine === attempt) take(read);
    } catch (thrown) {
      if (mine === attempt) fail(thrown);
    }
  }

  function take(read: ImportReview): void {
    review.value = read;
    name.value = read.name;
    policy.value = read.suggested.policy;
    positive.value = read.suggested.positive;
    kind.value = read.kind;
    flips.value = false;
    classes.value = editedClasses(read);
    pairs.value = {};
    step.value = 'groups';
    phase.value = 'review';
  }

  function fail(thrown: unknown): void {
    error.value = errorData(thrown);
    phase.value = 'failed';
  }

  /** Ends at once; nothing is left behind. */
  async function cancel(): Promise<void> {
    attempt += 1;
    const id = importId;
    importId = null;
    const open = phase.value !== 'done';
    phase.value = 'nothing';
    progress.value = review.value = result.value = error.value = null;
    if (id !== null && open) await client().imports.cancel({ importId: id });
  }

  /** Makes the project by what was decided, and opens it. */
  async function commit(): Promise<void> {
    const read = review.value;
    if (!read || !canGoOn.value) return;
    const mine = attempt;
    progress.value = null;
    phase.value = 'making';
    try {
      const made = await client().imports.commit({
        importId: read.importId,
        decisions: {
          name: name.value.trim(),
          dir: null,
          policy: policy.value,
          positive: positive.value,
          kind: kind.value,
          flips: flips.value,
          classes: classes.value.map((c) => ({ id: c.id, name: c.name.trim(), short: c.short.trim() })),
          pairs: { ...pairs.value },
          seed: seed.value,
        },
      });
      if (schemeChanged(read, classes.value))
        await useProject().setClasses(toLabelClasses(classes.value), positive.value);
      if (mine !== attempt) return;
      result.value = made;
      step.value = 'done';
      phase.value = 'done';
    } catch (thrown) {
      if (mine === attempt) fail(thrown);
    }
  }

  /** After a failure to write: back to what was decided. */
  function back(): void {
    error.value = null;
    phase.value = review.value ? 'review' : 'nothing';
  }

  return {
    phase,
    step,
    request,
    progress,
    review,
    result,
    error,
    name,
    policy,
    positive,
    kind,
    flips,
    seed,
    classes,
    pairs,
    sourceName,
    faults,
    canGoOn,
    begin,
    cancel,
    commit,
    back,
  };
});
