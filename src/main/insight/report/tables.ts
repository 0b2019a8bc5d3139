import type { Estimate } from '@shared/domain';
import { byEpoch } from '@shared/charts';
import type { FlowRow, LeftOut, ReportedFigures, ReportFacts } from './facts';

/** A table of a report, as it goes into a CSV file. Headings and codes are English in every language: programs read them. */
export interface ReportTable {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string | number | null>>[];
}

export const SPLITS = ['train', 'val', 'test', null] as const;
/** In the order in which a sample is asked. */
export const LEFT_OUT = ['leak', 'noSplit', 'unsure', 'excluded', 'unlabelled'] as const satisfies readonly LeftOut[];

/** Samples of the flow that fit. */
export const countOf = (flow: readonly FlowRow[], fits: (row: FlowRow) => boolean): number =>
  flow.reduce((sum, row) => sum + (fits(row) ? row.samples : 0), 0);

const splitCode = (split: FlowRow['split']): string => split ?? 'none';

/** Each place where samples end, with split, label and reason. */
export const flowTable = ({ flow, quarantined }: ReportFacts): ReportTable => ({
  columns: ['step', 'split', 'label', 'reason', 'count'],
  rows: [
    ...quarantined.map(({ reason, files }) => ({ step: 'quarantined', split: '', label: '', reason, count: files })),
    ...flow.map(({ split, leftOut, reason, label, samples }) => ({
      step: leftOut ?? 'takes part',
      split: splitCode(split),
      label,
      reason,
      count: samples,
    })),
  ],
});

/** Samples that take part: a row a label (of several answers a question answered with yes), a column a split. */
export function countsTable({ flow, scheme, questions }: ReportFacts): ReportTable {
  if (scheme.kind === 'answers') return yesTable(questions);
  const taking = flow.filter((row) => row.leftOut === null);
  return {
    columns: ['label', 'train', 'val', 'test', 'all'],
    rows: labelsIn(taking, scheme).map((label) => {
      const of = taking.filter((row) => row.label === label);
      const inSplit = (split: FlowRow['split']): number => countOf(of, (row) => row.split === split);
      return {
        label,
        train: inSplit('train'),
        val: inSplit('val'),
        test: inSplit('test'),
        all: countOf(of, () => true),
      };
    }),
  };
}

function yesTable(questions: ReportFacts['questions']): ReportTable {
  const names = [...new Set(questions.map((q) => q.question))];
  return {
    columns: ['label', 'train', 'val', 'test', 'all'],
    rows: names.map((label) => {
      const yes = (split: string | null): number =>
        questions.reduce((n, q) => n + (q.question === label && (split === null || q.split === split) ? q.yes : 0), 0);
      return { label, train: yes('train'), val: yes('val'), test: yes('test'), all: yes(null) };
    }),
  };
}

/** Labels that occur, the scheme's classes first and in their order. */
export function labelsIn(flow: readonly FlowRow[], scheme: ReportFacts['scheme']): string[] {
  const names = [...scheme.classes].sort((a, b) => a.order - b.order).map((c) => c.name);
  const found = new Set(flow.flatMap((row) => (row.label === null ? [] : [row.label])));
  return [...names.filter((name) => found.has(name)), ...[...found].filter((name) => !names.includes(name)).sort()];
}

export const METRICS = [
  'auc',
  'aucWithUnsure',
  'acc',
  'majority',
  'balancedAccuracy',
  'sensitivityAtSpecificity90',
  'quadraticKappa',
  'meanAbsoluteError',
  'calibrationError',
] as const;
export type Metric = (typeof METRICS)[number];

/** A figure with its interval; null where it does not apply. */
export function metricOf({ figures }: ReportedFigures, metric: Metric): Estimate | null {
  const value = figures[metric];
  return typeof value === 'number' ? { value, low: null, high: null, method: 'none' } : value;
}

/** Figures of one question, by their names in the table. */
const OF_QUESTION = ['auc', 'acc', 'balancedAccuracy', 'sensitivity', 'specificity'] as const;

/** Every figure of every head, one a row; of several answers the means first, then question by question. */
export function metricsTable(facts: ReportFacts): ReportTable {
  const nameOf = (id: number): string => facts.scheme.classes.find((c) => c.id === id)?.name ?? String(id);
  return {
    columns: ['head', 'set', 'labels', 'question', 'samples', 'groups', 'metric', 'value', 'low', 'high', 'interval'],
    rows: facts.figures.flatMap((reported) => {
      const { head, scope, labels, figures } = reported;
      const line = (question: string, samples: number, metric: string, { value, low, high, method }: Estimate) => ({
        head,
        set: scope,
        labels,
        question,
        samples,
        groups: figures.groups,
        metric,
        value,
        low,
        high,
        interval: method,
      });
      return [
        ...METRICS.flatMap((metric) => {
          const found = metricOf(reported, metric);
          return found ? [line('', figures.samples, metric, found)] : [];
        }),
        ...figures.answers.flatMap((answer) =>
          OF_QUESTION.map((metric) => line(nameOf(answer.class), answer.yes + answer.no, metric, answer[metric])),
        ),
      ];
    }),
  };
}

export const rocTable = ({ figures }: ReportedFigures, nameOf: (id: number) => string): ReportTable => ({
  columns: ['class', 'fpr', 'tpr', 'low', 'high'],
  rows: figures.roc.flatMap((curve) => curve.points.map((point) => ({ class: nameOf(curve.class), ...point }))),
});

export const reliabilityTable = ({ figures }: ReportedFigures): ReportTable => ({
  columns: ['predicted', 'observed', 'low', 'high', 'count'],
  rows: figures.reliability.map((bin) => ({ ...bin })),
});

/** Rows are labels, columns the model. */
export const confusionTable = ({ figures }: ReportedFigures, names: readonly string[]): ReportTable => ({
  columns: ['label', ...names],
  rows: figures.confusion.map((row, i) => ({
    label: names[i]!,
    ...Object.fromEntries(row.map((count, j) => [names[j]!, count])),
  })),
});

/** A row an epoch and part of the run (`chosen`, `plain`, `fold-3/chosen`). */
export function learningTable({ run }: ReportFacts): ReportTable {
  const lines = run?.lines ?? [];
  const parts = [...new Set(lines.map((line) => line.part))].sort();
  return {
    columns: ['part', 'epoch', 'train_loss', 'val_loss', 'val_auc'],
    rows: parts.flatMap((part) => {
      const [train, val, auc] = (['trainLoss', 'valLoss', 'valAuc'] as const).map(
        (v) => new Map(byEpoch(lines, part, v)),
      );
      const epochs = [...new Set([train!, val!, auc!].flatMap((values) => [...values.keys()]))].sort((a, b) => a - b);
      return epochs.map((epoch) => ({
        part,
        epoch,
        train_loss: train!.get(epoch) ?? null,
        val_loss: val!.get(epoch) ?? null,
        val_auc: auc!.get(epoch) ?? null,
      }));
    }),
  };
}
