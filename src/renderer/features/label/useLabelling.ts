import { nextTick, ref, shallowReactive } from 'vue';
import type { Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { beforeEveryKey, useKeys } from '@renderer/app/shortcuts';
import { useLabels } from '@renderer/stores/labels';
import { useMessages } from '@renderer/stores/messages';
import { useProject } from '@renderer/stores/project';
import { useReading } from '@renderer/stores/reading';
import { useRows } from '@renderer/stores/rows';
import { answerTo, type Answer, type LabelAnswers, type LabelChange, type LabelValue } from '@shared/domain';
import { errorData } from '@shared/errors';
import { canonicalAnswers, nextAnswer } from '@shared/scheme';
import { classKeys, ClassKeyReader } from './classKeys';
import { suggestedLabel } from './suggestion';
import { confirmMany, describeSample } from './dialogs';
import { PendingStep } from './step';

/** What a page that labels tells the keys. */
export interface LabellingPlace {
  /** Samples that a key acts on, in order. */
  targets(): readonly number[];
  /** Samples whose pixels are on screen now: no label is given blindly. */
  onScreen(): ReadonlySet<number>;
  /** Goes to the next sample, after one sample got its label. */
  advance(): void;
  /** Where the sample was met, e.g. `browse by disagreement`. */
  queue(): string;
  /** Keys act only while this is true (the page is shown). */
  active(): boolean;
  /** Shows the present sample large, or goes back from there. */
  large?(): void;
}

export interface Labelling {
  /** Sets a class; of several answers turns that question's from yes to no to not assessed. */
  setClass(id: number): void;
  /** What a question was answered with: of the first sample that a key would act on; null without one. */
  answerOf(id: number): Answer | null;
  unsure(): void;
  confirm(): void;
  accept(): void;
  exclude(): void;
  note(): void;
  /** The first key of a two-key code was pressed. */
  readonly leader: Ref<boolean>;
  /** What Enter would accept, where a suggestion is visible. */
  suggestion(): LabelValue;
}

/** Bulk edits above this number ask first. */
const MANY = 50;

/**
 * Labelling by keys and buttons, the same on every page. One key press is one undoable step; nothing is labelled by a key that
 * repeats, nor without its pixels on screen, nor from a text field.
 */
export function useLabelling(place: LabellingPlace): Labelling {
  const { t } = useI18n();
  const labels = useLabels();
  const messages = useMessages();
  const project = useProject();
  const reading = useReading();
  const rows = useRows();
  const reader = new ClassKeyReader();
  const leader = ref(false);
  const step = new PendingStep();
  beforeEveryKey(() => step.take());

  /** The next sample, once this one's label is on screen; unless the person has gone elsewhere. */
  function stepFrom(key: number): void {
    step.wait(() => {
      const [first, second] = place.targets();
      if (place.active() && first === key && second === undefined) place.advance();
    });
  }
  /** Resolves when what was saved has been drawn; then the step may be. */
  async function stepAfterDrawing(): Promise<void> {
    await nextTick();
    step.take();
  }

  /** The samples to act on, or none where a single one is not visible. */
  function visibleTargets(): readonly number[] {
    step.take();
    const keys = place.targets();
    if (project.readOnly) {
      messages.say(t('label.readOnly'));
      return [];
    }
    if (keys.length === 1 && !place.onScreen().has(keys[0]!)) {
      messages.say(t('label.notOnScreen'));
      return [];
    }
    return keys;
  }

  function offScreen(keys: readonly number[]): number {
    const shown = place.onScreen();
    return keys.filter((key) => !shown.has(key)).length;
  }

  /** Many samples, or some that are not on screen, are asked about first. */
  async function agreed(keys: readonly number[], what: string): Promise<boolean> {
    const hidden = offScreen(keys);
    if (hidden === 0 && keys.length <= MANY) return true;
    return confirmMany({ count: keys.length, hidden, what });
  }

  async function apply(change: LabelChange, what: string, keys = visibleTargets()): Promise<void> {
    if (keys.length === 0) return;
    // Without a question nothing may be awaited before the step to the next sample.
    if (keys.length > 1 && !(await agreed(keys, what))) return;
    const queue = place.queue();
    const first = rows.get(keys[0]!)?.id ?? '';
    const writing = labels.set(keys, change, { queue });
    const moved = keys.length === 1 && project.info?.reader && change.note === undefined;
    if (moved) stepFrom(keys[0]!);
    try {
      const saved = await writing;
      if (moved) await stepAfterDrawing();
      if (!saved) return;
      if (keys.length === 1 && !moved && change.note === undefined) place.advance();
      if (keys.length > 1) messages.say(t('label.many', { n: keys.length, what }));
    } catch (error) {
      // Where nothing was saved the person stays with that sample.
      if (moved) step.drop();
      messages.fail(error);
      // A refusal that says why stands alone; anything else is told of the sample that kept its label.
      if (keys.length === 1 && errorData(error).code !== 'test-frozen')
        messages.say(t('label.notSaved', { sample: first }), { stay: 0 });
    }
  }

  /** Answers on their way to the disk: a second quick press turns on from the first one's, not from what is still on screen. */
  const turning = shallowReactive(new Map<number, { answers: LabelAnswers; pending: number }>());
  function answersNow(key: number): LabelAnswers | null {
    const answers = canonicalAnswers(turning.get(key)?.answers ?? rows.get(key)?.answers ?? {});
    return Object.keys(answers).length > 0 ? answers : null;
  }
  function answerOf(id: number): Answer | null {
    const [first] = place.targets();
    return first === undefined ? null : answerTo(answersNow(first), id);
  }

  /** One question's answer, turned on; the sample stays: there may be more to answer. */
  async function turn(id: number): Promise<void> {
    const keys = visibleTargets();
    if (keys.length === 0) return;
    const said = nextAnswer(answerTo(answersNow(keys[0]!), id));
    const what = `${project.classById(id)?.name ?? id}: ${t(`answers.${said}`)}`;
    if (keys.length > 1 && !(await agreed(keys, what))) return;
    for (const key of keys) {
      const { pending } = turning.get(key) ?? { pending: 0 };
      turning.set(key, { answers: { ...answersNow(key), [id]: said }, pending: pending + 1 });
    }
    try {
      const saved = await labels.set(keys, { answers: { [id]: said } }, { queue: place.queue() });
      if (saved && keys.length > 1) messages.say(t('label.many', { n: keys.length, what }));
    } catch (error) {
      messages.fail(error);
      if (keys.length === 1) messages.say(t('label.notSaved', { sample: rows.get(keys[0]!)?.id ?? '' }), { stay: 0 });
    } finally {
      for (const key of keys) {
        const now = turning.get(key)!;
        if (now.pending === 1) turning.delete(key);
        else turning.set(key, { ...now, pending: now.pending - 1 });
      }
    }
  }

  function setClass(id: number): void {
    if (project.asksQuestions) void turn(id);
    else void apply({ class: id }, project.classById(id)?.name ?? String(id));
  }
  const unsure = (): void => void apply({ state: 'unsure' }, t('states.unsure'));

  /** The present label, confirmed: an event of its own. Of several it stays `labelled`: nobody looked at each by itself. */
  function confirm(): void {
    const keys = visibleTargets();
    const labelled = keys.filter((key) => rows.get(key)?.class != null || answersNow(key) !== null);
    if (labelled.length === 0) return void (keys.length > 0 && messages.say(t('label.nothingToConfirm')));
    if (labelled.length === 1) {
      const present = rows.get(labelled[0]!)!.class;
      const given = present === null ? { answers: answersNow(labelled[0]!)! } : { class: present };
      return void apply({ ...given, state: 'checked' }, t('states.checked'), labelled);
    }
    const unchecked = labelled.filter((key) => rows.get(key)?.state !== 'checked');
    if (unchecked.length === 0) return void messages.say(t('label.allChecked'));
    void apply({ state: 'labelled' }, t('states.labelled'), unchecked);
  }

  const suggested = (key: number): LabelValue => suggestedLabel(rows.get(key), reading.modelHidden);
  function suggestion(): LabelValue {
    const [first] = place.targets();
    return first === undefined ? null : suggested(first);
  }

  /** Of several answers Enter goes on: to a sample that has answers it says that they are right as they stand. */
  function goOn(key: number): void {
    if (answersNow(key) === null || rows.get(key)?.state === 'checked') place.advance();
    else confirm();
  }

  async function accept(): Promise<void> {
    const [only, more] = place.targets();
    if (project.asksQuestions && only !== undefined && more === undefined)
      if (answersNow(only) !== null || suggested(only) === null) return goOn(only);
    const keys = visibleTargets().filter((key) => suggested(key) !== null);
    if (keys.length === 0) return;
    const queue = place.queue();
    if (
      keys.length > 1 &&
      !(await confirmMany({
        count: keys.length,
        hidden: offScreen(keys),
        what: t('label.suggestions'),
      }))
    )
      return;
    try {
      const writing = labels.accept(keys, queue);
      const moved = keys.length === 1 && project.info?.reader;
      if (moved) stepFrom(keys[0]!);
      const saved = await writing;
      if (moved) await stepAfterDrawing();
      if (saved && keys.length === 1 && !moved) place.advance();
      if (saved && keys.length > 1) messages.say(t('label.many', { n: keys.length, what: t('label.suggestions') }));
    } catch (error) {
      messages.fail(error);
    }
  }

  async function exclude(): Promise<void> {
    const keys = visibleTargets();
    if (keys.length === 0) return;
    const reason = await describeSample('exclude', keys);
    if (reason) await apply({ state: 'excluded', reason }, t('states.excluded'), keys);
  }

  async function note(): Promise<void> {
    const keys = visibleTargets();
    if (keys.length === 0) return;
    const text = await describeSample('note', keys);
    if (text !== null) await apply({ note: text }, t('label.note'), keys);
  }

  useKeys(
    {
      key(event) {
        const match = reader.read(event, classKeys(project.classes), event.timeStamp);
        leader.value = match?.kind === 'leader';
        if (match?.kind === 'class' && !event.repeat) setClass(match.id);
        return match !== null;
      },
      unsure: () => unsure(),
      confirm: () => confirm(),
      accept: () => void accept(),
      exclude: () => void exclude(),
      note: () => void note(),
      ...(place.large ? { large: () => place.large!() } : {}),
    },
    place.active,
  );

  return {
    setClass,
    answerOf,
    unsure,
    confirm,
    accept: () => void accept(),
    exclude: () => void exclude(),
    note: () => void note(),
    leader,
    suggestion,
  };
}
