import { matMul, mean, square, sum } from '@tensorflow/tfjs-core';
import type { Place, PlaceCheck } from '@shared/domain';
import { UserError } from '@shared/errors';
import { createOnnxEngine } from './onnx';
import { loadedDriver, placeName } from './places';
import type { Engine, HostTensor } from './types';

/** [2, 2] */
const matrix = (...numbers: number[]): HostTensor => ({
  dtype: 'float32',
  shape: [2, 2],
  data: Float32Array.from(numbers),
});
const A = matrix(1, 2, 3, 4);
const W = matrix(0.5, -1, 2, 0.25);
/** a·w, and aᵀ(a·w) of the mean over two rows. */
export const PRODUCT = [4.5, -0.5, 9.5, -2];
export const GRADIENT = [33, -6.5, 47, -9];

/** Multiplies a matrix and takes a gradient on the engine's device. @throws UserError engine-missing where it does not compute, or wrongly */
export async function checkPlace(engine: Engine): Promise<PlaceCheck> {
  const program = await engine.gradients({
    params: { w: W },
    frozen: {},
    inputs: { a: { dtype: 'float32', shape: [2, 2] } },
    loss: ({ w }, _, { a }) => {
      const product = matMul(a!, w!); // [2, 2]
      return { loss: sum(mean(square(product), 0)), product };
    },
  });
  try {
    const found = await program.run({ a: A });
    expectNumbers(engine.place, 'a matrix product', found.product!, PRODUCT);
    expectNumbers(engine.place, 'a gradient', found['grad.w']!, GRADIENT);
  } finally {
    await program.dispose();
  }
  return engine.place === 'webgpu' ? loadedDriver() : { driver: null, software: false };
}

/** The same for a device of the onnx engine by its name. */
export async function checkOnnxPlace(place: Place): Promise<PlaceCheck> {
  return checkPlace(await createOnnxEngine({ place }));
}

function expectNumbers(place: Place, what: string, { data }: HostTensor, expected: readonly number[]): void {
  if (expected.some((value, i) => !(Math.abs(data[i]! - value) < 1e-3)))
    throw new UserError(
      'engine-missing',
      `${placeName(place)} computes wrongly here: ${what} came out as ${[...data].join(', ')} instead of ${expected.join(', ')}`,
    );
}
