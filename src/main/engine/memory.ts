import { neededNodes } from './graph/file';
import type { GraphNode, Value } from './graph/graph';
import { sizeOf } from './trace';

const BYTES = { float32: 4, int32: 4, int64: 8, bool: 1 } as const;
const bytesOf = ({ dtype, shape }: Value): number => sizeOf(shape) * BYTES[dtype];
/** onnxruntime's arena grows by powers of two: measured, it holds about twice of what lives at once. */
const ARENA = 2;
/** Operators whose result is their input's memory under another shape. */
const VIEWS = new Set(['Reshape', 'Identity', 'Squeeze', 'Unsqueeze']);

/**
 * The most memory that intermediate results of a graph take at once, if its nodes run in order and each result is freed behind
 * its last reader. Inputs, constants and outputs are the caller's.
 */
export function peakBytes(nodes: readonly GraphNode[], outputs: readonly Value[]): number {
  const held = new Set(outputs);
  const owner = new Map<Value, Value>();
  const own = (value: Value): Value => owner.get(value) ?? value;
  const last = new Map<Value, number>();
  nodes.forEach((node, at) => {
    if (VIEWS.has(node.op) && node.inputs[0]!.node) owner.set(node.outputs[0]!, own(node.inputs[0]!));
    for (const input of node.inputs) last.set(own(input), at);
  });
  const ends = new Map<number, Value[]>();
  for (const [value, at] of last) ends.set(at, [...(ends.get(at) ?? []), value]);

  const live = new Map<Value, number>();
  let now = 0;
  let peak = 0;
  nodes.forEach((node, at) => {
    for (const output of node.outputs) {
      if (held.has(output) || own(output) !== output || !last.has(output)) continue;
      live.set(output, bytesOf(output));
      now += bytesOf(output);
    }
    peak = Math.max(peak, now);
    for (const value of ends.get(at) ?? []) {
      now -= live.get(value) ?? 0;
      live.delete(value);
    }
  });
  return peak;
}

/**
 * Memory that training takes by its graph's sizes: constants, results between them, and parameters with their moments, of which
 * two sets take turns and a third is the copy that a checkpoint is written from.
 * @param stateBytes one set of parameters and moments
 */
export function stepBytes(
  graph: { readonly nodes: readonly GraphNode[] },
  outputs: Readonly<Record<string, Value>>,
  stateBytes: number,
): number {
  const values = Object.values(outputs);
  const nodes = neededNodes(graph.nodes, values);
  const constants = new Set(nodes.flatMap((node) => node.inputs.filter((input) => input.elements)));
  const fixed = [...constants].reduce((sum, value) => sum + bytesOf(value), 0);
  return fixed + ARENA * peakBytes(nodes, values) + 3 * stateBytes;
}
