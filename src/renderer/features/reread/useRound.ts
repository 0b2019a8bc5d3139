import { computed, ref, shallowRef } from 'vue';
import { answersOf, answerTo } from '@shared/domain';
import type { Answer, LabelAnswers, LabelChange, LabelValue, RereadQueue, RereadSummary } from '@shared/domain';
import { canonicalAnswers } from '@shared/scheme';
import { client, useLabels, useProject } from '@renderer/stores';

type Reading = RereadQueue['answers'][number];

/**
 * A round of blind re-reading as its reader sees it: the place in a queue of chance, and nobody's labels but the reader's own
 * answers of this round.
 */
export function useRound() {
  const labels = useLabels();
  const project = useProject();
  const round = shallowRef<RereadQueue | null>(null);
  const answers = shallowRef<ReadonlyMap<number, Reading>>(new Map());
  const at = ref(0);
  const summary = shallowRef<RereadSummary | null>(null);

  const key = computed(() => round.value?.keys[at.value] ?? null);
  const answer = computed(() => (key.value === null ? null : (answers.value.get(key.value) ?? null)));
  const done = computed(() => answers.value.size);
  const total = computed(() => round.value?.keys.length ?? 0);
  const ahead = computed(() => round.value?.keys.slice(at.value + 1, at.value + 3) ?? []);

  /** The reader's open round where it stood, or a new one. @throws UserError */
  async function start(): Promise<void> {
    if (!project.info?.reader && !(await labels.askReader())) return;
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
    const found = await client().labels.startReread({ seed });
    summary.value = null;
    answers.value = new Map(found.answers.map((a) => [a.key, a]));
    round.value = found;
    at.value = Math.max(0, nextUnread(-1) ?? found.keys.length - 1);
  }

  /** The first place behind this one that was not read; from the beginning where there is none. */
  function nextUnread(from: number): number | null {
    const keys = round.value?.keys ?? [];
    const unread = (i: number): boolean => !answers.value.has(keys[i]!);
    for (let step = 1; step <= keys.length; step++) {
      const i = (from + step + keys.length) % keys.length;
      if (unread(i)) return i;
    }
    return null;
  }
  function go(to: number): void {
    at.value = Math.min(Math.max(0, to), total.value - 1);
  }

  /** Saves an answer, and goes on to the next unread sample at once. @throws UserError with the place as it was */
  async function read(change: LabelChange): Promise<void> {
    const which = key.value;
    const here = at.value;
    if (which === null || !round.value) return;
    const before = answers.value;
    const own = before.get(which)?.value ?? null;
    const value = change.class !== undefined ? { class: change.class } : merged(own, change.answers);
    answers.value = new Map(before).set(which, { key: which, value, state: change.state ?? 'checked' });
    // Of several answers the next question of the same image comes first.
    if (change.answers === undefined) go(nextUnread(here) ?? here);
    try {
      await labels.reread(round.value.number, which, change);
    } catch (error) {
      answers.value = before;
      go(here);
      throw error;
    }
  }

  /** @throws UserError */
  async function end(): Promise<void> {
    if (round.value) summary.value = await client().labels.endReread({ round: round.value.number });
    round.value = null;
  }

  /** What the reader answered to one of several questions in this round. */
  const answered = (id: number): Answer => answerTo(answersOf(answer.value?.value ?? null), id);

  return { answered, round, key, at, answer, done, total, ahead, summary, start, read, go, end };
}

function merged(own: LabelValue, said: LabelAnswers | undefined): LabelValue {
  return said ? { answers: canonicalAnswers({ ...answersOf(own), ...said }) } : own;
}
