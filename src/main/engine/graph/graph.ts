import { createHash } from 'node:crypto';

export type ElementType = 'float32' | 'int32' | 'int64' | 'bool';
export type Elements = Float32Array | Int32Array | BigInt64Array | Uint8Array;
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** What flows between nodes: a result, an input or a constant. */
export interface Value {
  readonly index: number;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** The node that makes it; none for inputs and constants. */
  readonly node?: GraphNode;
  readonly elements?: Elements;
  /** Inputs and named constants. */
  readonly name?: string;
}

export interface GraphNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  outputs: readonly Value[];
}

export interface OutputType {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
}

/** Up to this size equal constants become one, whoever made them. */
const COMPARED_BYTES = 1 << 22;

/**
 * A static ONNX graph under construction. Equal nodes on equal values are one node, and equal constants one initializer,
 * so that a traced backward pass does not repeat what the forward pass has made.
 */
export class Graph {
  readonly inputs: Value[] = [];
  readonly nodes: GraphNode[] = [];
  private count = 0;
  private readonly known = new Map<string, readonly Value[]>();
  private readonly constants = new Map<string, Value>();

  /** @param differentiated derivatives will be traced as well: operators keep what these need */
  constructor(readonly differentiated = false) {}

  input(name: string, dtype: ElementType, shape: readonly number[]): Value {
    const value: Value = { index: this.count++, dtype, shape, name };
    this.inputs.push(value);
    return value;
  }

  /** A constant without a name; equal ones are one. */
  constant(dtype: ElementType, shape: readonly number[], elements: Elements): Value {
    if (elements.byteLength > COMPARED_BYTES) return { index: this.count++, dtype, shape, elements };
    const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
    const content = bytes.length <= 32 ? bytes.join() : createHash('sha256').update(bytes).digest('base64');
    const key = `${dtype}|${shape.join()}|${content}`;
    let value = this.constants.get(key);
    if (!value) this.constants.set(key, (value = { index: this.count++, dtype, shape, elements }));
    return value;
  }

  /** A constant under its own name: a weight. */
  weight(name: string, shape: readonly number[], elements: Float32Array | Int32Array): Value {
    const dtype = elements instanceof Float32Array ? 'float32' : 'int32';
    return { index: this.count++, dtype, shape, elements, name };
  }

  scalar(value: number): Value {
    return this.constant('float32', [], Float32Array.of(value));
  }

  integers(values: readonly number[]): Value {
    return this.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Emits a node, or finds the equal one that is there. */
  node(
    op: string,
    inputs: readonly Value[],
    outputs: readonly OutputType[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): readonly Value[] {
    const key = `${domain}|${op}|${inputs.map((v) => v.index).join()}|${outputs.length}|${JSON.stringify(attributes)}`;
    const found = this.known.get(key);
    if (found) return found;
    const node: GraphNode = { op, domain, inputs, attributes, outputs: [] };
    const made = outputs.map(({ dtype, shape }): Value => ({ index: this.count++, dtype, shape, node }));
    node.outputs = made;
    this.nodes.push(node);
    this.known.set(key, made);
    return made;
  }

  /** Emits a node with one result. */
  one(
    op: string,
    inputs: readonly Value[],
    shape: readonly number[],
    attributes: Readonly<Record<string, Attribute>> = {},
    dtype: ElementType = inputs[0]!.dtype,
  ): Value {
    return this.node(op, inputs, [{ dtype, shape }], attributes)[0]!;
  }
}
