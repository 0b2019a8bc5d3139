import type { PixelArray } from '@shared/pixels';
import type { Grid } from '@shared/space';
import type { vtkRenderer } from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { GpuVolume } from './gpuVolume';

/** Voxels that can be drawn: stored values of a grid, of which slices may still be on their way. */
export interface Voxels {
  readonly grid: Grid;
  /** Values of a voxel side by side: 1 grey, 3 RGB. */
  readonly components: 1 | 3;
  /** Stored values, first axis fastest; a value after rescale is `slope` × stored + `intercept`. */
  readonly data: PixelArray;
  readonly slope: number;
  readonly intercept: number;
  /** Of each slice along the third axis whether it has arrived; none said: all have. */
  readonly here?: Uint8Array | undefined;
}

/** Width and middle of the values that go from black to white, after rescale. */
export interface Grey {
  readonly width: number;
  readonly level: number;
  readonly invert: boolean;
  /** Brightness 0 … 1 at even steps over the width, where it is no straight line. */
  readonly curve?: readonly number[] | undefined;
}

/** Slices beside the present one that are looked at together. */
export interface Slab {
  readonly kind: 'max' | 'min' | 'mean';
  /** Millimetres. */
  readonly thickness: number;
}

/** Red, green and blue, 0 … 1. */
export type Rgb = readonly [number, number, number];

/** Something that lies over the volume, with a geometry of its own. */
export interface LayerLook {
  readonly id: string;
  readonly voxels: Voxels;
  /** 0 … 1. */
  readonly opacity: number;
  readonly colours: LabelColours | HeatColours;
}
/** Stored values are indices: a colour each, none for 0. */
export interface LabelColours {
  readonly kind: 'labels';
  readonly table: readonly Rgb[];
  readonly outline: boolean;
}
/** Values from … to (after rescale) go through the colours, ever less transparent. */
export interface HeatColours {
  readonly kind: 'heat';
  readonly from: number;
  readonly to: number;
  readonly table: readonly Rgb[];
}

/** A rectangle of the stage in CSS pixels from its top left corner. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A part of the stage that draws one volume in its own way. */
export interface StageView<Look> {
  readonly renderer: vtkRenderer;
  show(volume: GpuVolume | null): void;
  /** What lies over it, the lowest first. */
  cover(layers: readonly { readonly volume: GpuVolume; readonly look: LayerLook }[]): void;
  look(look: Look, view: Rect): void;
  dispose(): void;
}
