import type { LabelClass, LabelUndone } from '@shared/domain';

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** A label in words: its class, and its state where that says more. */
function worded(
  value: LabelUndone['newValue'],
  state: LabelUndone['newState'],
  classById: (id: number) => LabelClass | undefined,
  t: Translate,
): string {
  if (state === 'unsure' || state === 'excluded') return t(`states.${state}`);
  if (value === null) return t('states.unlabelled');
  return classById(value.class)?.name ?? String(value.class);
}

/** What undo or redo did, e.g. `Undone: train_0009: malignant → benign`. Where only the state changed, the states are named. */
export function undoneWords(
  kind: 'undo' | 'redo',
  undone: LabelUndone,
  classById: (id: number) => LabelClass | undefined,
  t: Translate,
): string {
  let from = worded(undone.oldValue, undone.oldState, classById, t);
  let to = worded(undone.newValue, undone.newState, classById, t);
  if (from === to) {
    from += ` (${t(`states.${undone.oldState}`)})`;
    to += ` (${t(`states.${undone.newState}`)})`;
  }
  const more = undone.keys.length - 1;
  const change = `${undone.sample}: ${from} → ${to}`;
  return t(kind === 'undo' ? 'frame.undone' : 'frame.redone', {
    change: more > 0 ? t('frame.andMore', { change, n: more }) : change,
  });
}
