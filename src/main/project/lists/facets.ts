import { labelState, type Facets, type LabelScheme, type SampleFilter } from '@shared/domain';
import type { MetadataColumn } from '../metadata';
import { SPLIT_CODES, STATE_CODES } from '../types';
import { AGREEMENTS, DIMENSIONS, failures, metadataBit, questionBit, type Columns } from './filter';

const BINS = 20;
/** Of a column with a value a sample (a date, a comment) only the most frequent ones are listed. */
const LISTED_VALUES = 40;

/**
 * Counts over one pass. A facet counts what fits all other parts of the filter, so that its numbers say what ticking one of
 * its boxes would bring; `matching` fits all.
 */
export function countFacets(filter: SampleFilter, columns: Columns, scheme: LabelScheme): Facets {
  const failed = failures(filter, columns);
  const classes = scheme.classes.map((c) => c.id);
  const most = classes.reduce((m, id) => Math.max(m, id), 0) + 2;
  // Class ids count from 1 on; 0 is "none".
  const byClass = new Uint32Array(most);
  const byPredicted = new Uint32Array(most);
  const bySplit = new Uint32Array(SPLIT_CODES.length);
  const byState = new Uint32Array(STATE_CODES.length);
  const byAgreement = new Uint32Array(AGREEMENTS.length);
  const byReader = new Uint32Array(columns.readerNames.length);
  const bins = new Uint32Array(BINS);
  // Samples that wait to be read anew, by the class that was split.
  const bySplitClass = new Map(Object.keys(scheme.split).map((id) => [Number(id), 0]));
  // [na, yes, no, disputed] of each question.
  const byAnswer = columns.questions.map(() => new Uint32Array(4));
  const questionBits = columns.questions.map(({ id }) => questionBit(filter, id));
  let matching = 0;
  for (let key = 0; key < failed.length; key++) {
    const bits = failed[key]!;
    if (bits === 0) matching++;
    if ((bits & ~DIMENSIONS.splits) === 0) bySplit[columns.splits[key]!]!++;
    if ((bits & ~DIMENSIONS.classes) === 0) {
      byClass[columns.classes[key]! + 1]!++;
      const former = bySplitClass.size > 0 ? columns.former(key) : -1;
      if (former >= 0) bySplitClass.set(former, (bySplitClass.get(former) ?? 0) + 1);
    }
    if ((bits & ~DIMENSIONS.states) === 0) byState[columns.states[key]!]!++;
    if ((bits & ~DIMENSIONS.predicted) === 0) byPredicted[columns.predicted[key]! + 1]!++;
    if ((bits & ~DIMENSIONS.agreement) === 0) byAgreement[columns.agreement[key]!]!++;
    if ((bits & ~DIMENSIONS.readers) === 0) byReader[columns.readers[key]!]!++;
    columns.questions.forEach(({ answers, disputed }, place) => {
      if ((bits & ~questionBits[place]!) === 0) byAnswer[place]![answers[key]!]!++;
      if ((bits & ~DIMENSIONS.agreement) === 0 && disputed[key] === 1) byAnswer[place]![3]!++;
    });
    const p = columns.labelProbability[key]!;
    if (!Number.isNaN(p) && (bits & ~DIMENSIONS.labelProbability) === 0)
      bins[Math.min(BINS - 1, Math.floor(p * BINS))]!++;
  }
  const ofClasses = (counts: Uint32Array): { value: number | null; count: number }[] => [
    ...classes.map((id) => ({ value: id, count: counts[id + 1]! })),
    ...(counts[0]! > 0 ? [{ value: null, count: counts[0]! }] : []),
  ];
  return {
    total: columns.size - columns.gone.size,
    matching,
    splits: SPLIT_CODES.map((value, code) => ({ value, count: bySplit[code]! })).filter(
      (s) => s.value !== null || s.count > 0,
    ),
    classes: [
      ...ofClasses(byClass),
      ...[...bySplitClass].filter(([, count]) => count > 0).map(([value, count]) => ({ value, count })),
    ],
    states: labelState.options.map((value) => ({ value, count: byState[STATE_CODES.indexOf(value)]! })),
    predicted: ofClasses(byPredicted),
    agreement: AGREEMENTS.map((value, code) => ({ value, count: byAgreement[code]! })),
    answers: columns.questions.map(({ id }, place) => {
      const [na, yes, no, disputed] = byAnswer[place]!;
      return { class: id, yes: yes!, no: no!, na: na!, disputed: disputed! };
    }),
    readers: columns.readerNames
      .map((value, code) => ({ value, count: byReader[code]! }))
      .filter((r): r is { value: string; count: number } => r.value !== null),
    labelProbability: Array.from(bins),
    metadata: columns.metadata.map((column) => countColumn(column, filter, failed)),
  };
}

function countColumn(
  { name, values, codes }: MetadataColumn,
  filter: SampleFilter,
  failed: Uint32Array,
): Facets['metadata'][number] {
  const others = ~metadataBit(filter, name);
  const counts = new Uint32Array(values.length + 1);
  for (let key = 0; key < failed.length; key++) if ((failed[key]! & others) === 0) counts[codes[key]!]!++;
  const wanted = new Set(filter.metadata?.[name]);
  const all = values
    .map((value, i) => ({ value: value as string | null, count: counts[i + 1]! }))
    .concat(counts[0]! > 0 || wanted.has(null) ? [{ value: null, count: counts[0]! }] : []);
  if (all.length <= LISTED_VALUES) return { name, values: all, more: 0 };
  const frequent = new Set([...all].sort((a, b) => b.count - a.count).slice(0, LISTED_VALUES));
  const shown = all.filter((entry) => frequent.has(entry) || wanted.has(entry.value));
  return { name, values: shown, more: all.length - shown.length };
}
