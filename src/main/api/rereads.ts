import { answersOf, answerTo, classOf, takesPart, type ReadingAgreement, type RereadSummary } from '@shared/domain';
import { resolveLabel } from '@shared/scheme';
import { readingAgreement } from '@main/insight';
import type { Project } from '@main/project';

/** What an ended round of blind re-reading came to, with the agreement of its two readings. @throws UserError while it goes on */
export function rereadOutcome(project: Project, round: number): RereadSummary {
  return { ...project.rereads.counts(round), agreement: agreement(project, round) };
}

function agreement(project: Project, round: number): ReadingAgreement[] {
  const { scheme, index } = project;
  const both = [...project.rereads.readings(round)]
    .filter(([, { before, after }]) => takesPart(before.state) && takesPart(after.state))
    .map(([key, { before, after }]) => ({
      group: index.groups[key]!,
      first: resolveLabel(scheme, before.value, before.state).value,
      second: resolveLabel(scheme, after.value, after.state).value,
    }));
  if (scheme.kind === 'answers')
    return scheme.classes.map(({ id }) => {
      const said = both.map(({ group, first, second }) => ({
        group,
        first: answerTo(answersOf(first), id),
        second: answerTo(answersOf(second), id),
      }));
      const assessed = said.filter((r) => r.first !== 'na' && r.second !== 'na');
      const column = (answer: string): number => Number(answer === 'yes');
      return of(
        id,
        assessed.map((r) => ({ group: r.group, first: column(r.first), second: column(r.second) })),
        2,
        false,
      );
    });
  const column = new Map(scheme.classes.map((c, place) => [c.id, place]));
  const rows = both.flatMap(({ group, first, second }) => {
    const [a, b] = [column.get(classOf(first) ?? -1), column.get(classOf(second) ?? -1)];
    return a === undefined || b === undefined ? [] : [{ group, first: a, second: b }];
  });
  return [of(null, rows, scheme.classes.length, scheme.kind === 'ordered')];
}

interface Row {
  readonly group: number;
  readonly first: number;
  readonly second: number;
}

function of(question: number | null, rows: readonly Row[], classes: number, ordered: boolean): ReadingAgreement {
  return {
    question,
    samples: rows.length,
    ...readingAgreement({
      first: rows.map((r) => r.first),
      second: rows.map((r) => r.second),
      groups: rows.map((r) => r.group),
      classes,
      ordered,
    }),
  };
}
