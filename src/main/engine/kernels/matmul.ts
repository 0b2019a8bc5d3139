import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph';
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
    const whole = byBlocks(a, b, transposeA, transposeB);
    if (whole) return whole;
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
  if (g.oneLayout && transposeB && !transposeA && b.value.elements)
    return { value: fusedMatMul([force(a), force(b)], shape, { transB: 1 }), shape };
  const left = transposeA ? swapLast(a) : a;
  const right = transposeB ? swapLast(b) : b;
  return { value: g.one('MatMul', [force(left), force(right)], shape), shape };
}

/** Weights of fewer numbers are small enough to be laid out twice. */
const LARGE = 1 << 20;
/** With more rows than that the product costs more than reading the weight, and its parts would be large. */
const FEW_ROWS = 64;
/** A row of so many numbers is read at memory's speed; its multiples divide the sizes of published blocks. */
const BLOCK_ROWS = 256;

/**
 * Few rows times a large frozen matrix W [out, in] or its transpose. Reading W is all that costs: it lies in one layout, blocks
 * [out / 256, in, 256], that both products read from end to end, where W's own rows are apart by powers of two as caches and pages are.
 */
function byBlocks(a: Traced, b: Traced, transposeA: boolean, transposeB: boolean): Traced | undefined {
  const g = activeGraph();
  const { elements, name, shape } = b.value;
  const isFrozen = g.oneLayout && elements instanceof Float32Array && name !== undefined && shape.length === 2;
  if (!isFrozen || transposeA || elements.length < LARGE || a.shape[0]! > FEW_ROWS) return undefined;
  const [outSize, inSize] = shape as [number, number];
  const rows = a.shape[0]!;
  if (outSize % BLOCK_ROWS !== 0) return undefined;
  const blocks = outSize / BLOCK_ROWS;
  const weight = g.blockedWeight(b.value, BLOCK_ROWS); // [n, in, 256]
  const whole = (value: Value): Traced => ({ value, shape: value.shape });
  if (transposeB) {
    const parts = g.one('MatMul', [force(a), weight], [blocks, rows, BLOCK_ROWS]); // [n, M, 256]
    return reshape(transpose(whole(parts), [1, 0, 2]), [rows, outSize]); // [M, out]
  }
  const pieces = transpose(reshape(a, [rows, blocks, BLOCK_ROWS]), [1, 0, 2]); // [n, M, 256]
  const parts = fusedMatMul([force(pieces), weight], [blocks, rows, inSize], { transB: 1 }); // [n, M, in]
  return whole(g.one('ReduceSum', [parts, g.integers([0])], [rows, inSize], { keepdims: 0 }));
}

/** A product of stacks that reads an operand transposed as it lies. */
function fusedMatMul(inputs: readonly Value[], shape: readonly number[], attributes: Record<string, number>): Value {
  return activeGraph().node('FusedMatMul', inputs, [{ dtype: 'float32', shape }], attributes, 'com.microsoft')[0]!;
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
