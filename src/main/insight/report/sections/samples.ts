import type { LabelKind } from '@shared/domain';
import type { ReportFacts } from '../facts';
import { countOf, labelsIn, LEFT_OUT, SPLITS } from '../tables';
import type { Words } from '../en';
import { plain, table } from './markdown';

export function data(
  { project, scheme, duplicates, splits: { patientsKnown, nearLookedFor } }: ReportFacts,
  words: Words,
) {
  const positive = scheme.classes.find((c) => c.id === scheme.positive);
  const classes = [...scheme.classes].sort((a, b) => a.order - b.order);
  return [
    [
      words.found(project.samples, words.dimensions[project.dimensions], project.groups),
      words.patients(patientsKnown),
      ...project.sources.map(({ kind, sha256 }) => words.source(kind, sha256)),
    ].join(' '),
    [
      words.scheme(kindName(scheme.kind, words), scheme.version),
      positive ? words.positive(plain(positive.name)) : words.noPositive,
      ...(scheme.kind === 'ordered' ? [words.ordered] : []),
    ].join(' '),
    words.classes(classes.map((c) => plain(c.name))),
    [words.duplicates(duplicates), ...(nearLookedFor ? [] : [words.notLookedFor])].join(' '),
    `${words.input(project.input.imageSize, project.input.letterbox, project.input.axes)} ${words.flips(project.flips)}`,
  ];
}

const kindName = (kind: LabelKind, words: Words): string => words.kinds[kind];

/** Counts at each step, as CONSORT asks for them: found, put aside, left out with why, taking part; by split and class. */
export function flow({ flow: rows, project, quarantined, scheme, questions }: ReportFacts, words: Words) {
  const lost = quarantined.reduce((all, q) => all + q.files, 0);
  const inSplits = (fits: (r: (typeof rows)[number]) => boolean): number[] => [
    ...SPLITS.map((split) => countOf(rows, (r) => r.split === split && fits(r))),
    countOf(rows, fits),
  ];
  const headings = [...SPLITS.map((split) => words.splits[split ?? 'none']), words.columns.total];
  const excluded = rows.filter((r) => r.leftOut === 'excluded');
  const reasons = [...new Set(excluded.map((r) => r.reason ?? ''))].sort();
  const taking = rows.filter((r) => r.leftOut === null);
  return [
    table(
      [words.columns.step, ...headings],
      [
        [words.steps.found, '', '', '', '', project.samples + lost],
        [words.steps.quarantined, '', '', '', '', lost],
        [words.steps.read, ...inSplits(() => true)],
        ...LEFT_OUT.map((reason) => [words.steps[reason], ...inSplits((r) => r.leftOut === reason)]),
        [words.steps.takesPart, ...inSplits((r) => r.leftOut === null)],
      ],
    ),
    quarantined.length > 0 ? words.quarantinedReasons : null,
    quarantined.length > 0
      ? table(
          [words.columns.reason, words.columns.files],
          quarantined.map(({ reason, files }) => [reason, files]),
        )
      : null,
    excluded.length > 0 ? words.excludedReasons : words.nothingExcluded,
    excluded.length > 0
      ? table(
          [words.columns.reason, ...headings],
          reasons.map((reason) => [
            reason,
            ...inSplits((r) => r.leftOut === 'excluded' && (r.reason ?? '') === reason),
          ]),
        )
      : null,
    scheme.kind === 'answers' ? words.byQuestion : taking.length > 0 ? words.byClass : null,
    scheme.kind === 'answers'
      ? table(
          [words.columns.question, words.columns.split, words.columns.yes, words.columns.no, words.columns.notAssessed],
          questions.map((q) => [q.question, words.splits[q.split], q.yes, q.no, q.notAssessed]),
        )
      : taking.length > 0
        ? table(
            [words.columns.class, ...headings],
            labelsIn(taking, scheme).map((label) => [
              label,
              ...inSplits((r) => r.leftOut === null && r.label === label),
            ]),
          )
        : null,
  ];
}

export function splits({ splits: s, figures }: ReportFacts, words: Words) {
  const unreliable = figures.some((f) => f.figures.warnings.some((w) => w.key === 'validation-unreliable'));
  const judged = figures.some((f) => f.scope === 'val');
  return [
    [
      words.split(s.version, words.policies[s.policy], s.policy === 'new' ? s.seed : null, s.createdAt.slice(0, 10)),
      words.straddle(s.policy === 'official'),
      words.leaks(s.testLeaks, s.leftOutAsLeak),
      ...(judged ? [words.reliable(unreliable)] : []),
    ].join(' '),
  ];
}
