export type {
  AdamWOptions,
  Engine,
  HostTensor,
  HostTensors,
  Program,
  TensorSpec,
  Trainer,
  TrainerOptions,
} from './types';
export { createOnnxEngine } from './onnx';
export type { OnnxEngineOptions } from './onnx';
export { createTensorflowEngine } from './tensorflow/engine';
export { openEngine } from './choose';
export type { EngineChoice } from './choose';
export { checkOnnxPlace } from './checkPlace';
export { whyNoProvider } from './places';
export { exportOnnx } from './export';
export { runOnnx } from './runOnnx';
export type { ExportOptions } from './export';
export { hashOfEncoder, loadEncoder, openEncoder } from './encoders';
export type { EncoderFile, LoadedEncoder } from './encoders';
export { hashOfBlock, importBlock, libraryBlocks, loadBlock, openBlocks, ranges } from './blocks';
export type { BlockFile, BlockOptions, LoadedBlock } from './blocks';
