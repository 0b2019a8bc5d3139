/** Volumes in files: listed by their headers, read with their voxels; geometry in LPS millimetres (docs/volumes.md). */
export { openVolume, overlaysOf } from './formats';
export { listVolumes } from './list';
export { problemOf } from './listing';
export { formatOf } from './sniff';
export { VolumeProblem } from './problem';
export { describe, valuesOf } from './read';
export type { OpenVolume, StoredArray, StoredSlice, VolumeEntry, VolumeListing } from './types';
export { checkWritable, writeVolume } from './write';
export { writeMask } from './writeMask';
