import { computed, ref, shallowRef, watch } from 'vue';
import { defineStore } from 'pinia';
import type {
  FolderMeaning,
  GrowthReview,
  ImportProgress,
  ImportResult,
  ImportReview,
  LabelChanges,
  LabelKind,
  PartialTableMap,
  PatientDecision,
  SplitPolicy,
  TablePreview,
} from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { client, useEvent, useLabels, useProject } from '@renderer/stores';
import { classFaults, editedClasses, positiveOf, schemeChanged, toLabelClasses } from './classes';
import type { EditedClass } from './classes';
import { baseName, projectIn } from './decisions';
import { useStudyChoice } from './studies/choice';
import type { PairDecisions } from './decisions';

export type ImportStep = 'files' | 'classes' | 'groups' | 'done';
/** `nothing`: no files chosen yet. */
export type ImportPhase =
  'nothing' | 'table' | 'studies' | 'reading' | 'review' | 'growth' | 'making' | 'done' | 'failed';
export interface ImportRequest {
  readonly paths: readonly string[];
  readonly sample?: string;
  readonly table?: string;
  /** What the person said of the table; without it the page asks first. */
  readonly map?: PartialTableMap;
  /** To be added to the open project. */
  readonly into?: boolean;
  readonly folders?: FolderMeaning;
}

/** One folder, whose table nobody has spoken of yet. */
const mayHaveTable = ({ sample, map, paths }: ImportRequest): boolean =>
  !sample && !map && paths.length === 1 && !/\.(npz|npy)$/i.test(paths[0]!);

