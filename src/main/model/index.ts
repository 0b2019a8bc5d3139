export * from './types';
export { embed, encode, encodeFrom, encoderTensors, finalNorm, withoutExtra } from './encoder';
export type { EncoderTensor } from './encoder';
export { encodeVolume, volumeStart, volumeTokens, VOLUME_EPSILON } from './volume';
export { blockOf, blockTensors, finalNormOf, languageBlock, llamaBlock, BLOCK_PREFIX } from './block';
export { canAbsorb, familyAbsorbs } from './absorbed';
export { resampledPosition } from './position';
export { residual, refusedCombination, isBlockCore } from './residual';
export type { ResidualConfig, ResidualResult } from './residual';
export { classify, clsAndMeanPatch, clsRow, HEAD_EPSILON } from './head';
export { sequenceCls, sliceSequence } from './sequence';
export { binaryCrossEntropy, crossEntropy, crossEntropyOf } from './loss';
export { ordinalLogProbabilities } from './ordinal';
export { attend, gelu, layerNorm, linear, normalise } from './layers';
export {
  decays,
  filled,
  normalNumbers,
  prefixBlock,
  randomLike,
  randomNumbers,
  truncatedNormal,
  uniformByFanIn,
} from './initial';
