export { gpuHere } from './context';
export { Stage } from './stage';
export type { Arranged } from './stage';
export type { Gpu } from './context';
export type { SliceLook } from './sliceView';
export type { Grey, LayerLook, Rect, Rgb, Slab, Voxels } from './types';
export type { Transfer, VolumeLook } from './volumeView';
