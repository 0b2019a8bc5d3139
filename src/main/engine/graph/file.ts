import { createHash } from 'node:crypto';
import type { Attribute, Elements, ElementType, Graph, GraphNode, Value } from './graph';
import { ProtobufWriter } from './protobuf';

/** ONNX operator set 20 (exact Gelu; axes as inputs) in file format 9, readable by onnxruntime 1.17 and later. */
const OPERATOR_SET = 20;
const IR_VERSION = 9;
/**
 * Numbers of a network above this size lie outside of the protobuf where the reader takes them from memory. Shapes and lengths (int64) never do: they are
 * read while the graph is checked, before what lies outside is there.
 */
const INLINE_BYTES = 1024;

const ELEMENT_CODES: Record<ElementType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };
const HALF_CODE = 10;
const FLOAT = 1;
const INT = 2;
const STRING = 3;
const INTS = 7;

export interface ExternalData {
  readonly path: string;
  /** The numbers as they were given, by which equal constants are known again. */
  readonly source: Uint8Array;
  /** As they are to lie in the file; where that differs from `source` a copy, which the caller lets go of. */
  readonly bytes: () => Uint8Array;
}
export interface ModelFile {
  readonly model: Uint8Array;
  /** Large constants, by reference: not copied. */
  readonly external: readonly ExternalData[];
  /** Frozen weights are to stay in the one layout that they have, with no copy of them laid out for products. */
  readonly oneLayout: boolean;
  readonly nodes: number;
}
export interface EncodeOptions {
  /** `false`: every constant lies in the protobuf. */
  readonly external: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Writes weights in half precision by this function; the reader casts them back and computes in single precision. */
  readonly half?: (values: Float32Array) => Uint16Array;
  /** Names of free first axes, by input or output name. */
  readonly freeAxis?: string;
}

/** Writes the part of the graph that its outputs need as an ONNX ModelProto. Equal graphs are equal bytes. */
export function encodeModel(graph: Graph, outputs: Readonly<Record<string, Value>>, options: EncodeOptions): ModelFile {
  const named = nameOutputs(graph, outputs);
  const nodes = neededNodes(graph.nodes, Object.values(named));
  const constants = constantsOf(nodes);
  const read = new Set([...Object.values(named), ...nodes.flatMap((node) => node.inputs)]);
  const names = new Map<Value, string>();
  for (const [name, value] of Object.entries(named)) names.set(value, name);
  const nameOf = (value: Value): string => names.get(value) ?? value.name ?? `/${value.index}`;
  const external: ExternalData[] = [];

  const model = new ProtobufWriter();
  model.integer(1, IR_VERSION).text(2, 'residua');
  model.message(7, (g) => {
    const halves = halvesOf(constants, options);
    for (const constant of halves.keys()) g.message(1, (n) => writeCast(n, nameOf(constant)));
    for (const node of nodes) g.message(1, (n) => writeNode(n, node, nameOf, read));
    g.text(2, 'network');
    for (const constant of constants)
      g.message(5, (t) => {
        const half = halves.get(constant);
        const bytes = bytesOf(half ?? constant.elements!);
        if (half) writeTensorHead(t, constant.shape, HALF_CODE, halfName(nameOf(constant)));
        else writeTensorHead(t, constant.shape, ELEMENT_CODES[constant.dtype], nameOf(constant));
        if (!options.external || constant.dtype === 'int64' || bytes.byteLength <= INLINE_BYTES) t.bytes(9, bytes);
        else {
          const path = `constant-${external.length}`;
          external.push({ path, source: bytes, bytes: () => laidOut(constant, bytes) });
          for (const [key, value] of [
            ['location', path],
            ['offset', '0'],
            ['length', String(bytes.byteLength)],
          ] as const)
            t.message(13, (entry) => entry.text(1, key).text(2, value));
          t.integer(14, 1);
        }
      });
    for (const input of graph.inputs) g.message(11, (v) => writeValueInfo(v, nameOf(input), input, options.freeAxis));
    for (const [name, value] of Object.entries(named))
      g.message(12, (v) => writeValueInfo(v, name, value, options.freeAxis));
  });
  model.message(8, (o) => o.text(1, '').integer(2, OPERATOR_SET));
  for (const [key, value] of Object.entries(options.metadata ?? {}))
    model.message(14, (m) => m.text(1, key).text(2, value));
  // What only answers many rows is faster with weights laid out for that once more.
  const oneLayout =
    graph.oneLayout && (graph.differentiated || constants.some(({ blockRows }) => blockRows !== undefined));
  return { model: model.finish(), external, oneLayout, nodes: nodes.length };
}

/** Identifies a program: equal graphs over the very same constants in memory share one session. */
export function modelKey(file: ModelFile): string {
  const hash = createHash('sha256').update(file.model);
  for (const { source } of file.external)
    hash.update(`${identityOf(source.buffer)}:${source.byteOffset}:${source.byteLength};`);
  return hash.digest('hex');
}

const identities = new WeakMap<ArrayBufferLike, number>();
let identityCount = 0;
function identityOf(buffer: ArrayBufferLike): number {
  let identity = identities.get(buffer);
  if (identity === undefined) identities.set(buffer, (identity = identityCount++));
  return identity;
}

