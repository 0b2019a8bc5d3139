import * as tf from '@tensorflow/tfjs-core';
import { activeGraph, force, sizeOf } from '../trace';
import type { Traced } from '../trace';
import { kernel } from './register';
import { reshape, transpose } from './shape';

/**
 * Matrix products over the last two axes. Plain matrices become Gemm, which takes transposed operands as they lie;
 * stacks become MatMul, whose Transpose onnxruntime takes into the product itself.
 */
function batchMatMul(a: Traced, b: Traced, transposeA: boolean, transposeB: boolean): Traced {
  const g = activeGraph();
  const [rows, inner] = lastTwo(a, transposeA);
  const [innerB, columns] = lastTwo(b, transposeB);
  if (inner !== innerB) throw new Error(`matMul: [${a.shape}] and [${b.shape}] do not fit`);
  const outer = tf.broadcast_util.assertAndGetBroadcastShape([...a.shape.slice(0, -2)], [...b.shape.slice(0, -2)]);
  const shape = [...outer, rows, columns];
  if (shape.length === 2) {
    const inputs = [force(a), force(b)];
    const value =
      transposeA || transposeB
        ? g.one('Gemm', inputs, shape, { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 })
        : g.one('MatMul', inputs, shape);
    return { value, shape };
  }
  if (sizeOf(outer) === 1) {
    const flat = (x: Traced): Traced => reshape(x, x.shape.slice(-2));
    return reshape(batchMatMul(flat(a), flat(b), transposeA, transposeB), shape);
  }
  const left = transposeA ? swapLast(a) : a;
  const right = transposeB ? swapLast(b) : b;
  return { value: g.one('MatMul', [force(left), force(right)], shape), shape };
}

function lastTwo(x: Traced, transposed: boolean): [number, number] {
  const [first, second] = x.shape.slice(-2) as [number, number];
  return transposed ? [second, first] : [first, second];
}

function swapLast(x: Traced): Traced {
  const rank = x.shape.length;
  return transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
}

export function registerMatMul(): void {
  kernel(tf.BatchMatMul, (k) =>
    batchMatMul(k.in('a'), k.in('b'), Boolean(k.attrs.transposeA), Boolean(k.attrs.transposeB)),
  );
}
