export { installTensorflow, unsupported } from './install';
export { checkTensorflow } from './check';
export { gpuReport, graphicsCards } from './gpus';
export type { EngineSource } from './types';
