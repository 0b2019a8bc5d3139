import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { engine, findBackend, registerBackend } from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import type { TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import { UserError } from '@shared/errors';
import { registerOwnKernels } from './kernels';
import { ADDON } from './manifest';

/** The name under which tfjs-node-gpu's kernels are registered. */
const BACKEND = 'tensorflow';
const PACKAGE = '@tensorflow/tfjs-node-gpu';
/** Not named `require`: the bundler declares that name itself. */
const packageHere = createRequire(import.meta.url);

export type TensorflowDevice = 'cpu' | 'cuda';

export interface NativeOptions {
  /** Folder with the addon and the two libraries (`residua engine install tensorflow` makes it). */
  readonly dir: string;
  /** Threads of one operator; as many as there are cores where absent. The first engine of a process decides. */
  readonly threads?: number;
  /** `cpu` hides every GPU. The first engine of a process decides. */
  readonly device?: 'auto' | TensorflowDevice;
}

let loaded: { dir: string; backend: NodeJSKernelBackend } | undefined;

/**
 * Loads libtensorflow and registers tfjs-node-gpu's kernels with tfjs-core, once in a process. The package's own entry is
 * passed by: it looks for its addon inside of `node_modules`, which an installed app may not write to.
 * @throws UserError engine-missing where it cannot be loaded
 */
export function loadNative({ dir, threads, device }: NativeOptions): NodeJSKernelBackend {
  if (loaded) {
    if (loaded.dir !== dir)
      throw new UserError('engine-missing', `this process has the tensorflow engine of ${loaded.dir} loaded already`);
    return loaded.backend;
  }
  const addon = join(dir, ADDON);
  if (!existsSync(addon))
    throw new UserError('engine-missing', 'the tensorflow engine is not installed: residua engine install tensorflow');
  // libtensorflow reads these when it is loaded. What the person has set stays.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (threads !== undefined) process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  if (device === 'cpu') process.env.CUDA_VISIBLE_DEVICES = '-1';
  try {
    restoreUtil();
    const binding = packageHere(addon) as TFJSBinding;
    packageHere(`${PACKAGE}/dist/register_all_kernels`);
    const { NodeJSKernelBackend: Backend } = packageHere(`${PACKAGE}/dist/nodejs_kernel_backend`) as {
      NodeJSKernelBackend: new (binding: TFJSBinding, packageName: string) => NodeJSKernelBackend;
    };
    registerBackend(BACKEND, () => new Backend(binding, PACKAGE), 0);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UserError('engine-missing', `the tensorflow engine does not load: ${reason}`, { cause: error });
  }
  const backend = withNative(() => findBackend(BACKEND) as NodeJSKernelBackend);
  registerOwnKernels(backend, BACKEND);
  loaded = { dir, backend };
  return backend;
}

/** tfjs-node-gpu 4.22 calls two functions that Node deprecates, and took away in 23. */
function restoreUtil(): void {
  const util = packageHere('node:util') as Record<string, unknown>;
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  util.isArray = Array.isArray;
}

/**
 * Runs a function with tensorflow as tfjs-core's backend and frees every tensor that it made and did not give back. All
 * synchronous, so that a trace of the onnx engine in the same process never meets these kernels.
 */
export function withNative<T>(body: () => T): T {
  const before = engine().backendName;
  try {
    void engine().setBackend(BACKEND);
    return body();
  } finally {
    if (before && before !== BACKEND) void engine().setBackend(before);
  }
}
