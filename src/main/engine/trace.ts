import { engine, KernelBackend, registerBackend } from '@tensorflow/tfjs-core';
import type { BackendValues, DataId, DataType, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Graph } from './graph/graph';
import type { ElementType, Value } from './graph/graph';
import { sameShape } from './shapes';

export { sameShape, sizeOf } from './shapes';

export const TRACER = 'residua-tracer';

/** A tensor during a trace: `value` broadcasts to `shape`, so that a sum's gradient or a tensor of ones stays as small as it is. */
export interface Traced {
  readonly value: Value;
  readonly shape: readonly number[];
}

let graph: Graph | undefined;
/** Of the trace at work only: a tensor of an earlier one belongs to another graph. */
let traced = new WeakMap<DataId, Traced>();

/** The graph that the kernels at work write to. */
export function activeGraph(): Graph {
  if (!graph) throw new Error('tensors of the tracer have no values: use them only inside of a network function');
  return graph;
}

/** A tfjs-core backend whose tensors hold no numbers: its kernels write the nodes of an ONNX graph. */
class TracerBackend extends KernelBackend {
  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    traced.set(dataId, constantOf(values, shape, elementType(dtype)));
    return dataId;
  }
  override readSync(): BackendValues {
    throw new Error('a network function may not look at values: they are not known while it is traced');
  }
  override read(): Promise<BackendValues> {
    return Promise.reject(
      new Error('a network function may not look at values: they are not known while it is traced'),
    );
  }
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {}
  override refCount(): number {
    return 1;
  }
  override numDataIds(): number {
    return 0;
  }
  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: true, reasons: ['tensors of the tracer hold no numbers'] };
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override dispose(): void {}
}

const backend = new TracerBackend();
registerBackend(TRACER, () => backend, 0);

/**
 * Runs a function of tfjs tensors with the tracer as tfjs-core's backend, and gives the graph that it has written. All
 * synchronous, so that another backend (or another trace) of this process never sees the tracer.
 */
export function traceInto<T>(target: Graph, body: () => T): T {
  if (graph) throw new Error('a trace cannot start another one');
  const before = engine().backendName;
  graph = target;
  traced = new WeakMap();
  engine().startScope('trace');
  try {
    void engine().setBackend(TRACER);
    return body();
  } catch (error) {
    throw explained(error);
  } finally {
    engine().endScope();
    graph = undefined;
    if (before && before !== TRACER) void engine().setBackend(before);
  }
}

/** A kernel that is missing is named in words that tell what to do. */
function explained(error: unknown): unknown {
  const missing = error instanceof Error && /Kernel '(\w+)' not registered for backend/.exec(error.message);
  if (!missing) return error;
  return new Error(
    `the network uses the operation ${missing[1]}, which the ONNX tracer cannot write: add it to src/main/engine/kernels`,
    { cause: error },
  );
}

export function elementType(dtype: DataType): ElementType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(`the ONNX tracer knows no tensors of type ${dtype}`);
}

/** A constant; one that holds a single number everywhere is kept as a scalar. */
function constantOf(values: BackendValues, shape: readonly number[], dtype: ElementType): Traced {
  const given = values as ArrayLike<number>;
  const elements =
    dtype === 'float32' ? new Float32Array(given) : dtype === 'int32' ? new Int32Array(given) : new Uint8Array(given);
  const first = elements[0];
  const uniform = elements.length > 0 && elements.every((value) => value === first);
  return uniform
    ? { value: activeGraph().constant(dtype, [], elements.slice(0, 1)), shape }
    : { value: activeGraph().constant(dtype, shape, elements), shape };
}

/** The one number of a constant that is a scalar, or undefined. */
export function uniformOf({ value }: Traced): number | undefined {
  return value.elements && value.shape.length === 0 ? Number(value.elements[0]) : undefined;
}

export function tracedOf(info: TensorInfo): Traced {
  const found = traced.get(info.dataId);
  if (!found)
    throw new Error(
      'a tensor from outside of the trace was used in a network function: pass it as a constant or an input',
    );
  return found;
}

export function infoOf(result: Traced): TensorInfo {
  const dataId = {};
  traced.set(dataId, result);
  const { dtype } = result.value;
  if (dtype === 'int64') throw new Error('tfjs-core has no tensors of type int64');
  return { dataId, shape: [...result.shape], dtype };
}

export function tensorOf(value: Value): Tensor {
  return engine().makeTensorFromTensorInfo(infoOf({ value, shape: value.shape }), backend);
}

/** The value in its full shape. */
export function force({ value, shape }: Traced): Value {
  if (sameShape(value.shape, shape)) return value;
  const to = activeGraph().integers(shape);
  return activeGraph().one('Expand', [value, to], shape);
}
