import type { MaskSegment } from '@shared/domain';
import { hexColour, labelColour, rgbOf } from '../state/layers';
import type { LabelMap, Layer } from '../state/layers';
import type { Loaded } from '../state/loaded';
import type { MaskVoxels } from './voxels';

/** Name and colour for the next segment of a mask. */
export function nextSegment(segments: readonly MaskSegment[], named: (n: number) => string): MaskSegment {
  const value = Math.max(0, ...segments.map((segment) => segment.value)) + 1;
  return { value, name: named(segments.length + 1), colour: hexColour(labelColour(segments.length)) };
}

/** What a label map calls its values, as segments of a mask. */
export const segmentsOf = ({ labels }: LabelMap): MaskSegment[] =>
  labels.map(({ value, name, colour }) => ({
    value,
    name: name.trim().slice(0, 64) || String(value),
    colour: hexColour(colour),
  }));

export const maskLayerId = (mask: string): string => `mask ${mask}`;

/** How a view draws segments: the index in the map is the value that is drawn. */
export function labelsOf(segments: readonly MaskSegment[]): LabelMap['labels'] {
  return segments.map(({ name, colour }, i) => ({ value: i + 1, name, colour: rgbOf(colour) }));
}

/** A mask as one more layer over its image. */
export function maskLayer(
  mask: { readonly id: string; readonly name: string; readonly segments: readonly MaskSegment[] },
  { voxels }: MaskVoxels,
  image: Loaded,
): Layer {
  const here = new Uint8Array(voxels.grid.size[2]).fill(1);
  return {
    id: maskLayerId(mask.id),
    name: mask.name,
    loaded: { source: { ...image.source, unit: null }, voxels, here, own: true },
    visible: true,
    opacity: 0.45,
    kind: { kind: 'labels', outline: false, labels: labelsOf(mask.segments), voxels },
  };
}
