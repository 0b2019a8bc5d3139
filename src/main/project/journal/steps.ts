import type { Db } from '../db/sqlite';

/** What one undo takes back: all events of a batch, a single event, or a change of the classes. */
export type Step =
  | { readonly kind: 'label'; readonly event: string; readonly batch: string | null }
  | { readonly kind: 'scheme'; readonly version: number };

/** The stacks of undo and redo, which stand in the journal itself and so outlive the process. */
export class Steps {
  private readonly done: Step[] = [];
  private undone: Step[] = [];

  get nextUndo(): Step | undefined {
    return this.done.at(-1);
  }

  get nextRedo(): Step | undefined {
    return this.undone.at(-1);
  }

  did(step: Step): void {
    this.done.push(step);
    this.undone = [];
  }

  undid(): void {
    this.undone.push(this.done.pop()!);
  }

  redid(): void {
    this.done.push(this.undone.pop()!);
  }

  /** Follows the journal from behind what the import brought. */
  static load(db: Db, importedUpTo: number): Steps {
    type Entry = { clock: number; origin: string; batch: string | null; step: Step };
    const labels = db
      .all<[string, string | null, string, number]>(
        'SELECT id, batch, origin, clock FROM events WHERE position > ? ORDER BY position',
        importedUpTo,
      )
      .map(([event, batch, origin, clock]): Entry => ({ clock, origin, batch, step: { kind: 'label', event, batch } }));
    const schemes = db
      .all<[number, string, number]>('SELECT version, origin, clock FROM schemes WHERE version > 1 ORDER BY version')
      .map(([version, origin, clock]): Entry => ({ clock, origin, batch: null, step: { kind: 'scheme', version } }));
    const steps = new Steps();
    let batch: string | null = null;
    for (const entry of [...labels, ...schemes].sort((a, b) => a.clock - b.clock)) {
      const goesOn = entry.batch !== null && entry.batch === batch;
      batch = entry.batch;
      if (goesOn) continue;
      if (entry.origin === 'undo') steps.undid();
      else if (entry.origin === 'redo') steps.redid();
      else steps.did(entry.step);
    }
    return steps;
  }
}