/** Every output is a node's own result: inputs, constants and results asked for twice pass an Identity first. */
function nameOutputs(graph: Graph, outputs: Readonly<Record<string, Value>>): Record<string, Value> {
  const taken = new Set<Value>();
  const named: Record<string, Value> = {};
  for (const [name, value] of Object.entries(outputs)) {
    let own = value;
    while (!own.node || taken.has(own)) own = graph.one('Identity', [own], own.shape, { output: name });
    taken.add(own);
    named[name] = own;
  }
  return named;
}

/** The nodes that some values need, in order. */
export function neededNodes(nodes: readonly GraphNode[], outputs: readonly Value[]): GraphNode[] {
  const needed = new Set<GraphNode>();
  const open = outputs.flatMap((value) => (value.node ? [value.node] : []));
  for (let node = open.pop(); node; node = open.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    for (const input of node.inputs) if (input.node) open.push(input.node);
  }
  return nodes.filter((node) => needed.has(node));
}

function constantsOf(nodes: readonly GraphNode[]): Value[] {
  const constants = new Set<Value>();
  for (const node of nodes) for (const input of node.inputs) if (input.elements) constants.add(input);
  return [...constants];
}

/** Operators whose results after the first need not be made: ONNX leaves out their names. */
const OPTIONAL_RESULTS = new Set(['LayerNormalization']);

function writeNode(
  writer: ProtobufWriter,
  node: GraphNode,
  nameOf: (value: Value) => string,
  read: ReadonlySet<Value>,
): void {
  for (const input of node.inputs) writer.text(1, nameOf(input));
  const optional = OPTIONAL_RESULTS.has(node.op);
  node.outputs.forEach((output, i) => writer.text(2, optional && i > 0 && !read.has(output) ? '' : nameOf(output)));
  writer.text(3, `${node.op}/${node.outputs[0]!.index}`).text(4, node.op);
  if (node.op !== 'Identity')
    for (const [name, value] of Object.entries(node.attributes))
      writer.message(5, (a) => writeAttribute(a, name, value));
  if (node.domain) writer.text(7, node.domain);
}

function writeAttribute(writer: ProtobufWriter, name: string, value: Attribute): void {
  writer.text(1, name);
  if (typeof value === 'number') writer.integer(3, value).integer(20, INT);
  else if (typeof value === 'string') writer.text(4, value).integer(20, STRING);
  else if ('float' in value) writer.float(2, value.float).integer(20, FLOAT);
  else {
    for (const item of value) writer.integer(8, item);
    writer.integer(20, INTS);
  }
}

function writeTensorHead(writer: ProtobufWriter, shape: readonly number[], code: number, name: string): void {
  for (const size of shape) writer.integer(1, size);
  writer.integer(2, code).text(8, name);
}

const halfName = (name: string): string => `${name}/half`;

/** The weights that half precision can hold, by constant. */
function halvesOf(constants: readonly Value[], { half }: EncodeOptions): Map<Value, Uint16Array> {
  const halves = new Map<Value, Uint16Array>();
  if (!half) return halves;
  for (const constant of constants) {
    if (constant.name === undefined || !(constant.elements instanceof Float32Array)) continue;
    const values = half(constant.elements);
    const fits = values.every((bits) => (bits & 0x7c00) !== 0x7c00); // neither infinite nor no number
    if (fits) halves.set(constant, values);
  }
  return halves;
}

function writeCast(writer: ProtobufWriter, name: string): void {
  writer.text(1, halfName(name)).text(2, name).text(3, `Cast/${name}`).text(4, 'Cast');
  writer.message(5, (a) => writeAttribute(a, 'to', ELEMENT_CODES.float32));
}

function writeValueInfo(writer: ProtobufWriter, name: string, value: Value, freeAxis: string | undefined): void {
  writer
    .text(1, name)
    .message(2, (type) =>
      type.message(1, (tensor) =>
        tensor
          .integer(1, ELEMENT_CODES[value.dtype])
          .message(2, (shape) =>
            value.shape.forEach((size, axis) =>
              shape.message(1, (dim) => (axis === 0 && freeAxis ? dim.text(2, freeAxis) : dim.integer(1, size))),
            ),
          ),
      ),
    );
}

function bytesOf(elements: Elements | Uint16Array): Uint8Array {
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

/** A constant's bytes in the layout that its value asks for. */
function laidOut({ shape, elements, blockRows }: Value, bytes: Uint8Array): Uint8Array {
  if (blockRows === undefined) return bytes;
  const [blocks, inSize] = shape as [number, number, number];
  const from = elements as Float32Array; // [out, in]
  const to = new Float32Array(from.length); // [out / rows, in, rows]
  for (let block = 0; block < blocks; block++)
    for (let row = 0; row < blockRows; row++) {
      const start = (block * blockRows + row) * inSize;
      let at = block * inSize * blockRows + row;
      for (let i = 0; i < inSize; i++, at += blockRows) to[at] = from[start + i]!;
    }
  return bytesOf(to);
}
