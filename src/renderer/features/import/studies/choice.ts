import { computed, reactive, ref, shallowRef } from 'vue';
import { defineStore } from 'pinia';
import { deidentification } from '@shared/domain';
import type { Deidentification, ListedStudy, PartialTableMap, StudyListing } from '@shared/domain';
import { client } from '@renderer/stores';
import { projectIn } from '../decisions';
import type { ImportRequest } from '../store';

/** How whose a file is can be told that does not say it. */
export type PatientRule = 'none' | 'name' | 'folder' | 'pattern';

/** Which volumes of studies become samples, and how: what the person chooses before any is read. */
export const useStudyChoice = defineStore('studyChoice', () => {
  const listing = shallowRef<StudyListing | null>(null);
  const ticked = shallowRef<ReadonlySet<string>>(new Set());
  const name = ref('');
  const rule = ref<PatientRule>('none');
  const pattern = ref('');
  const kept = reactive<Deidentification>(deidentification.parse({}));
  const ordered = ref(false);
  const flips = ref(false);
  /** Name of the positive class; empty: as suggested. */
  const positive = ref('');
  /** What the person said of the table's columns; null: as it is found. */
  const map = shallowRef<PartialTableMap | null>(null);
  let of = '';
  let mapOf: string | undefined;

  const chosen = computed<ListedStudy[]>(() => listing.value?.volumes.filter(({ id }) => ticked.value.has(id)) ?? []);
  /** Classes as the person types them, where no table brings any. */
  const typed = ref('');
  const labelled = computed(() => [...new Set(chosen.value.flatMap(({ label }) => label ?? []))].sort());
  const asksClasses = computed(() => labelled.value.length === 0 && !listing.value?.table?.questions.length);
  const added = computed(() => (asksClasses.value ? namesIn(typed.value) : []));
  const classes = computed(() => [...labelled.value, ...added.value]);
  const patients = computed(() => (rule.value === 'pattern' ? pattern.value.trim() || 'none' : rule.value));
  const canBegin = computed(
    () => chosen.value.length > 0 && name.value.trim() !== '' && (listing.value?.problem ?? null) === null,
  );

  /** Lists what the paths hold. @returns false where that is no studies */
  async function look({ paths, table, into }: ImportRequest): Promise<boolean> {
    // What was said of a table's columns says nothing of another's.
    if (table !== mapOf) map.value = null;
    mapOf = table;
    const found = await client().imports.listStudies({
      paths: [...paths],
      ...tableOf(table),
      patients: patients.value,
      into: into ?? false,
    });
    listing.value = found;
    if (!found) return false;
    const same = of === paths.join('\n');
    of = paths.join('\n');
    // What was ticked stays so while tables and rules change.
    const known = new Set(found.volumes.map(({ id }) => id));
    const before = same ? [...ticked.value].filter((id) => known.has(id)) : [];
    ticked.value = new Set(before.length > 0 ? before : imagesOf(found));
    if (!same) {
      name.value = 'Studies';
      typed.value = '';
    }
    return true;
  }

  const tableOf = (table: string | undefined): { table?: string; map?: PartialTableMap } =>
    table === undefined ? {} : { table, ...(map.value ? { map: map.value } : {}) };

  function tick(ids: readonly string[], on: boolean): void {
    const next = new Set(ticked.value);
    for (const id of ids)
      if (on) next.add(id);
      else next.delete(id);
    ticked.value = next;
  }
  const tickImages = (): void => void (ticked.value = new Set(listing.value ? imagesOf(listing.value) : []));

  /** Starts to bring them. @param home folder in which a project is made; null: the usual one */
  async function begin({ paths, table, into }: ImportRequest, home: string | null): Promise<void> {
    await client().imports.beginStudies({
      paths: [...paths],
      ...tableOf(table),
      options: {
        kinds: ['image'],
        series: [],
        only: [...ticked.value],
        patients: patients.value,
        deidentify: { ...kept },
      },
      into: into ?? false,
      decisions: {
        name: name.value.trim(),
        dir: home === null ? null : projectIn(home, name.value),
        classes: added.value,
        positive: classes.value.includes(positive.value) ? positive.value : null,
        ordered: ordered.value,
        flips: flips.value,
      },
    });
    of = '';
    map.value = null;
  }

  return {
    listing,
    map,
    ticked,
    name,
    rule,
    pattern,
    kept,
    ordered,
    flips,
    positive,
    chosen,
    typed,
    asksClasses,
    classes,
    canBegin,
    look,
    tick,
    tickImages,
    begin,
  };
});

/** Names with commas between them, those of Chinese as well; each once. */
const namesIn = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,，、;；]/)
      .map((name) => name.trim())
      .filter(Boolean),
  ),
];

const imagesOf = ({ volumes }: StudyListing): string[] =>
  volumes.filter(({ kind }) => kind === 'image').map(({ id }) => id);
