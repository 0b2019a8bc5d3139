/** Readers and writers of files. Input is hostile: sizes are checked before allocation, each bad file is one `UserError` that names it. */
export type {
  ArrayFile,
  ArrayMember,
  DecodedImage,
  Dtype,
  GgufFile,
  GgufTensor,
  GgufValue,
  NamedArray,
  NumberArray,
  StoredTensor,
  Table,
} from './types';
export { openArrays, streamArray, readArray, readMember } from './arrays';
export { decodeImage, decodeSmall } from './image';
export { readTable, writeCsv } from './table';
export { readGrid, type Grid } from './grid';
export { readSafetensors, toFloat32, writeSafetensors } from './safetensors';
export { openGguf } from './gguf';
export { toStored, ValueProblem, type StoredValues } from './stored';
export { fileError, readRange } from './file';
export { typedArray } from './typed';
export { openCheckpoint, type Checkpoint } from './checkpoint';
export { smallestExact } from './exact';
export { writeNpz } from './npzWriter';
export type { WeightFile, WeightTensor } from './weights';
