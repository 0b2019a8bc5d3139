import { computed, ref, shallowReactive, shallowRef } from 'vue';
import { defineStore } from 'pinia';
import { errorData } from '@shared/errors';
import type { ErrorCode, UserErrorData } from '@shared/errors';
import { answersOf, classOf, mayBeCompared } from '@shared/domain';
import type {
  LabelAnswers,
  LabelChange,
  LabelSaved,
  LabelUndone,
  LabelValue,
  ReadingContext,
  SampleRow,
} from '@shared/domain';
import { canonicalAnswers, suggestedAnswers } from '@shared/scheme';
import { client } from './services';
import { useEvent } from './events';
import { useProject } from './project';
import { useReading } from './reading';
import { useRows } from './rows';

const NOTHING_WRITTEN: readonly ErrorCode[] = ['nothing-to-undo', 'nothing-to-redo', 'test-frozen'];
/** A wait that nobody notices [ms]. */
const UNNOTICED = 50;

/** The last undo or redo; pages show its samples (select, scroll) when this changes. */
export interface Reveal extends LabelUndone {
  readonly kind: 'undo' | 'redo';
  readonly number: number;
}

/** Labels on their way to the disk. A change is on screen only when the services say that it is durable. */
export const useLabels = defineStore('labels', () => {
  const project = useProject();
  const rows = useRows();
  /** Keys of samples whose change is being written. */
  const writing = shallowReactive(new Set<number>());
  const pending = ref(0);
  const failure = shallowRef<UserErrorData | null>(null);
  const state = computed<'saved' | 'saving' | 'failed'>(() =>
    failure.value ? 'failed' : pending.value > 0 ? 'saving' : 'saved',
  );
  const canUndo = ref(false);
  const canRedo = ref(false);
  const reveal = shallowRef<Reveal | null>(null);
  /** Asks for the reader's name where none was given; resolves to false when the person declines. Set by the frame. */
  let nameReader: () => Promise<boolean> = () => Promise.resolve(false);
  const askReaderWith = (ask: () => Promise<boolean>): void => void (nameReader = ask);
  const askReader = (): Promise<boolean> => nameReader();

  /** Something that is saved as labels are: said beside the reader until it is durable. @throws as `call` */
  async function write<T>(keys: readonly number[], call: () => Promise<T>): Promise<T> {
    let spoken = false;
    const speak = (): void => {
      spoken = true;
      pending.value += 1;
      for (const key of keys) writing.add(key);
    };
    // The change itself is drawn when it is durable, never before. That it is on its way is said where a person could notice the
    // wait: a frame drawn meanwhile would hold the answer up for longer than the disk takes.
    const speaking = setTimeout(speak, UNNOTICED);
    try {
      const saved = await call();
      failure.value = null;
      return saved;
    } catch (error) {
      const data = errorData(error);
      // Where there was nothing to write nothing is unsaved.
      if (!NOTHING_WRITTEN.includes(data.code)) failure.value = data;
      throw error;
    } finally {
      clearTimeout(speaking);
      if (spoken) {
        pending.value -= 1;
        for (const key of keys) writing.delete(key);
      }
    }
  }

  /**
   * One undoable change of one or many samples.
   * @returns null where the person would not name a reader
   * @throws UserError with nothing changed on disk or screen
   */
  async function set(
    keys: readonly number[],
    change: LabelChange,
    options: { queue: string; origin?: 'read' | 'bulk' | 'suggestion'; context?: ReadingContext },
  ): Promise<LabelSaved | null> {
    if (!project.info?.reader && !(await nameReader())) return null;
    const single = keys.length === 1 ? (rows.get(keys[0]!) ?? null) : null;
    const origin = options.origin ?? (keys.length === 1 ? 'read' : 'bulk');
    const context = options.context ?? useReading().context(options.queue, single);
    const saved = await write(keys, () => client().labels.set({ keys: [...keys], change, origin, context }));
    const time = new Date().toISOString();
    for (const key of keys) show(key, change, origin === 'bulk', time);
    canUndo.value = true;
    canRedo.value = false;
    return saved;
  }

  /** One answer of a blind re-read; nothing of it is shown elsewhere until the services say so. @throws UserError */
  const reread = (round: number, key: number, change: LabelChange): Promise<LabelSaved> =>
    write([], () => client().labels.reread({ round, key, change }));

  /** Puts a saved change on screen before the services are asked for the whole row. */
  function show(key: number, change: LabelChange, bulk: boolean, changedAt: string): void {
    const row = rows.get(key);
    if (!row) return;
    const answers = change.answers ? answersAfter(row.answers, change.answers) : row.answers;
    const value: LabelValue =
      change.class !== undefined || row.class !== null ? { class: change.class ?? row.class! } : answers && { answers };
    const given = change.class !== undefined || change.answers !== undefined;
    const set = value === null ? 'unlabelled' : bulk ? 'labelled' : 'checked';
    const state = change.state ?? (given ? set : row.state);
    const left = state === 'unlabelled' ? null : value;
    rows.patch(key, {
      class: classOf(left),
      answers: answersOf(left),
      former: left === null ? row.former : null,
      state,
      note: change.note ?? row.note,
      reason: state === 'excluded' ? (change.reason ?? row.reason) : null,
      reader: project.info?.reader ?? row.reader,
      changedAt,
      prediction: compared(row, value),
    });
  }

  /** Each sample gets the class that the model suggests: one undoable step. */
  async function accept(keys: readonly number[], queue: string): Promise<LabelSaved | null> {
    const [only] = keys;
    const row = only === undefined ? undefined : rows.get(only);
    if (keys.length === 1 && row?.prediction) {
      const { class: id } = row.prediction;
      const answers = row.prediction.answers && suggestedAnswers(row.answers, row.prediction.answers);
      if (id !== null) return set(keys, { class: id }, { queue, origin: 'suggestion' });
      if (answers) return set(keys, { answers }, { queue, origin: 'suggestion' });
    }
    if (!project.info?.reader && !(await nameReader())) return null;
    const context = useReading().context(queue, null);
    const saved = await write(keys, () => client().labels.accept({ keys: [...keys], context }));
    rows.refreshLater(keys);
    canUndo.value = true;
    canRedo.value = false;
    return saved;
  }

  let number = 0;
  async function step(kind: 'undo' | 'redo'): Promise<LabelUndone> {
    const undone = await write([], () => (kind === 'undo' ? client().labels.undo({}) : client().labels.redo({})));
    if (undone.keys.length === 1) {
      const [key] = undone.keys;
      const row = rows.get(key!);
      const value = undone.newValue;
      if (row)
        rows.patch(key!, {
          class: classOf(value),
          answers: answersOf(value),
          state: undone.newState,
          prediction: compared(row, value),
        });
    }
    rows.refreshLater(undone.keys);
    reveal.value = { ...undone, kind, number: ++number };
    look().catch((error: unknown) => console.warn('what can be undone is not known', error));
    return undone;
  }
  const undo = (): Promise<LabelUndone> => step('undo');
  const redo = (): Promise<LabelUndone> => step('redo');

  /** Asks the journal whether there is something to undo or redo: it knows of earlier sessions too. */
  async function look(): Promise<void> {
    if (!project.info) return;
    const page = await client().labels.activity({ before: null, limit: 1 });
    canUndo.value = page.canUndo;
    canRedo.value = page.canRedo;
  }
  const dismissFailure = (): void => void (failure.value = null);

  let seen: string | null = null;
  useEvent('project', ({ info }) => {
    const id = info?.id ?? null;
    if (id === seen) return;
    seen = id;
    failure.value = null;
    reveal.value = null;
    canUndo.value = canRedo.value = false;
    look().catch((error: unknown) => console.warn('what can be undone is not known', error));
  });

  return {
    writing,
    pending,
    failure,
    state,
    canUndo,
    canRedo,
    reveal,
    set,
    write,
    accept,
    undo,
    redo,
    look,
    askReader,
    askReaderWith,
    reread,
    dismissFailure,
  };
});

/** Answers with some of them changed; null where none is yes or no. */
function answersAfter(before: LabelAnswers | null, changed: LabelAnswers): LabelAnswers | null {
  const answers = canonicalAnswers({ ...before, ...changed });
  return Object.keys(answers).length > 0 ? answers : null;
}

/** The row's prediction, compared with another label. */
function compared(row: SampleRow, value: LabelValue): SampleRow['prediction'] {
  const { prediction } = row;
  if (!prediction || !mayBeCompared(prediction.kind, row.split)) return prediction;
  const answers = answersOf(value);
  if (prediction.answers === null) {
    if (prediction.agrees === null) return prediction;
    const id = classOf(value);
    return { ...prediction, agrees: id === null ? null : prediction.class === id };
  }
  const assessed = Object.keys(answers ?? {});
  const agrees = assessed.every((id) => answers![id] === prediction.answers![id]);
  return { ...prediction, agrees: assessed.length === 0 ? null : agrees };
}
