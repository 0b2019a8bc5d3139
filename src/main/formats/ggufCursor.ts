import { UserError } from '@shared/errors';
import type { GgufValue } from './types';

/** The bytes at hand end inside a value; more of the file has to be read. */
export class OutOfBytes extends Error {}

const MAX_DEPTH = 4;
/** Bytes that one value of a type needs at least, by GGUF's type number. */
const MIN_BYTES = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8];

/** Reads GGUF's little-endian values in order; no count or length is believed before it is held against the file's size. */
export class GgufCursor {
  at = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly fileSize: number,
    private readonly path: string,
  ) {}

  private bad(reason: string): UserError {
    return new UserError('file-damaged', reason, { file: this.path });
  }

  private take(length: number): number {
    const from = this.at;
    if (from + length > this.bytes.length) throw new OutOfBytes();
    this.at += length;
    return from;
  }

  skip(length: number): void {
    this.take(length);
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  /** An unsigned 64-bit number that must be exact. */
  u64(): number {
    const value = Number(this.bytes.readBigUInt64LE(this.take(8)));
    if (!Number.isSafeInteger(value)) throw this.bad(`a size of ${value} is impossible`);
    return value;
  }

  count(limit: number, minBytes: number, what: string): number {
    const raw = this.bytes.readBigUInt64LE(this.take(8));
    if (raw > BigInt(limit) || Number(raw) * minBytes > this.fileSize)
      throw this.bad(`it claims ${raw} ${what}, more than its ${this.fileSize} bytes can hold`);
    return Number(raw);
  }

  string(): string {
    const length = this.count(this.fileSize, 1, 'bytes of text');
    const from = this.take(length);
    return this.bytes.toString('utf8', from, from + length);
  }

  /** A metadata value of GGUF's numbered type. */
  value(type: number, depth: number): GgufValue {
    const { bytes } = this;
    switch (type) {
      case 0:
        return bytes.readUInt8(this.take(1));
      case 1:
        return bytes.readInt8(this.take(1));
      case 2:
        return bytes.readUInt16LE(this.take(2));
      case 3:
        return bytes.readInt16LE(this.take(2));
      case 4:
        return this.u32();
      case 5:
        return bytes.readInt32LE(this.take(4));
      case 6:
        return bytes.readFloatLE(this.take(4));
      case 7:
        return bytes.readUInt8(this.take(1)) !== 0;
      case 8:
        return this.string();
      case 9:
        return this.list(depth);
      case 10:
        return bytes.readBigUInt64LE(this.take(8));
      case 11:
        return bytes.readBigInt64LE(this.take(8));
      case 12:
        return bytes.readDoubleLE(this.take(8));
      default:
        throw this.bad(`a value has the unknown type ${type}`);
    }
  }

  private list(depth: number): GgufValue {
    if (depth >= MAX_DEPTH) throw this.bad('its metadata is nested too deeply');
    const type = this.u32();
    const minBytes = MIN_BYTES[type];
    if (minBytes === undefined) throw this.bad(`a value has the unknown type ${type}`);
    const length = this.count(this.fileSize, minBytes, 'values');
    const out: GgufValue[] = [];
    for (let i = 0; i < length; i++) out.push(this.value(type, depth + 1));
    return out;
  }
}