/** The import under way: what was read, what the person decided, and what became of it. It outlives the page. */
export const useImport = defineStore('import', () => {
  const phase = ref<ImportPhase>('nothing');
  const step = ref<ImportStep>('groups');
  const request = shallowRef<ImportRequest>({ paths: [] });
  const progress = shallowRef<ImportProgress | null>(null);
  const review = shallowRef<ImportReview | null>(null);
  const result = shallowRef<ImportResult | null>(null);
  const error = shallowRef<UserErrorData | null>(null);

  /** Volumes to choose from, and what was chosen. */
  const studies = useStudyChoice();
  /** Columns of a table that wait for the person. */
  const table = shallowRef<TablePreview | null>(null);
  const growth = shallowRef<GrowthReview | null>(null);
  const changes = ref<LabelChanges>('untouched');
  /** Whose samples are of which the table names another patient. */
  const patients = ref<PatientDecision>('keep');

  const name = ref('');
  /** Folder in which the project is made; null: the usual one. */
  const home = ref<string | null>(null);
  const policy = ref<SplitPolicy>('new');
  const positive = ref<number | null>(null);
  const kind = ref<LabelKind>('single');
  const flips = ref(false);
  const seed = ref(1);
  const classes = shallowRef<EditedClass[]>([]);
  const pairs = shallowRef<PairDecisions>({});
  /** Near-duplicates are looked for once more. */
  const looking = ref(false);
  watch([classes, kind], () => {
    positive.value = kind.value === 'answers' ? null : positiveOf(classes.value, positive.value);
  });

  const sourceName = computed(() => {
    const { sample, paths } = request.value;
    return sample ?? paths.map(baseName).join(', ');
  });
  const faults = computed(() => classFaults(classes.value));
  const takesPatients = computed(() => patients.value === 'take' && (growth.value?.patients.count ?? 0) > 0);
  const growthMatters = computed(
    () =>
      growth.value !== null &&
      (growth.value.added > 0 || (growth.value.writes[changes.value] ?? 0) > 0 || takesPatients.value),
  );
  const canGoOn = computed(
    () =>
      (phase.value === 'review' && !looking.value && faults.value.size === 0 && name.value.trim() !== '') ||
      (phase.value === 'table' && table.value?.problem === null) ||
      (phase.value === 'studies' && studies.canBegin) ||
      (phase.value === 'growth' && growthMatters.value),
  );

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
      if (!next.sample && (await askOfStudies(next, mine))) return;
      if (mayHaveTable(next) && (await askOfTable(next, mine))) return;
      const started = await client().imports.inspect({
        paths: [...next.paths],
        ...(next.sample === undefined ? {} : { sample: next.sample }),
        ...(next.table === undefined ? {} : { table: next.table }),
        ...(next.map === undefined ? {} : { map: next.map }),
        ...(next.into ? { into: true } : {}),
        ...(next.folders === undefined ? {} : { folders: next.folders }),
      });
      if (mine !== attempt) return void (await client().imports.cancel(started));
      importId = started.importId;
      if (next.into) {
        const read = await client().imports.reviewGrowth(started);
        if (mine !== attempt) return;
        growth.value = read;
        changes.value = 'untouched';
        patients.value = 'keep';
        pairs.value = {};
        phase.value = 'growth';
        return;
      }
      const read = await client().imports.review(started);
      if (mine === attempt) take(read);
    } catch (thrown) {
      if (mine === attempt) fail(thrown);
    }
  }

  /** Looks whether the paths hold studies: then the person chooses among their volumes first. @returns whether to wait for that */
  async function askOfStudies(next: ImportRequest, mine: number): Promise<boolean> {
    const found = await studies.look(next);
    if (mine !== attempt) return true;
    if (!found) return false;
    phase.value = 'studies';
    return true;
  }

  /** Brings the chosen volumes: the first one makes the project, the others come behind. @returns whether it has begun */
  async function bringStudies(): Promise<boolean> {
    if (phase.value !== 'studies' || !studies.canBegin) return false;
    const mine = attempt;
    progress.value = null;
    phase.value = 'making';
    try {
      await studies.begin(request.value, home.value);
      if (mine !== attempt) return false;
      phase.value = 'nothing';
      request.value = { paths: [] };
      return true;
    } catch (thrown) {
      if (mine === attempt) fail(thrown);
      return false;
    }
  }

  /** Looks whether a folder comes with a table: then the person says first what it means. @returns whether to wait for that */
  async function askOfTable(next: ImportRequest, mine: number, map: PartialTableMap = {}): Promise<boolean> {
    const found = await client().imports.previewTable({
      folder: next.paths[0]!,
      table: next.table ?? null,
      map,
      into: next.into ?? false,
    });
    if (mine !== attempt) return true;
    if (!found) return false;
    table.value = found;
    phase.value = 'table';
    return true;
  }

  let asked = 0;
  /** The last question about a map: pictures are read once it is answered. */
  let previewing: Promise<void> = Promise.resolve();
  /** Shows what the table means by another map. */
  const remap = (map: PartialTableMap): Promise<void> => (previewing = preview(map));
  async function preview(map: PartialTableMap): Promise<void> {
    const [mine, ask] = [attempt, ++asked];
    const now = table.value;
    if (!now) return;
    // What was chosen stands at once: a quick second choice adds to it. Another sheet or encoding finds its columns anew.
    if (map.path !== undefined || map.label !== undefined) table.value = { ...now, map };
    try {
      const found = await client().imports.previewTable({
        folder: request.value.paths[0]!,
        table: now.file,
        map,
        into: false,
      });
      // Roles that the person has seen and left are theirs now.
      if (mine === attempt && ask === asked && found) table.value = found;
    } catch (thrown) {
      if (mine === attempt && ask === asked) fail(thrown);
    }
  }

  /** There is a mapping that the files were read by, and nothing of it is fixed yet. */
  const canRemap = computed(
    () => request.value.map !== undefined && ['reading', 'review', 'growth', 'failed'].includes(phase.value),
  );
  /** Back to the columns of the table, as they were mapped: what was read by them is put aside. */
  async function backToColumns(): Promise<void> {
    const { map, ...mapped } = request.value;
    if (!canRemap.value || !map) return;
    await cancel();
    const mine = ++attempt;
    request.value = mapped;
    phase.value = 'reading';
    try {
      await askOfTable(mapped, mine, map);
    } catch (thrown) {
      if (mine === attempt) fail(thrown);
    }
  }

  /** Reads the files by the map that is shown. */
  async function readMapped(): Promise<void> {
    await previewing;
    const now = table.value;
    if (!now || now.problem !== null) return;
    const sheet = now.sheets.length > 1 && now.sheet !== null ? { sheet: now.sheet } : {};
    await begin({ ...request.value, table: now.file, map: { ...now.map, ...sheet } });
  }

  /** Adds to the open project. @returns whether it was done */
  async function growNow(): Promise<boolean> {
    const read = growth.value;
    if (!read || !growthMatters.value) return false;
    const mine = attempt;
    progress.value = null;
    phase.value = 'making';
    try {
      await client().imports.grow({
        importId: read.importId,
        changes: changes.value,
        pairs: { ...pairs.value },
        patients: patients.value,
        // What it voids stands beside the choice.
        voidTestScores: takesPatients.value,
      });
      await useLabels().look();
      if (mine !== attempt) return false;
      importId = null;
      growth.value = null;
      phase.value = 'nothing';
      return true;
    } catch (thrown) {
      if (mine === attempt) fail(thrown);
      return false;
    }
  }

  /** The next files are to be added to the open project. */
  async function startGrowth(): Promise<void> {
    await cancel();
    request.value = { paths: [], into: true };
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
    step.value = read.classes.length === 0 ? 'classes' : 'groups';
    phase.value = 'review';
  }

  /** Looks for near-duplicates by another threshold. What was decided of pairs is asked again; all else stays. */
  async function lookAgain(likeness: number): Promise<void> {
    const read = review.value;
    if (!read || looking.value) return;
    const mine = attempt;
    looking.value = true;
    progress.value = null;
    try {
      const found = await client().imports.review({ importId: read.importId, likeness });
      if (mine !== attempt) return;
      review.value = found;
      pairs.value = {};
    } catch (thrown) {
      if (mine === attempt) fail(thrown);
    } finally {
      looking.value = false;
    }
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
    request.value = { paths: [] };
    progress.value = review.value = result.value = error.value = table.value = growth.value = null;
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
          dir: home.value === null ? null : projectIn(home.value, name.value),
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
    table,
    growth,
    changes,
    patients,
    takesPatients,
    growthMatters,
    home,
    remap,
    canRemap,
    backToColumns,
    readMapped,
    growNow,
    bringStudies,
    startGrowth,
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
    looking,
    lookAgain,
    sourceName,
    faults,
    canGoOn,
    begin,
    cancel,
    commit,
    back,
  };
});
