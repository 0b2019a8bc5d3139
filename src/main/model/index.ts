export * from './types';
export { encode, encoderShapes, finalNorm, DINOV2_SMALL } from './encoder';
export { param } from './params';
export { blockOf, blockShapes, languageBlock, languageBlockRow0, BLOCK_PREFIX, BLOCK_TENSORS } from './block';
export type { AbsorbedBlock, BlockTensor } from './block';
export { residual, refusedCombination, isBlockCore } from './residual';
export type { ResidualConfig, ResidualResult } from './residual';
export { classify, clsAndMeanPatch, clsRow, HEAD_EPSILON } from './head';
export { crossEntropy } from './loss';
export { gelu, layerNorm, linear, normalise, rmsNorm, silu } from './layers';
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
