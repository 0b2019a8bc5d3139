import { takesPart, type LabelScheme } from '@shared/domain';
import { ANSWER_CODES } from './journal/answerColumns';
import type { SampleIndex } from './lists/sampleIndex';
import { SPLIT_CODES, STATE_CODES } from './types';

/** Fewer groups of some class than this make figures of validation unreliable (docs/science.md, section 2). */
const RELIABLE_GROUPS = 20;
const VALIDATION = SPLIT_CODES.indexOf('val');
const YES = ANSWER_CODES.indexOf('yes');

/** Groups of some class in validation fall short. Unlabelled validation says nothing yet. */
export function validationUnreliable(index: SampleIndex, { classes: ofScheme }: LabelScheme): boolean {
  const { splits, classes, states, groups } = index;
  const groupsOf = new Map(ofScheme.map((c) => [c.id, new Set<number>()]));
  for (let key = 0; key < index.size; key++) {
    if (splits[key] !== VALIDATION || !takesPart(STATE_CODES[states[key]!]!)) continue;
    groupsOf.get(classes[key]!)?.add(groups[key]!);
    for (const { id, answers } of index.questions) if (answers[key] === YES) groupsOf.get(id)!.add(groups[key]!);
  }
  return [...groupsOf.values()].some((members) => members.size < RELIABLE_GROUPS);
}
