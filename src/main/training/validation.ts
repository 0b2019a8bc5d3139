import type { RunData } from './runData';
import { YES } from './targets';

/** Below so many groups of a class validation chooses nothing. */
const GROUPS_FOR_CHOICE = 20;

/** Whether the validation split holds enough groups of every class (of answers: of every yes) to choose an epoch by. */
export function validationChooses(data: RunData): boolean {
  const { answers, classes } = data;
  const groups = Array.from({ length: classes }, () => new Set<number>());
  for (const row of data.val) {
    const { group } = data.samples[row]!;
    if (answers) groups.forEach((set, q) => answers[row * classes + q] === YES && set.add(group));
    else groups[data.labels[row]!]!.add(group);
  }
  return groups.every((set) => set.size >= GROUPS_FOR_CHOICE);
}
