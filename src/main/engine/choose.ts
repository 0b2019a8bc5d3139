import { existsSync } from 'node:fs';
import type { Device } from '@shared/domain';
import { UserError } from '@shared/errors';
import { createOnnxEngine } from './onnx';
import { createTensorflowEngine } from './tensorflow/engine';
import { readManifest } from './tensorflow/manifest';
import type { Engine } from './types';

export interface EngineChoice {
  readonly engine: 'auto' | 'onnx' | 'tensorflow';
  readonly device: Device;
  readonly threads?: number;
  /** Where the tensorflow engine is, if it is installed. */
  readonly tensorflowDir: string;
}

/**
 * The engine that a run asks for. `auto` takes tensorflow on CUDA where it is ready, else onnx; what was named is taken or refused,
 * never replaced.
 * @throws UserError engine-missing
 */
export async function openEngine({ engine, device, threads, tensorflowDir: dir }: EngineChoice): Promise<Engine> {
  if (engine === 'tensorflow') return createTensorflowEngine({ dir, threads, device });
  if (engine === 'onnx' && device === 'cuda')
    throw new UserError(
      'engine-missing',
      'the onnx engine computes on the CPU here: choose the tensorflow engine for CUDA',
    );
  if (engine === 'auto' && device !== 'cpu') {
    if (device === 'cuda') return createTensorflowEngine({ dir, threads, device });
    const found = hasNvidia() && readManifest(dir)?.cuda ? await onCuda(dir, threads) : null;
    if (found) return found;
  }
  return createOnnxEngine({ threads });
}

/** Whether NVIDIA's driver is loaded, without starting anything. */
const hasNvidia = (): boolean => existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl');

async function onCuda(dir: string, threads: number | undefined): Promise<Engine | null> {
  try {
    return await createTensorflowEngine({ dir, threads, device: 'cuda' });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`tensorflow on CUDA was passed over: ${error.message}`);
    return null;
  }
}
