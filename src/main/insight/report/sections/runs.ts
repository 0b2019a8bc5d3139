import type { ReportFacts } from '../facts';
import type { Words } from '../en';
import { table, figure } from './markdown';

export function scoring({ scorings, runs: all }: ReportFacts, words: Words) {
  if (scorings.length === 0) return [words.neverScored];
  const { columns } = words;
  const number = (id: string): string => {
    const found = all.find((r) => r.id === id);
    return found ? String(found.number) : id;
  };
  return [
    words.scored(scorings.length, new Set(scorings.map((s) => s.run)).size),
    table(
      [columns.time, columns.run, columns.reader, columns.splitVersion],
      scorings.map((s) => [
        s.time.slice(0, 16).replace('T', ' '),
        number(s.run),
        s.reader ?? words.nobody,
        s.splitVersion,
      ]),
    ),
  ];
}

export function runs({ runs: all }: ReportFacts, words: Words): string {
  const { columns } = words;
  return table(
    [columns.run, columns.preset, columns.mode, columns.core, columns.outcome, columns.oof, columns.scored],
    all.map((r) => {
      const auc = r.scores[r.predictor ?? 'chosen']?.oof?.auc;
      const core = r.mode === 'plain' ? words.settings.noBlock : r.core;
      return [r.number, r.preset, r.mode, core, r.state, auc == null ? '' : figure(auc), r.timesScored];
    }),
  );
}
