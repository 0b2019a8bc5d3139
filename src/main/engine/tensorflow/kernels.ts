import {
  add,
  BatchMatMul,
  div,
  erf,
  exp,
  mean,
  mul,
  reciprocal,
  registerKernel,
  sqrt,
  square,
  sub,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import { GELU, GELU_GRADIENT, LAYER_NORM } from '../kernels/fused';

/**
 * Kernels in place of tfjs-node-gpu's own, and those that `model/fused.ts` asks for by name: the same numbers with fewer passes
 * over memory, which is what an eager step's time goes into.
 */
export function registerOwnKernels(backend: NodeJSKernelBackend, backendName: string): void {
  const kernel = (kernelName: string, run: (inputs: Tensor[], attrs: NamedAttrMap) => Tensor | Tensor[]): void =>
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => run(Object.values(inputs) as Tensor[], attrs ?? {}),
    });
  kernel(LAYER_NORM, ([x, gain, bias], { epsilon }) => layerNorm(x!, gain!, bias!, Number(epsilon)));
  kernel(GELU, ([x]) => gelu(x!));
  kernel(GELU_GRADIENT, ([dy, x]) => geluGradient(dy!, x!));

  // libtensorflow's product of plain matrices is faster than that of stacks of one.
  unregisterKernel(BatchMatMul, backendName);
  kernel(BatchMatMul, ([a, b], { transposeA, transposeB }) =>
    product(backend, a!, b!, Boolean(transposeA), Boolean(transposeB)),
  );
}

function product(backend: NodeJSKernelBackend, a: TensorInfo, b: TensorInfo, left: boolean, right: boolean): Tensor {
  const { binding } = backend;
  const plain = a.shape.length === 2 && b.shape.length === 2;
  const flag = (name: string, value: boolean) => ({ name, type: binding.TF_ATTR_BOOL, value });
  const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: backend.getDTypeInteger(a.dtype) };
  return plain
    ? backend.executeSingleOutput('MatMul', [type, flag('transpose_a', left), flag('transpose_b', right)], [a, b])
    : backend.executeSingleOutput('BatchMatMulV2', [type, flag('adj_x', left), flag('adj_y', right)], [a, b]);
}

/** @returns y, x̂ [..., e] and the scale 1/√(variance + ε) [..., 1], which the derivative reads */
function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor[] {
  const centred = sub(x, mean(x, -1, true)); // [..., e]
  const scale = reciprocal(sqrt(add(mean(square(centred), -1, true), epsilon))); // [..., 1]
  const standard = mul(centred, scale); // [..., e]
  return [add(mul(standard, gain), bias), standard, scale];
}

/** x Φ(x), Φ(x) = (1 + erf(x/√2))/2 */
function gelu(x: Tensor): Tensor {
  return mul(x, cumulative(mul(x, Math.SQRT1_2)));
}

/** dy·(Φ(x) + x·φ(x)), x·φ(x) = h·e^{−h²}/√π with h = x/√2 */
function geluGradient(dy: Tensor, x: Tensor): Tensor {
  const h = mul(x, Math.SQRT1_2);
  const bell = div(mul(h, 1 / Math.sqrt(Math.PI)), exp(square(h)));
  return mul(dy, add(cumulative(h), bell));
}

/** Φ of h = x/√2 */
const cumulative = (h: Tensor): Tensor => add(mul(erf(h), 0.5), 0.5);
