import type { ReportFacts } from '../facts';
import type { Words } from '../en';
import { table, sum, estimate } from './markdown';

export function labels({ labels: l, scheme }: ReportFacts, words: Words) {
  const { columns } = words;
  const read = l.onScreen.prediction + l.onScreen.hidden + l.onScreen.none;
  return [
    words.journal(l.position, l.hash),
    table(
      [columns.state, columns.samples],
      l.states.map(({ state, samples }) => [words.states[state], samples]),
    ),
    table(
      [columns.reader, columns.samples],
      l.readers.map(({ reader, samples }) => [reader ?? words.broughtBy, samples]),
    ),
    table(
      [columns.origin, columns.events, columns.standing],
      l.origins.map(({ origin, events, standing }) => [words.origins[origin], events, standing]),
    ),
    l.brought > 0 ? words.corrected(sum(l.corrected), l.brought) : null,
    l.corrected.length > 0 && scheme.kind !== 'answers'
      ? table(
          [columns.from, columns.to, columns.samples],
          l.corrected.map((c) => [c.from, c.to, c.samples]),
        )
      : null,
    read > 0 ? words.onScreen(l.onScreen) : null,
  ];
}

export function rereads({ scheme, rereads: { readings, rounds } }: ReportFacts, words: Words) {
  if (readings === 0 && rounds.length === 0) return [];
  const { columns } = words;
  return [
    words.rereads(readings),
    rounds.length > 0
      ? table(
          [
            columns.round,
            columns.reader,
            columns.date,
            columns.samples,
            columns.read,
            columns.same,
            columns.changed,
            columns.withdrawn,
          ],
          rounds.map(({ number, reader, startedAt, samples, read, outcome }) => [
            number,
            reader,
            startedAt.slice(0, 10),
            samples,
            read,
            ...(outcome ? [outcome.same, outcome.changed, outcome.withdrawn] : ['–', '–', '–']),
          ]),
        )
      : null,
    agreementTable(scheme, rounds, words),
  ];
}

/** How far the readings of each round agree with the labels before; null where no round has ended. */
function agreementTable(
  scheme: ReportFacts['scheme'],
  rounds: ReportFacts['rereads']['rounds'],
  words: Words,
): string | null {
  const { columns, metrics } = words;
  const ordered = scheme.kind === 'ordered';
  const rows = rounds.flatMap(({ number, outcome }) =>
    (outcome?.agreement ?? []).map((a) => [
      number,
      ...(a.question === null ? [] : [scheme.classes.find((c) => c.id === a.question)?.name ?? a.question]),
      a.samples,
      estimate(a.kappa, words),
      ...(ordered && a.quadraticKappa && a.meanAbsoluteError
        ? [estimate(a.quadraticKappa, words), estimate(a.meanAbsoluteError, words)]
        : []),
    ]),
  );
  if (rows.length === 0) return null;
  return table(
    [
      columns.round,
      ...(scheme.kind === 'answers' ? [columns.question] : []),
      columns.samples,
      columns.kappa,
      ...(ordered ? [metrics.quadraticKappa, metrics.meanAbsoluteError] : []),
    ],
    rows,
  );
}
