import type { Facets, SampleFilter } from '@shared/domain';

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
export const isFiltered = (filter: SampleFilter): boolean => Object.keys(filter).length > 0;

/** A facet is worth its place where it has two values or more, or narrows the list now. */
export const isWorthwhile = (facets: Facets, filter: SampleFilter, facet: ListFacet): boolean =>
  facets[facet].length > 1 || filter[facet] !== undefined;
