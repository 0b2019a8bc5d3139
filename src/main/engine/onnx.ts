import type { Engine } from './types';

export interface OnnxEngineOptions {
  /** Threads of one operator; all cores but none more where absent. */
  readonly threads?: number;
  /** Where the graph runs. */
  readonly device?: 'cpu';
}

/** The engine that is always there: networks traced once into a static ONNX graph and run by onnxruntime. */
export async function createOnnxEngine(_options: OnnxEngineOptions = {}): Promise<Engine> {
  throw new Error('under construction');
}
