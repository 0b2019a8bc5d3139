import type { LayerLook, Rgb, Voxels } from '@renderer/vtk';
import type { Loaded } from './loaded';

/** Something that lies over the case: a map of labels, or values as heat. */
export interface Layer {
  readonly id: string;
  readonly name: string;
  readonly loaded: Loaded;
  readonly visible: boolean;
  readonly opacity: number;
  readonly kind: LabelMap | Heat;
}
/** Not what is offered in place of one. */
export const isLayer = <T extends object>(one: Layer | T): one is Layer => 'loaded' in one;
export interface LabelMap {
  readonly kind: 'labels';
  readonly outline: boolean;
  /** Label of each index that is drawn; index 0 is the background. */
  readonly labels: readonly { readonly value: number; readonly name: string; readonly colour: Rgb }[];
  /** The labels as indices, in the layer's own grid. */
  readonly voxels: Voxels;
}
export interface Heat {
  readonly kind: 'heat';
  readonly from: number;
  readonly to: number;
}

/** An index is a byte: more labels than this are shown as values. */
const MOST_LABELS = 255;

/** Okabe and Ito's colours first, as everywhere; then hues as far apart as they go. */
const FIRST: readonly Rgb[] = [
  [0.34, 0.71, 0.91],
  [0.9, 0.62, 0],
  [0, 0.62, 0.45],
  [0.94, 0.89, 0.26],
  [0.8, 0.47, 0.65],
  [0.84, 0.37, 0],
];
const GOLDEN = 0.618033988749895;
/** Of a label by its place among them. */
export function labelColour(place: number): Rgb {
  const first = FIRST[place];
  if (first) return first;
  const hue = (place * GOLDEN) % 1;
  const light = place % 2 ? 0.62 : 0.48;
  const part = (n: number): number => {
    const k = (n + hue * 12) % 12;
    return light - 0.6 * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  return [part(0), part(8), part(4)];
}

/** As `#rrggbb`, and back. */
export const hexColour = (rgb: Rgb): string =>
  `#${rgb
    .map((part) =>
      Math.round(255 * part)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
export const rgbOf = (colour: string): Rgb =>
  [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255) as unknown as Rgb;

/** Dark red over orange to yellow: ever brighter, so that it reads without colours too. */
export const HEAT: readonly Rgb[] = [
  [0.2, 0.02, 0.02],
  [0.62, 0.06, 0.02],
  [0.93, 0.36, 0.02],
  [1, 0.75, 0.16],
  [1, 1, 0.75],
];

/** Labels that occur, ascending; null where the values are no labels: fractions, negative ones, or too many. */
export function labelsIn({ voxels, source }: Loaded): number[] | null {
  const { data, slope, intercept, components } = voxels;
  if (components !== 1 || (source.unit !== null && source.unit !== '')) return null;
  const found = new Set<number>();
  let last = NaN;
  for (const stored of data) {
    if (stored === last) continue;
    last = stored;
    const value = stored * slope + intercept;
    if (value === 0) continue;
    if (value < 0 || !Number.isInteger(value)) return null;
    found.add(value);
    if (found.size > MOST_LABELS) return null;
  }
  return [...found].sort((a, b) => a - b);
}

function indexed({ voxels }: Loaded, labels: readonly number[]): Voxels {
  const { data, slope, intercept, grid } = voxels;
  const places = new Map(labels.map((value, i) => [value, i + 1]));
  const indices = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 1) indices[i] = places.get(data[i]! * slope + intercept) ?? 0;
  return { grid, components: 1, data: indices, slope: 1, intercept: 0 };
}

/**
 * A layer of a volume that is here whole.
 * @param named what a label's value is called
 * @param coloured its colour, where its file says one
 */
export function layerOf(
  loaded: Loaded,
  named: (value: number) => string,
  coloured?: (value: number) => Rgb | undefined,
): Layer {
  const { source } = loaded;
  const values = labelsIn(loaded);
  const base = { id: source.id, name: source.name, loaded, visible: true };
  if (values === null) {
    const [from, to] = rangeOf(loaded);
    return { ...base, opacity: 0.7, kind: { kind: 'heat', from, to } };
  }
  const labels = values.map((value, i) => ({ value, name: named(value), colour: coloured?.(value) ?? labelColour(i) }));
  return { ...base, opacity: 0.4, kind: { kind: 'labels', outline: false, labels, voxels: indexed(loaded, values) } };
}

function rangeOf({ voxels: { data, slope, intercept } }: Loaded): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const stored of data) {
    if (stored < low) low = stored;
    if (stored > high) high = stored;
  }
  const [a, b] = [low * slope + intercept, high * slope + intercept];
  return a === b ? [a, a + 1] : [Math.min(a, b), Math.max(a, b)];
}

/** What the stage draws of a layer. */
export function layerLook({ id, loaded, opacity, kind }: Layer): LayerLook {
  if (kind.kind === 'heat') return { id, voxels: loaded.voxels, opacity, colours: { ...kind, table: HEAT } };
  const table: Rgb[] = [[0, 0, 0], ...kind.labels.map(({ colour }) => colour)];
  return { id, voxels: kind.voxels, opacity, colours: { kind: 'labels', outline: kind.outline, table } };
}

/** `rgb(…)` of a style sheet. */
export const cssColour = (rgb: Rgb): string => `rgb(${rgb.map((part) => Math.round(255 * part)).join(' ')})`;
