import { takesPart, type DecisionRule, type Figures, type Head, type Scope, type Thresholds } from '@shared/domain';
import { UserError } from '@shared/errors';
import { youdenThreshold } from '@main/insight';
import { ANSWER_CODES } from '@main/project';
import { figuresInput, scopeRows } from './scopes';
import type { Session } from './session';

/** The predictions that a figure is asked for. @throws UserError where there are none, or none of test yet */
export async function predictionsFor(session: Session, run: string | null, head: Head, scope: Scope) {
  if (scope === 'test' && (run === null || session.project.scorings.count(run).times === 0))
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
  const labels = asked.labels === 'original' ? project.scorings.originalLabels() : project.index;
  const input = figuresInput(project, session.classes(), predictions, { run, head, scope, rule }, labels);
  return statistics.run('figures', input);
}

const [YES, NO] = [ANSWER_CODES.indexOf('yes'), ANSWER_CODES.indexOf('no')];

/**
 * Thresholds of each question by a head's predictions out of fold, or on validation where it has none: never on test (docs/science.md, section 5).
 * A question that lacks one of its answers there has none.
 */
export async function thresholdsFor(session: Session, run: string | null, head: Head): Promise<Thresholds> {
  const classes = session.classes();
  for (const scope of ['oof', 'val'] as const) {
    const rows = scopeRows(session.project, classes, await predictionsFor(session, run, head, scope), scope);
    const questions: Record<string, number> = {};
    classes.ids.forEach((id, q) => {
      const at = (row: number): number => row * classes.ids.length + q;
      const counted = [...rows.keys.keys()].filter(
        (row) =>
          rows.leaks[row] === 0 &&
          takesPart(rows.states[row]!) &&
          [YES, NO].includes(rows.answers?.[at(row)] ?? 0) &&
          !Number.isNaN(rows.probabilities[at(row)]),
      );
      const threshold = youdenThreshold(
        counted.map((row) => rows.probabilities[at(row)]!),
        counted.map((row) => (rows.answers![at(row)] === YES ? 1 : 0)),
      );
      if (threshold !== null) questions[id] = threshold;
    });
    if (Object.keys(questions).length > 0) return { scope, questions };
  }
  throw new UserError(
    'run-refused',
    'no question has both answers among predictions out of fold: set the thresholds by hand',
  );
}
