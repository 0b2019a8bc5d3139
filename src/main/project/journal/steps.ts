import type { Db } from '../db/sqlite';

/** What one undo takes back: all events of a batch, a single event, a change of the classes, of whose samples are, or of boxes. */
export type Step =
  | { readonly kind: 'label'; readonly event: string; readonly batch: string | null }
  | { readonly kind: 'scheme'; readonly version: number }
  | { readonly kind: 'patients'; readonly number: number }
  | { readonly kind: 'boxes'; readonly number: number };

/** The stacks of undo and redo, which stand in the journal itself and so outlive the process. */
export class Steps {
  private readonly done: Step[] = [];
  private undone: Step[] = [];

  /** The last step done that fits. */
  nextUndo(fits: (step: Step) => boolean): Step | undefined {
    return this.done.findLast(fits);
  }

  /** The last step undone that fits. */
  nextRedo(fits: (step: Step) => boolean): Step | undefined {
    return this.undone.findLast(fits);
  }

  did(step: Step): void {
    this.done.push(step);
    this.undone = [];
  }

  undid(step: Step): void {
    move(step, this.done, this.undone);
  }

  redid(step: Step): void {
    move(step, this.undone, this.done);
  }

  /** Follows the journal from behind what the import brought. */
  static load(db: Db, importedUpTo: number): Steps {
    type Entry = { clock: number; origin: string; batch: string | null; refers: string | number | null; step: Step };
    const labels = db
      .all<[string, string | null, string, string | null, number]>(
        'SELECT id, batch, origin, refers, clock FROM events WHERE position > ? ORDER BY position',
        importedUpTo,
      )
      .map(([event, batch, origin, refers, clock]): Entry => ({
        clock,
        origin,
        batch,
        refers,
        step: { kind: 'label', event, batch },
      }));
    const schemes = db
      .all<[number, string, number | null, number]>(
        'SELECT version, origin, refers, clock FROM schemes WHERE version > 1 ORDER BY version',
      )
      .map(([version, origin, refers, clock]): Entry => ({
        clock,
        origin,
        batch: null,
        refers,
        step: { kind: 'scheme', version },
      }));
    const patients = db
      .all<[number, string, number | null, number]>(
        'SELECT number, origin, refers, clock FROM patient_changes ORDER BY number',
      )
      .map(([number, origin, refers, clock]): Entry => ({
        clock,
        origin,
        batch: null,
        refers: refers === null ? null : `patients ${refers}`,
        step: { kind: 'patients', number },
      }));
    const boxes = db
      .all<[number, string, number | null, number]>(
        'SELECT number, origin, refers, clock FROM box_events ORDER BY number',
      )
      .map(([number, origin, refers, clock]): Entry => ({
        clock,
        origin,
        batch: null,
        refers: refers === null ? null : `boxes ${refers}`,
        step: { kind: 'boxes', number },
      }));
    const steps = new Steps();
    /** Which step an event (or a version of the classes, a change of patients or of boxes) belongs to. */
    const owners = new Map<string | number, Step>();
    let last: Step | null = null;
    let batch: string | null = null;
    for (const entry of [...labels, ...schemes, ...patients, ...boxes].sort((a, b) => a.clock - b.clock)) {
      const goesOn = entry.batch !== null && entry.batch === batch;
      batch = entry.batch;
      if (!goesOn) last = entry.step;
      owners.set(nameOf(entry.step), last!);
      if (goesOn) continue;
      const owner = entry.refers === null ? undefined : owners.get(entry.refers);
      if (entry.origin === 'undo') steps.undid(owner!);
      else if (entry.origin === 'redo') steps.redid(owner!);
      else steps.did(entry.step);
    }
    return steps;
  }
}

/** By what a later entry refers to a step. */
function nameOf(step: Step): string | number {
  if (step.kind === 'label') return step.event;
  return step.kind === 'scheme' ? step.version : `${step.kind} ${step.number}`;
}

function move(step: Step, from: Step[], to: Step[]): void {
  const at = from.lastIndexOf(step);
  if (at < 0) return;
  from.splice(at, 1);
  to.push(step);
}
