import { engine, mean, mul, registerGradient, sub, sum } from '@tensorflow/tfjs-core';
import type { GradFunc, Tensor } from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph';
import { activeGraph, force } from '../trace';
import { kernel } from './register';

/**
 * Operators that `model/fused.ts` asks for by name: one ONNX node forward, and derivatives written with as few passes over
 * memory as ONNX's operators allow, for a chain of small operations costs more here than its arithmetic.
 */
export const LAYER_NORM = 'LayerNormalization';
export const GELU = 'Gelu';
export const GELU_GRADIENT = 'GeluGradient';

export function registerFused(): void {
  kernel(LAYER_NORM, (k) => {
    const [x, gain, bias] = [force(k.in('x')), force(k.in('gain')), force(k.in('bias'))];
    const epsilon = Number(k.attrs.epsilon);
    const results = activeGraph().differentiated
      ? layerNormParts(x, gain, bias, epsilon)
      : [layerNorm(x, gain, bias, epsilon)];
    return results.map((value) => ({ value, shape: value.shape }));
  });
  registerGradient({
    kernelName: LAYER_NORM,
    inputsToSave: ['gain'],
    outputsToSave: [false, true, true],
    gradFunc: (dys, [gain, standard, scale]) => layerNormGradient((dys as Tensor[])[0]!, gain!, standard!, scale!),
  });

  kernel(GELU, (k) => {
    const x = k.in('x');
    return { value: activeGraph().one('Gelu', [x.value], x.value.shape), shape: x.shape };
  });
  kernel(GELU_GRADIENT, (k) => {
    const value = geluGradient(force(k.in('dy')), force(k.in('x')));
    return { value, shape: value.shape };
  });
  registerGradient({
    kernelName: GELU,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => engine().runKernel<Tensor>(GELU_GRADIENT, { dy: dy as Tensor, x: x! }) }),
  });
}

function layerNorm(x: Value, gain: Value, bias: Value, epsilon: number): Value {
  return activeGraph().one('LayerNormalization', [x, gain, bias], x.shape, { axis: -1, epsilon: { float: epsilon } });
}

/**
 * LayerNorm in its parts: its derivative reads x̂, and onnxruntime's operator takes the variance as a difference of two means,
 * whose rounding is seen in Adam's first steps where a gradient is nearly 0.
 * @returns y, x̂ [..., e] and the scale 1/√(variance + ε) [..., 1]
 */
function layerNormParts(x: Value, gain: Value, bias: Value, epsilon: number): Value[] {
  const g = activeGraph();
  const row = [...x.shape.slice(0, -1), 1];
  const last = g.integers([-1]);
  const meanOf = (value: Value): Value => g.one('ReduceMean', [value, last], row, { keepdims: 1 });
  const centred = g.one('Sub', [x, meanOf(x)], x.shape); // [..., e]
  const variance = g.one('Add', [meanOf(g.one('Mul', [centred, centred], x.shape)), g.scalar(epsilon)], row); // [..., 1]
  const scale = g.one('Reciprocal', [g.one('Sqrt', [variance], row)], row); // [..., 1]
  const standard = g.one('Mul', [centred, scale], x.shape); // [..., e]
  return [g.one('Add', [g.one('Mul', [standard, gain], x.shape), bias], x.shape), standard, scale];
}

/**
 * With d = dy·gain: dx = scale·(d - mean(d) - x̂·mean(d·x̂)), dgain = Σ dy·x̂, dbias = Σ dy.
 * @param dy,standard [..., e] @param gain [e] @param scale [..., 1]
 */
function layerNormGradient(dy: Tensor, gain: Tensor, standard: Tensor, scale: Tensor): ReturnType<GradFunc> {
  const rows = dy.shape.slice(0, -1).map((_, axis) => axis);
  return {
    x: () => {
      const d = mul(dy, gain); // [..., e]
      const slope = mean(mul(d, standard), -1, true); // [..., 1]
      return mul(sub(sub(d, mean(d, -1, true)), mul(standard, slope)), scale); // [..., e]
    },
    gain: () => sum(mul(dy, standard), rows), // [e]
    bias: () => sum(dy, rows), // [e]
  };
}

/**
 * dy·(Φ(x) + x·φ(x)) with Φ(x) = (1 + erf(x/√2))/2 and x·φ(x) = h / e^{h²} / √π, h = x/√2. Where e^{h²} overflows, the
 * quotient is 0, as it should be.
 */
function geluGradient(dy: Value, x: Value): Value {
  const g = activeGraph();
  const { shape } = x;
  const h = g.one('Mul', [x, g.scalar(Math.SQRT1_2)], shape);
  // (1 + erf) / 2 in one pass: HardSigmoid is max(0, min(1, αx + β)), and here nothing is cut.
  const half = { float: 0.5 };
  const phi = g.one('HardSigmoid', [g.one('Erf', [h], shape)], shape, { alpha: half, beta: half });
  const bell = g.one('Div', [h, g.one('Exp', [g.one('Mul', [h, h], shape)], shape)], shape);
  const slope = g.one('Add', [phi, g.one('Mul', [bell, g.scalar(1 / Math.sqrt(Math.PI))], shape)], shape);
  return g.one('Mul', [dy, slope], shape);
}
