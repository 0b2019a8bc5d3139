import type { ReportedFigures, ReportFacts } from './facts';
import { confusionDrawing, countsDrawing, learningDrawing, reliabilityDrawing, rocDrawing } from './drawings';
import { en, type Words } from './en';
import { flowDrawing } from './flowDrawing';
import { methodsText } from './methods';
import {
  confusionTable,
  countsTable,
  flowTable,
  learningTable,
  metricsTable,
  reliabilityTable,
  rocTable,
  type ReportTable,
} from './tables';
import { zhCN } from './zh-CN';

export type { FlowRow, LeftOut, QuestionRow, ReportedFigures, ReportedRun, ReportFacts } from './facts';

const WORDS = { en, 'zh-CN': zhCN } as const satisfies Record<string, Words>;
export type ReportLanguage = keyof typeof WORDS;

/** One file of a report, by its path inside the report's folder. */
export type ReportFile = { readonly path: string } & ({ readonly text: string } | { readonly table: ReportTable });
type Described = ReportFile & { readonly what: string };

/**
 * Everything that a report's folder holds: `methods.md` and figures as CSV and SVG. Pure: equal facts, equal files, but for the
 * line with the date.
 */
export function reportFiles(facts: ReportFacts, language: ReportLanguage, date: string): ReportFile[] {
  const words = WORDS[language];
  const files = [...general(facts, words), ...learning(facts, words), ...curves(facts, words)];
  const text = methodsText(facts, words, date, files);
  return [{ path: 'methods.md', text }, ...files.map(({ what: _what, ...file }) => file)];
}

const asTable = (name: string, table: ReportTable, what: string): Described => ({
  path: `figures/${name}.csv`,
  table,
  what,
});
const asDrawing = (name: string, text: string, what: string): Described => ({
  path: `figures/${name}.svg`,
  text,
  what,
});

const general = (facts: ReportFacts, words: Words): Described[] => [
  asTable('flow', flowTable(facts), words.files.flow),
  asDrawing('flow', flowDrawing(facts, words), words.files.flow),
  asTable('counts', countsTable(facts), words.files.counts),
  asDrawing('counts', countsDrawing(facts, words), words.files.counts),
  ...(facts.figures.length > 0 ? [asTable('metrics', metricsTable(facts), words.files.metrics)] : []),
];

function learning(facts: ReportFacts, words: Words): Described[] {
  if (!facts.run || facts.run.lines.length === 0) return [];
  return [
    asTable('learning', learningTable(facts), `${words.files.loss}; ${words.files.auc}`),
    asDrawing('learning-loss', learningDrawing(facts, 'loss', words), words.files.loss),
    asDrawing('learning-auc', learningDrawing(facts, 'share', words), words.files.auc),
  ];
}

/** Of the head that predicts, for each set of samples. */
function curves(facts: ReportFacts, words: Words): Described[] {
  const classes = [...facts.scheme.classes].sort((a, b) => a.order - b.order);
  const names = classes.map((c) => c.name);
  const nameOf = (id: number): string => classes.find((c) => c.id === id)?.name ?? String(id);
  return facts.figures
    .filter((reported) => reported.head === facts.head)
    .flatMap((reported) => {
      const of = setName(reported);
      const what = (kind: keyof Words['files']): string =>
        [words.files[kind], words.scopes[reported.scope], of.endsWith('-original') && words.labelsOf.original]
          .filter(Boolean)
          .join(', ');
      return [
        asTable(`roc-${of}`, rocTable(reported, nameOf), what('roc')),
        asDrawing(`roc-${of}`, rocDrawing(reported, classes, words), what('roc')),
        asTable(`reliability-${of}`, reliabilityTable(reported), what('reliability')),
        asDrawing(`reliability-${of}`, reliabilityDrawing(reported, words), what('reliability')),
        // Of several answers each has its own two by two, in metrics.csv.
        ...(reported.figures.confusion.length > 0
          ? [
              asTable(`confusion-${of}`, confusionTable(reported, names), what('confusion')),
              asDrawing(`confusion-${of}`, confusionDrawing(reported, classes, words), what('confusion')),
            ]
          : []),
      ];
    });
}

const setName = ({ scope, labels }: ReportedFigures): string => (labels === 'original' ? `${scope}-original` : scope);
