import { existsSync } from 'node:fs';
import { checkOnnxPlace, createOnnxEngine, createTensorflowEngine } from '@main/engine';
import type { Engine } from '@main/engine';
import { readManifest } from '@main/engine/tensorflow/manifest';
import { tensorflowDir } from '@main/project/enginesDir';

export interface TestEngine {
  readonly name: 'onnx' | 'tensorflow' | 'onnx on webgpu';
  /** False: its tests are skipped, which CI counts as failed. */
  readonly here: boolean;
  /** It imitates a GPU on the processor: only small networks. */
  readonly slow: boolean;
  create(threads?: number): Promise<Engine>;
}

/** A Vulkan driver that computes on the processor, which Debian's Chromium brings: WebGPU is tried on machines without a GPU. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (existsSync(SWIFTSHADER)) process.env.VK_ICD_FILENAMES ??= SWIFTSHADER;

const dir = tensorflowDir();
const webgpu = await checkOnnxPlace('webgpu').catch((error: unknown) => {
  console.warn(`webgpu is not tested: ${String(error)}`);
  return null;
});

/** Every engine and device that there is; `npx vitest` skips what this machine has not installed. */
export const ENGINES: readonly TestEngine[] = [
  { name: 'onnx', here: true, slow: false, create: (threads) => createOnnxEngine({ threads }) },
  {
    name: 'tensorflow',
    here: readManifest(dir) !== null,
    slow: false,
    create: (threads) => createTensorflowEngine({ dir, threads }),
  },
  {
    name: 'onnx on webgpu',
    here: webgpu !== null,
    slow: webgpu?.software ?? false,
    create: () => createOnnxEngine({ place: 'webgpu' }),
  },
];
