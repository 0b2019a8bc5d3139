import { createOnnxEngine, createTensorflowEngine } from '@main/engine';
import type { Engine } from '@main/engine';
import { readManifest } from '@main/engine/tensorflow/manifest';
import { tensorflowDir } from '@main/project/enginesDir';

export interface TestEngine {
  readonly name: Engine['name'];
  /** False: its tests are skipped, which CI counts as failed. */
  readonly here: boolean;
  create(threads?: number): Promise<Engine>;
}

const dir = tensorflowDir();
/** Every engine that there is; `npx vitest` skips what this machine has not installed. */
export const ENGINES: readonly TestEngine[] = [
  { name: 'onnx', here: true, create: (threads) => createOnnxEngine({ threads }) },
  {
    name: 'tensorflow',
    here: readManifest(dir) !== null,
    create: (threads) => createTensorflowEngine({ dir, threads }),
  },
];
