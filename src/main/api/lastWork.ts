import type { LastWork } from '@shared/domain';
import type { Session } from './session';

/** The last label that somebody gave here, and the last run where it was cut off. */
export function lastWork(session: Session): LastWork {
  const { events } = session.project.labels.activity({ before: null, limit: 1, withoutImported: true });
  const run = session.runs.summaries().at(-1);
  const cutOff = run && (run.state === 'stopped' || run.state === 'failed');
  return {
    label: events[0] ?? null,
    run: cutOff
      ? { id: run.id, number: run.number, state: run.state, epochsDone: run.epochsDone, epochs: run.epochs }
      : null,
  };
}
