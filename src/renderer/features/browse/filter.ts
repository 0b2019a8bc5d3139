import type { Answer, Facets, SampleFilter, SampleSort } from '@shared/domain';

/** The facets that are lists of boxes. */
export const LISTS = ['splits', 'classes', 'states', 'predicted', 'agreement', 'readers'] as const;
export type ListFacet = (typeof LISTS)[number];
export type FacetValue = string | number | null;

/** Whether a box is ticked: without a filter all are. */
export function isTicked(filter: SampleFilter, facet: ListFacet, value: FacetValue): boolean {
  const chosen = filter[facet] as FacetValue[] | undefined;
  return chosen === undefined || chosen.includes(value);
}

/** The filter after a box was ticked or cleared; all ticked is no filter. */
export function ticked(
  filter: SampleFilter,
  facet: ListFacet,
  value: FacetValue,
  on: boolean,
  values: readonly FacetValue[],
): SampleFilter {
  const now = values.filter((v) => (v === value ? on : isTicked(filter, facet, v)));
  return withList(filter, facet, now.length === values.length ? undefined : now);
}

/** Whether a box of a table's column is ticked: without a filter all are. */
export const isMetadataTicked = (filter: SampleFilter, column: string, value: string | null): boolean =>
  filter.metadata?.[column]?.includes(value) ?? true;

/** As `ticked`, for a column of a table. @param more values of it that are not listed: they have no box, so all ticked is a filter too */
export function metadataTicked(
  filter: SampleFilter,
  column: string,
  value: string | null,
  on: boolean,
  { values, more }: { values: readonly (string | null)[]; more: number },
): SampleFilter {
  const now = values.filter((v) => (v === value ? on : isMetadataTicked(filter, column, v)));
  return withMetadata(filter, column, now.length === values.length && more === 0 ? undefined : now);
}

/** As `soloed`, for a column of a table. */
export function metadataSoloed(filter: SampleFilter, column: string, value: string | null): SampleFilter {
  const chosen = filter.metadata?.[column];
  return withMetadata(filter, column, chosen?.length === 1 && chosen[0] === value ? undefined : [value]);
}

function withMetadata(filter: SampleFilter, column: string, values: (string | null)[] | undefined): SampleFilter {
  const { metadata, ...rest } = filter;
  const { [column]: _, ...others } = metadata ?? {};
  const next = values === undefined ? others : { ...others, [column]: values };
  return Object.keys(next).length === 0 ? rest : { ...rest, metadata: next };
}

/** The filter with this value alone; a second time, all again. */
export function soloed(filter: SampleFilter, facet: ListFacet, value: FacetValue): SampleFilter {
  const chosen = filter[facet] as FacetValue[] | undefined;
  return withList(filter, facet, chosen?.length === 1 && chosen[0] === value ? undefined : [value]);
}

function withList(filter: SampleFilter, facet: ListFacet, values: FacetValue[] | undefined): SampleFilter {
  const { [facet]: _, ...rest } = filter;
  return values === undefined ? rest : ({ ...rest, [facet]: values } as SampleFilter);
}

/** Full bounds and blank text are no filter. */
export function withBounds(filter: SampleFilter, bounds: readonly [number, number]): SampleFilter {
  const { labelProbability: _, ...rest } = filter;
  return bounds[0] <= 0 && bounds[1] >= 1 ? rest : { ...rest, labelProbability: [bounds[0], bounds[1]] };
}
export function withText(filter: SampleFilter, text: string): SampleFilter {
  const { text: _, ...rest } = filter;
  return text.trim() === '' ? rest : { ...rest, text: text.trim() };
}
/** The filter with this one answer to a question asked for; a second time, none. */
export function withAnswer(filter: SampleFilter, question: number, answer: Answer): SampleFilter {
  const { answers, ...rest } = filter;
  const { [question]: now, ...others } = answers ?? {};
  const asked = now?.includes(answer) ? others : { ...others, [question]: [answer] };
  return Object.keys(asked).length === 0 ? rest : { ...rest, answers: asked };
}
/** The filter with samples of which the model answers this question otherwise; a second time, without. */
export function withDisputed(filter: SampleFilter, question: number): SampleFilter {
  const { disputed = [], ...rest } = filter;
  const asked = disputed.includes(question) ? disputed.filter((q) => q !== question) : [...disputed, question];
  return asked.length === 0 ? rest : { ...rest, disputed: asked };
}
export const isFiltered = (filter: SampleFilter): boolean => Object.keys(filter).length > 0;

/** A facet is worth its place where it has two values or more, or narrows the list now. */
export const isWorthwhile = (facets: Facets, filter: SampleFilter, facet: ListFacet): boolean =>
  facets[facet].length > 1 || filter[facet] !== undefined;

/** The filter without what the model thinks: while it is hidden no list may tell of it. */
export function withoutModel(filter: SampleFilter): SampleFilter {
  const { predicted: _p, agreement: _a, disputed: _d, labelProbability: _l, confidence: _c, ...own } = filter;
  return own;
}

/** Whether an order or a filter tells what the model thinks. */
export const tellsOfModel = (filter: SampleFilter, sort: SampleSort): boolean =>
  sort === 'disagreement' ||
  sort === 'confidence' ||
  Object.keys(withoutModel(filter)).length < Object.keys(filter).length;
