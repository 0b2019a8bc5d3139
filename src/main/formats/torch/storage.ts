import { UserError } from '@shared/errors';
import { decodeNumbers } from '../weights';
import type { WeightTensor } from '../weights';
import { DTYPE_BYTES, type Dtype } from '../types';
import type { Persistent } from './pickle';
import { Named, PickledTensor } from './pickle';

/** PyTorch's names of storages and number types, and safetensors' name of the type. */
const TYPES: Readonly<Record<string, { dtype: Dtype; code: string }>> = {
  Half: { dtype: 'float16', code: 'F16' },
  BFloat16: { dtype: 'bfloat16', code: 'BF16' },
  Float: { dtype: 'float32', code: 'F32' },
  Double: { dtype: 'float64', code: 'F64' },
  Char: { dtype: 'int8', code: 'I8' },
  Byte: { dtype: 'uint8', code: 'U8' },
  Short: { dtype: 'int16', code: 'I16' },
  Int: { dtype: 'int32', code: 'I32' },
  Long: { dtype: 'int64', code: 'I64' },
  Bool: { dtype: 'bool', code: 'BOOL' },
};

/** A tensor that lies in a storage of the file. */
export interface TorchTensor extends WeightTensor {
  readonly key: string;
  readonly dtype: Dtype;
  /** First value, and steps along each axis, in values. */
  readonly offset: number;
  readonly stride: readonly number[];
  /** Values that the pickle says the storage has. */
  readonly storageItems: number;
}

/** @throws UserError where the persistent id is none of a storage */
export function torchTensor(name: string, tensor: PickledTensor, file: string): TorchTensor {
  const { key, type, items } = storageOf(tensor.storage, file);
  const found = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (!found)
    throw new UserError('file-unsupported', `the tensor "${name}" has the type ${type}, which is not read`, { file });
  const { shape, stride, offset } = tensor;
  const count = shape.reduce((product, dim) => product * dim, 1);
  const last = count === 0 ? 0 : offset + shape.reduce((sum, dim, i) => sum + (dim - 1) * stride[i]!, 1);
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(last) || last > items)
    throw new UserError(
      'file-damaged',
      `the tensor "${name}" of shape [${shape.join(', ')}] lies outside its storage`,
      {
        file,
      },
    );
  return {
    key,
    dtype: found.dtype,
    type: found.code,
    shape,
    stride,
    offset,
    storageItems: items,
    bytes: count * DTYPE_BYTES[found.dtype],
  };
}

/** ('storage', torch.HalfStorage, key, location, values[, view]) */
function storageOf({ id }: Persistent, file: string): { key: string; type: string; items: number } {
  const [kind, storage, key, , items] = Array.isArray(id) ? (id as unknown[]) : [];
  const known =
    kind === 'storage' &&
    storage instanceof Named &&
    (typeof key === 'string' || typeof key === 'number') &&
    Number.isSafeInteger(items) &&
    (items as number) >= 0;
  if (!known) throw new UserError('file-damaged', 'its pickle refers to something that is no storage', { file });
  return { key: String(key), type: storage.name.replace(/Storage$/, ''), items: items as number };
}

/**
 * A tensor's values in row-major order. Where its strides are others (a transposed view), the values between its first and last
 * are read and put in order.
 * @param start byte of the file at which its storage begins
 */
export async function readStored(path: string, start: number, tensor: TorchTensor): Promise<Float32Array> {
  const { shape, stride, dtype, offset } = tensor;
  const count = shape.reduce((product, dim) => product * dim, 1);
  const from = start + offset * DTYPE_BYTES[dtype];
  if (isRowMajor(shape, stride)) return decodeNumbers(path, from, count, dtype);
  const span = count === 0 ? 0 : shape.reduce((sum, dim, i) => sum + (dim - 1) * stride[i]!, 1);
  const stored = await decodeNumbers(path, from, span, dtype);
  const out = new Float32Array(count);
  const index = shape.map(() => 0);
  let at = 0;
  for (let i = 0; i < count; i++) {
    out[i] = stored[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += stride[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= stride[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

function isRowMajor(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Names that training code puts around the weights. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model', 'module', 'teacher'];

/** The tensors of what `torch.save` was given: a dictionary of tensors, or one that holds such a dictionary. */
export function tensorsIn(value: unknown, file: string): Map<string, TorchTensor> {
  if (!(value instanceof Map))
    throw new UserError('file-unsupported', 'it holds no dictionary of tensors (a state dict)', { file });
  const wrapped = WRAPPERS.map((name) => (value as Map<unknown, unknown>).get(name)).find((v) => v instanceof Map);
  const dict = (wrapped ?? value) as Map<string | number, unknown>;
  const tensors = new Map<string, TorchTensor>();
  for (const [name, tensor] of dict)
    if (tensor instanceof PickledTensor) tensors.set(String(name), torchTensor(String(name), tensor, file));
  return tensors;
}
