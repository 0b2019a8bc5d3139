import type { LabelScheme, LabelUndone } from '@shared/domain';
import { valueWords } from '@shared/scheme';

type Translate = (key: string, values?: Record<string, unknown>, plural?: number) => string;

/** A label in words: its class, and its state where that says more. */
function worded(
  value: LabelUndone['newValue'],
  state: LabelUndone['newState'],
  scheme: Pick<LabelScheme, 'classes' | 'retired'>,
  t: Translate,
): string {
  if (state === 'unsure' || state === 'excluded') return t(`states.${state}`);
  if (value === null) return t('states.unlabelled');
  const words = { yes: t('answers.yes'), no: t('answers.no'), na: t('answers.na') };
  return valueWords(scheme, value, words) ?? '';
}

/** What undo or redo did, e.g. `Undone: train_0009: malignant → benign`. Where only the state changed, the states are named. */
export function undoneWords(
  kind: 'undo' | 'redo',
  undone: LabelUndone,
  scheme: Pick<LabelScheme, 'classes' | 'retired'>,
  t: Translate,
): string {
  if (undone.scheme)
    return t(kind === 'undo' ? 'frame.undone' : 'frame.redone', {
      change: t('frame.classesNow', { names: undone.scheme.classes.map((c) => c.short).join(', ') }),
    });
  if (undone.patients) {
    const { samples, splitVersion } = undone.patients;
    return t(kind === 'undo' ? 'frame.undone' : 'frame.redone', {
      change: t('frame.patientsChanged', { n: samples, version: splitVersion }, samples),
    });
  }
  if (undone.boxes) {
    const [first, ...others] = undone.boxes;
    const change = t(first!.box ? 'frame.boxBack' : 'frame.boxGone', { sample: first!.sample });
    return t(kind === 'undo' ? 'frame.undone' : 'frame.redone', {
      change: others.length > 0 ? t('frame.andMore', { change, n: others.length }) : change,
    });
  }
  let from = worded(undone.oldValue, undone.oldState, scheme, t);
  let to = worded(undone.newValue, undone.newState, scheme, t);
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
