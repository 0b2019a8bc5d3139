import type { DecisionRule, Figures, Head, Scope } from '@shared/domain';
import { UserError } from '@shared/errors';
import { figuresInput } from './scopes';
import type { Session } from './session';

/** The predictions that a figure is asked for. @throws UserError where there are none, or none of test yet */
export async function predictionsFor(session: Session, run: string | null, head: Head, scope: Scope) {
  if (scope === 'test' && (run === null || session.project.testScored(run).times === 0))
    throw new UserError('test-not-scored', 'this run has not scored the test split');
  if (run === null && session.predictions.probeJournal === null) await session.probeReady();
  return session.predictions.ofRun(run, head, scope);
}

/** Figures of one head on one set of samples with their intervals; by the project's decision rule unless another is given. */
export async function figuresFor(
  session: Session,
  asked: { run: string | null; head: Head; scope: Scope; rule?: DecisionRule; labels?: 'now' | 'original' },
): Promise<Figures> {
  const { run, head, scope, rule = session.project.rule } = asked;
  const predictions = await predictionsFor(session, run, head, scope);
  const { project, statistics } = session;
  const labels = asked.labels === 'original' ? project.originalLabels() : project.index;
  const input = figuresInput(project, session.classes(), predictions, { run, head, scope, rule }, labels);
  return statistics.run('figures', input);
}
