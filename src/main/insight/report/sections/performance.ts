import type { ReportedFigures, ReportFacts } from '../facts';
import { METRICS, metricOf } from '../tables';
import type { Words } from '../en';
import { plain, table, estimate } from './markdown';
import { headName } from './model';

/** Of several answers with thresholds of their own each is named. */
function ruleWords({ rule, scheme }: ReportFacts, words: Words): string {
  if (rule.kind === 'argmax') return words.rule.argmax;
  if (scheme.kind !== 'answers')
    return words.rule.threshold(rule.value, plain(scheme.classes.find((c) => c.id === scheme.positive)?.name ?? ''));
  const own = scheme.classes.flatMap(({ id, name }) => {
    const value = rule.questions?.[id];
    return value === undefined ? [] : [`${plain(name)} ${value.toFixed(2)}`];
  });
  return words.rule.answers(rule.value, own.join(', '));
}

export function performance(facts: ReportFacts, words: Words) {
  if (facts.noFigures !== null) return [words.noFigures(plain(facts.noFigures))];
  const { figures } = facts;
  return [
    [words.official, words.folds(facts.run?.recipe.folds ?? 5), ruleWords(facts, words)].join(' '),
    ...(['oof', 'val', 'test'] as const).flatMap((scope) => {
      const of = figures.filter((f) => f.scope === scope);
      if (of.length === 0) return [];
      const ofHead = of.filter((f) => f.head === facts.head && f.figures.answers.length > 0);
      return [
        `### ${words.scopes[scope]}`,
        figuresTable(facts, of, words),
        ...warnings(of, words),
        ...ofHead.map((f) => questionTable(facts, f, words)),
      ];
    }),
  ];
}

/** Why these figures should not be leaned on; what is said of all out-of-fold figures stands above. */
function warnings(of: readonly ReportedFigures[], words: Words): string[] {
  const keys = new Set(of.flatMap((f) => f.figures.warnings.map((w) => w.key)));
  return [...keys].flatMap((key) => words.warnings[key] ?? []);
}

/** A row a figure; a column a head, and for test one for each version of the labels. */
function figuresTable(facts: ReportFacts, of: readonly ReportedFigures[], words: Words): string {
  const { columns } = words;
  const several = new Set(of.map((f) => f.labels)).size > 1;
  const column = (f: ReportedFigures): string => {
    const name = headName(facts, f.head, words);
    return several ? `${name}; ${words.labelsOf[f.labels === 'now' ? 'reread' : f.labels]}` : name;
  };
  const shown = METRICS.filter((metric) => of.some((f) => metricOf(f, metric) !== null));
  return table(
    ['', ...of.map(column)],
    [
      [columns.n, ...of.map((f) => String(f.figures.samples))],
      [columns.groups, ...of.map((f) => String(f.figures.groups))],
      ...shown.map((metric) => [
        words.metrics[metric],
        ...of.map((f) => {
          const found = metricOf(f, metric);
          return found ? estimate(found, words) : '';
        }),
      ]),
    ],
  );
}

/** Question by question, of the head whose curves are drawn. */
function questionTable({ scheme }: ReportFacts, { figures }: ReportedFigures, words: Words): string {
  const { columns, metrics } = words;
  return table(
    [
      columns.question,
      columns.yes,
      columns.no,
      columns.notAssessed,
      metrics.auc,
      metrics.acc,
      metrics.balancedAccuracy,
      metrics.sensitivity,
      metrics.specificity,
    ],
    figures.answers.map((a) => [
      scheme.classes.find((c) => c.id === a.class)?.name ?? String(a.class),
      a.yes,
      a.no,
      a.notAssessed,
      ...[a.auc, a.acc, a.balancedAccuracy, a.sensitivity, a.specificity].map((e) => estimate(e, words)),
    ]),
  );
}
