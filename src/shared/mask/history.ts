/** What is known of a step of a mask's history, in the order in which steps were written. */
export interface HistoryStep {
  readonly position: number;
  readonly kind: 'edit' | 'segments' | 'undo' | 'redo';
  /** Of undo and redo: the step that they take back, or do again. */
  readonly refers: number | null;
}
/** Steps that stand, oldest first, and those that were taken back: the last one of each is undone or redone next. */
export interface Standing {
  readonly done: readonly number[];
  readonly undone: readonly number[];
}

export const NOTHING_DONE: Standing = { done: [], undone: [] };

/** @throws Error where a step takes back what does not stand */
export function after({ done, undone }: Standing, { position, kind, refers }: HistoryStep): Standing {
  if (kind === 'undo') {
    if (done.at(-1) !== refers) throw new Error('an undo takes back a step that is not the last one');
    return { done: done.slice(0, -1), undone: [...undone, refers!] };
  }
  if (kind === 'redo') {
    if (undone.at(-1) !== refers) throw new Error('a redo does again a step that was not taken back last');
    return { done: [...done, refers!], undone: undone.slice(0, -1) };
  }
  return { done: [...done, position], undone: [] };
}

export const standingOf = (steps: readonly HistoryStep[]): Standing => steps.reduce(after, NOTHING_DONE);
