import { Graph } from './graph';
import type { GraphNode, Value } from './graph';

export interface TracedNetwork {
  readonly graph: Graph;
  readonly outputs: Readonly<Record<string, Value>>;
}

/** Two sizes that no real axis is a multiple of, so that whatever scales with them depends on the batch. */
const SIZES = [1009, 2003] as const;

/**
 * One graph for any batch, from traces of two: where the two differ, a size is a multiple of the batch, and is computed from
 * the first input's shape when the graph runs.
 * @throws where the traces differ in anything else
 */
export function withFreeBatch(trace: (batch: number) => TracedNetwork): TracedNetwork {
  const [a, b] = SIZES.map(trace) as [TracedNetwork, TracedNetwork];
  const graph = new Graph();
  const made = new Map<Value, Value>();
  for (const { name, dtype, shape } of a.graph.inputs) graph.input(name!, dtype, shape);
  a.graph.inputs.forEach((input, i) => made.set(input, graph.inputs[i]!));

  const copied = (value: Value, other: Value): Value => {
    const known = made.get(value);
    if (known) return known;
    const own = copyConstant(graph, value, other);
    made.set(value, own);
    return own;
  };
  if (a.graph.nodes.length !== b.graph.nodes.length) throw differing('the number of operations');
  a.graph.nodes.forEach((node, i) => {
    const other = b.graph.nodes[i]!;
    if (!sameOperation(node, other)) throw differing(`operation ${node.op}`);
    const inputs = node.inputs.map((input, k) => copied(input, other.inputs[k]!));
    const results = graph.node(node.op, inputs, node.outputs, node.attributes, node.domain);
    node.outputs.forEach((output, k) => made.set(output, results[k]!));
  });
  const outputs = Object.fromEntries(
    Object.entries(a.outputs).map(([name, value]) => [name, copied(value, b.outputs[name]!)]),
  );
  return { graph, outputs };
}

function sameOperation(a: GraphNode, b: GraphNode): boolean {
  return (
    a.op === b.op &&
    a.inputs.length === b.inputs.length &&
    JSON.stringify(a.attributes) === JSON.stringify(b.attributes)
  );
}

function copyConstant(graph: Graph, value: Value, other: Value): Value {
  const { dtype, shape, elements, name } = value;
  if (!elements || !other.elements) throw differing('an operand');
  if (name !== undefined && dtype !== 'int64') return graph.weight(name, shape, elements as Float32Array | Int32Array);
  if (elements.length === other.elements.length && elements.every((item, i) => item === other.elements![i]))
    return graph.constant(dtype, shape, elements);
  if (dtype !== 'int64') throw differing('a constant');
  return sizes(graph, [...(elements as BigInt64Array)].map(Number), [...(other.elements as BigInt64Array)].map(Number));
}

/** A list of sizes of which some are multiples of the batch. */
function sizes(graph: Graph, a: readonly number[], b: readonly number[]): Value {
  const batch = graph.one('Shape', [graph.inputs[0]!], [1], { start: 0, end: 1 }, 'int64');
  const parts = a.map((size, i) => {
    if (size === b[i]) return graph.integers([size]);
    const factor = size / SIZES[0];
    if (!Number.isInteger(factor) || factor * SIZES[1] !== b[i]) throw differing('a size');
    return factor === 1 ? batch : graph.one('Mul', [batch, graph.integers([factor])], [1]);
  });
  return parts.length === 1 ? parts[0]! : graph.one('Concat', parts, [parts.length], { axis: 0 });
}

function differing(what: string): Error {
  return new Error(
    `the network depends on the size of its batch in more than its shapes (${what}): export a fixed batch`,
  );
}
