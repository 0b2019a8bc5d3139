import type { PixelArray, PixelType } from '@shared/pixels';

/** Number types of arrays in files, by NumPy's names. */
export const DTYPES = [
  'bool',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float16',
  'bfloat16',
  'float32',
  'float64',
] as const;
export type Dtype = (typeof DTYPES)[number];

export const DTYPE_BYTES: Readonly<Record<Dtype, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
};

/** Typed data of an array read whole; `bool` as 0/1 bytes, half floats (`float16`, `bfloat16`) as their raw 16 bits. */
export type NumberArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** What the header of one array says; nothing of its data was read yet. */
export interface ArrayMember {
  /** Name inside the npz without `.npy`; for a `.npy` its file name without ending. */
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Stored column by column. Streaming turns such an array, so that consumers see rows either way. */
  readonly fortran: boolean;
  /** Bytes of data, without the header. */
  readonly bytes: number;
}

/** An open `.npz` or `.npy`; every header was checked against the file's size and the limits. */
export interface ArrayFile {
  readonly path: string;
  readonly members: readonly ArrayMember[];
  /** Arrays of a type that is not read (text, records, pickled objects): name → reason. */
  readonly unreadable: ReadonlyMap<string, string>;
  member(name: string): ArrayMember | undefined;
  close(): Promise<void>;
}

/** A whole array, little-endian values as typed data, row-major. */
export interface NamedArray {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: NumberArray;
}

/** One picture, decoded. Data row-major [height, width, channels]; `low`/`high` as `shared/pixels.ts` says. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly type: PixelType;
  readonly data: PixelArray;
  readonly low: number;
  readonly high: number;
}

/** A table as text; every row has every column. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** A tensor of a safetensors file: raw values; half floats keep their 16 bits until `toFloat32`. */
export interface StoredTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: NumberArray;
}

export interface GgufTensor {
  readonly name: string;
  /** ggml's name of the block type: `F32`, `Q4_1` … */
  readonly type: string;
  /** Row-major, slowest axis first: a matrix is [out, in]. (GGUF itself writes the fastest axis first.) */
  readonly shape: readonly number[];
  /** Bytes in the file; 0 for a type whose layout is unknown. */
  readonly bytes: number;
}

export type GgufValue = string | number | bigint | boolean | readonly GgufValue[];

export interface GgufFile {
  readonly path: string;
  readonly metadata: Readonly<Record<string, GgufValue>>;
  readonly tensors: readonly GgufTensor[];
  /** Reads and dequantises one tensor; only its own bytes are read. @throws UserError for a missing name or an unknown type */
  readFloat32(name: string): Promise<{ shape: readonly number[]; data: Float32Array }>;
}
