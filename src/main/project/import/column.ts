interface Constructors {
  uint8: Uint8Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  float32: Float32Array;
  float64: Float64Array;
}
const MAKE = {
  uint8: (n: number) => new Uint8Array(n),
  uint16: (n: number) => new Uint16Array(n),
  int32: (n: number) => new Int32Array(n),
  uint32: (n: number) => new Uint32Array(n),
  float32: (n: number) => new Float32Array(n),
  float64: (n: number) => new Float64Array(n),
};

/** A growing column of numbers: millions of samples have to fit where objects would not. */
export class Column<T extends keyof Constructors> {
  length = 0;
  private data: Constructors[T];

  constructor(private readonly type: T) {
    this.data = MAKE[type](1024) as Constructors[T];
  }

  push(value: number): void {
    this.reserve(1);
    this.data[this.length++] = value;
  }

  pushAll(values: ArrayLike<number>): void {
    this.reserve(values.length);
    this.data.set(values, this.length);
    this.length += values.length;
  }

  at(index: number): number {
    return this.data[index]!;
  }

  /** All values; valid until the next push. */
  values(): Constructors[T] {
    return this.data.subarray(0, this.length) as Constructors[T];
  }

  private reserve(more: number): void {
    if (this.length + more <= this.data.length) return;
    const larger = MAKE[this.type](Math.max(this.length + more, this.data.length * 2)) as Constructors[T];
    larger.set(this.data as ArrayLike<number>);
    this.data = larger;
  }
}
