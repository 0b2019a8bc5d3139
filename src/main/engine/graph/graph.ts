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
  /** A matrix [out, in] that lies in blocks of so many of its rows, each block transposed: [out / blockRows, in, blockRows]. */
  readonly blockRows?: number;
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

export interface GraphUse {
  /** Derivatives will be traced as well: operators keep what these need. */
  readonly differentiated?: boolean;
  /** It is for the processor: large weights are laid out once, for products with them and with their transposes, by operators of onnxruntime's own. */
  readonly oneLayout?: boolean;
}

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
  /** Other forms of weights, by what they are and the weight's index. */
  private readonly forms = new Map<string, Value>();
  readonly differentiated: boolean;
  readonly oneLayout: boolean;

  constructor({ differentiated = false, oneLayout = false }: GraphUse = {}) {
    this.differentiated = differentiated;
    this.oneLayout = oneLayout;
  }

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

  /** The same numbers under another shape: no node, which onnxruntime would replace by a copy of them. */
  reshapedWeight(weight: Value, shape: readonly number[]): Value {
    return this.formOf(weight, shape.join('x'), { shape });
  }

  /** A matrix in blocks of rows, each transposed. @param weight [out, in], `rows` a divisor of out @returns [out / rows, in, rows] */
  blockedWeight(weight: Value, rows: number): Value {
    const [outSize, inSize] = weight.shape as [number, number];
    return this.formOf(weight, `blocks-${rows}`, { shape: [outSize / rows, inSize, rows], blockRows: rows });
  }

  private formOf(weight: Value, form: string, as: Pick<Value, 'shape' | 'blockRows'>): Value {
    const key = `${weight.index} ${form}`;
    let value = this.forms.get(key);
    if (!value) {
      const { dtype, elements, name } = weight;
      this.forms.set(key, (value = { index: this.count++, dtype, elements, name: `${name}/${form}`, ...as }));
    }
    return value;
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
