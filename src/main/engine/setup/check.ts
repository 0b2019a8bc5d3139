import { engine, matMul, mean, square, sum, tensor2d } from '@tensorflow/tfjs-core';
import type { EngineCheck } from '@shared/domain';
import { UserError } from '@shared/errors';
import { GRADIENT, PRODUCT } from '../checkPlace';
import { registerTracer } from '../kernels';
import { loadNative, withNative } from '../tensorflow/native';
import { scoped } from '../tensorflow/tensors';

/** Loads an engine's folder, multiplies a matrix and takes a gradient. @throws UserError engine-missing where any of it is wrong */
export function checkTensorflow(dir: string): EngineCheck {
  registerTracer();
  const backend = loadNative({ dir });
  const [product, gradient] = withNative(() =>
    scoped(() => {
      const a = tensor2d([1, 2, 3, 4], [2, 2]);
      const w = tensor2d([0.5, -1, 2, 0.25], [2, 2]);
      const { grads } = engine().gradients(() => sum(mean(square(matMul(a, w)), 0)), [w], undefined, true);
      return [matMul(a, w).dataSync(), grads[0]!.dataSync()] as const;
    }),
  );
  expectNumbers('a matrix product', product, PRODUCT);
  expectNumbers('a gradient', gradient, GRADIENT);
  return { version: backend.binding.TF_Version, cuda: backend.isUsingGpuDevice };
}

function expectNumbers(what: string, actual: ArrayLike<number>, expected: readonly number[]): void {
  if (expected.some((value, i) => !(Math.abs(actual[i]! - value) < 1e-4)))
    throw new UserError(
      'engine-missing',
      `${what} came out as ${[...Array.from(actual)].join(', ')} instead of ${expected.join(', ')}`,
    );
}
