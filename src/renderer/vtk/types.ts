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
}

/** Width and middle of the values that go from black to white, after rescale. */
export interface Grey {
  readonly width: number;
  readonly level: number;
  readonly invert: boolean;
}

/** Slices beside the present one that are looked at together. */
export interface Slab {
  readonly kind: 'max' | 'min' | 'mean';
  /** Millimetres. */
  readonly thickness: number;
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
  look(look: Look, view: Rect): void;
  dispose(): void;
}
