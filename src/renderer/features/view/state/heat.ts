import type { HeatMap } from '@shared/domain';
import { plainGrid } from '@shared/space';
import type { Grid } from '@shared/space';
import type { Layer } from './layers';
import { emptyLoaded, take } from './loaded';

/** The smallest fall of log-odds that is worth a colour: of P .5 to .49. */
export const LEAST = 0.05;

/** Where what the network saw lies: in the patient, or on the sample's own voxels. */
const gridOf = ({ size, place }: HeatMap): Grid => (place ? { size, ...place } : plainGrid(size));

/** The worth of each part at all of its voxels, as the network saw them. */
export function heatValues({
  parts,
  size,
  drops,
}: Pick<HeatMap, 'parts' | 'size' | 'drops'>): Float32Array<ArrayBuffer> {
  const [w, h, d] = size;
  const out = new Float32Array(w * h * d);
  // Parts are cut at the floor of even steps.
  const partsAlong = (axis: 0 | 1 | 2): number[] =>
    Array.from({ length: size[axis] }, (_, i) => Math.ceil(((i + 1) * parts[axis]) / size[axis]) - 1);
  const [across, down, deep] = [partsAlong(0), partsAlong(1), partsAlong(2)];
  for (let z = 0, at = 0; z < d; z += 1)
    for (let y = 0; y < h; y += 1)
      for (let x = 0; x < w; x += 1, at += 1)
        out[at] = drops[(deep[z]! * parts[1] + down[y]!) * parts[0] + across[x]!]!;
  return out;
}

/** What the probability falls to when the part that is worth most is covered. */
export function lowest(map: Pick<HeatMap, 'drops' | 'probability'>): number {
  const odds = map.probability / (1 - map.probability);
  if (!Number.isFinite(odds)) return map.probability;
  const left = odds * Math.exp(-greatest(map));
  return left / (1 + left);
}

/** The greatest fall of the log-odds. */
export const greatest = ({ drops }: Pick<HeatMap, 'drops'>): number =>
  drops.reduce((most, drop) => Math.max(most, drop), 0);

export const heatLayerId = (key: number): string => `heat ${key}`;
export const isHeatLayer = (id: string): boolean => id.startsWith('heat ');

/** A layer of what speaks for the class; what speaks against it has no colour, and is read out under the cursor. */
export function heatLayer(map: HeatMap, key: number, name: string): Layer {
  const source = {
    id: heatLayerId(key),
    name,
    grid: gridOf(map),
    spacingKind: map.place ? 'patient' : 'none',
    oriented: map.place !== null,
    modality: null,
    unit: null,
    type: 'float32',
    components: 1,
    slope: 1,
    intercept: 0,
    notes: [],
    inverted: false,
    read: () => Promise.resolve(),
  } as const;
  const values = heatValues(map);
  const loaded = emptyLoaded(source, values);
  take(loaded, 0, values);
  return {
    id: source.id,
    name,
    loaded,
    visible: true,
    opacity: 0.6,
    kind: { kind: 'heat', from: 0, to: greatest(map) },
  };
}
