import { UserError } from '@shared/errors';

/** A function or class that a pickle names. Nothing is ever imported or called: it stays a name. */
export class Named {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}
  get full(): string {
    return `${this.module}.${this.name}`;
  }
}

/** What a `torch.save` refers to outside of the pickle: the tuple of its persistent id. */
export class Persistent {
  constructor(readonly id: unknown) {}
}

/** A tensor as PyTorch's `_rebuild_tensor_v2` is told of it. Sizes and strides count values. */
export class PickledTensor {
  constructor(
    readonly storage: Persistent,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

type Key = string | number;
/** A dictionary; keys that are neither text nor numbers are refused. */
export type PickledDict = Map<Key, unknown>;

/** No checkpoint's table of contents is deeper or longer; a pickle that is, is no checkpoint. */
const MAX_ITEMS = 20_000_000;
const MAX_TEXT = 16 * 1024 * 1024;
const MARK = Symbol('mark');

const STORAGE = /^(?:torch|torch\.storage|torch\.cuda)\.(?:\w*Storage)$/;
const DTYPE =
  /^torch\.(?:float16|half|bfloat16|float32|float|float64|double|uint8|int8|int16|int32|int64|long|int|short|bool)$/;
const REBUILD_TENSOR = new Set(['torch._utils._rebuild_tensor_v2', 'torch._utils._rebuild_tensor']);
const REBUILD_PARAMETER = new Set([
  'torch._utils._rebuild_parameter',
  'torch._utils._rebuild_parameter_with_state',
  'torch.nn.parameter.Parameter',
]);
const DICTS = new Set(['collections.OrderedDict', 'collections.defaultdict', 'builtins.dict']);
const HARMLESS = new Set(['torch.Size', 'torch.device']);

const allowed = (full: string): boolean =>
  STORAGE.test(full) ||
  DTYPE.test(full) ||
  REBUILD_TENSOR.has(full) ||
  REBUILD_PARAMETER.has(full) ||
  DICTS.has(full) ||
  HARMLESS.has(full);

/**
 * Reads a pickle (protocols 0 to 5, as far as `torch.save` uses them) as data: an allow-list of opcodes and of names, each with
 * a meaning of ours. Nothing is imported, called or executed, whatever stands there; anything else is refused.
 * @returns what it holds, and where it ended
 * @throws UserError `file-unsupported` for opcodes and names outside of the list, `file-damaged`
 */
export function readPickle(bytes: Uint8Array, file: string): { value: unknown; end: number } {
  return new Unpickler(bytes, file).run();
}

class Unpickler {
  readonly #view: DataView;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;
  #items = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly file: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): { value: unknown; end: number } {
    for (;;) {
      const opcode = this.#u8();
      if (opcode === 0x2e) return { value: this.#pop(), end: this.#at }; // STOP
      this.#step(opcode);
      if (++this.#items > MAX_ITEMS) throw this.#bad('its pickle is longer than any checkpoint’s');
    }
  }

  #step(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        if (this.#u8() > 5) throw this.#bad('its pickle has an unknown protocol');
        return;
      case 0x95: // FRAME
        return void this.#take(8);
      case 0x28: // MARK
        return this.#push(MARK);
      case 0x30: // POP
        return void this.#pop();
      case 0x31: // POP_MARK
        return void this.#toMark();
      case 0x32: // DUP
        return this.#push(this.#top());
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x4a: // BININT
        return this.#push(this.#view.getInt32(this.#take(4), true));
      case 0x4b: // BININT1
        return this.#push(this.#u8());
      case 0x4d: // BININT2
        return this.#push(this.#view.getUint16(this.#take(2), true));
      case 0x8a: // LONG1
        return this.#push(this.#long(this.#u8()));
      case 0x8b: // LONG4
        return this.#push(this.#long(this.#u32()));
      case 0x47: // BINFLOAT
        return this.#push(this.#view.getFloat64(this.#take(8)));
      case 0x58: // BINUNICODE
        return this.#push(this.#text(this.#u32()));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#text(this.#u8()));
      case 0x55: // SHORT_BINSTRING
        return this.#push(this.#text(this.#u8()));
      case 0x54: // BINSTRING
        return this.#push(this.#text(this.#u32()));
      case 0x43: // SHORT_BINBYTES
        return this.#push(this.#text(this.#u8()));
      case 0x42: // BINBYTES
        return this.#push(this.#text(this.#u32()));
      case 0x7d: // EMPTY_DICT
        return this.#push(new Map());
      case 0x5d: // EMPTY_LIST
        return this.#push([]);
      case 0x29: // EMPTY_TUPLE
        return this.#push([]);
      case 0x85: // TUPLE1
        return this.#push(this.#last(1));
      case 0x86: // TUPLE2
        return this.#push(this.#last(2));
      case 0x87: // TUPLE3
        return this.#push(this.#last(3));
      case 0x74: // TUPLE
        return this.#push(this.#toMark());
      case 0x61: {
        // APPEND
        const item = this.#pop();
        return void this.#list().push(item);
      }
      case 0x65: {
        // APPENDS
        const items = this.#toMark();
        const list = this.#list();
        for (const item of items) list.push(item);
        return;
      }
      case 0x73: {
        // SETITEM
        const [key, value] = this.#last(2);
        return this.#set(key, value);
      }
      case 0x75: {
        // SETITEMS
        const items = this.#toMark();
        if (items.length % 2 !== 0) throw this.#bad('its pickle is damaged: a key without a value');
        for (let i = 0; i < items.length; i += 2) this.#set(items[i], items[i + 1]);
        return;
      }
      case 0x71: // BINPUT
        return void this.#memo.set(this.#u8(), this.#top());
      case 0x72: // LONG_BINPUT
        return void this.#memo.set(this.#u32(), this.#top());
      case 0x94: // MEMOIZE
        return void this.#memo.set(this.#memo.size, this.#top());
      case 0x68: // BINGET
        return this.#push(this.#remembered(this.#u8()));
      case 0x6a: // LONG_BINGET
        return this.#push(this.#remembered(this.#u32()));
      case 0x63: // GLOBAL
        return this.#push(this.#name(this.#line(), this.#line()));
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#last(2);
        if (typeof module !== 'string' || typeof name !== 'string') throw this.#bad('its pickle is damaged: a name');
        return this.#push(this.#name(module, name));
      }
      case 0x51: // BINPERSID
        return this.#push(new Persistent(this.#pop()));
      case 0x52: {
        // REDUCE
        const [callee, args] = this.#last(2);
        return this.#push(this.#reduce(callee, args));
      }
      case 0x81: {
        // NEWOBJ
        const [callee, args] = this.#last(2);
        return this.#push(this.#reduce(callee, args));
      }
      case 0x62: {
        // BUILD: attributes of a state dict (`_metadata`) say nothing that is needed
        this.#pop();
        if (!(this.#top() instanceof Map)) throw this.#refused('sets attributes of something that is no dictionary');
        return;
      }
      default:
        throw this.#refused(`holds the operation 0x${opcode.toString(16).padStart(2, '0')}`);
    }
  }

  /** What the few names of the list make of their arguments; none of them runs anything. */
  #reduce(callee: unknown, args: unknown): unknown {
    if (!(callee instanceof Named) || !Array.isArray(args)) throw this.#refused('calls something that is no name');
    const { full } = callee;
    if (DICTS.has(full)) return this.#dict(args);
    if (full === 'torch.Size') return Array.isArray(args[0]) ? args[0] : [];
    if (full === 'torch.device') return String(args[0]);
    if (REBUILD_PARAMETER.has(full)) {
      if (!(args[0] instanceof PickledTensor)) throw this.#bad('its pickle is damaged: a parameter without a tensor');
      return args[0];
    }
    if (REBUILD_TENSOR.has(full)) {
      const [storage, offset, shape, stride] = args as unknown[];
      if (!(storage instanceof Persistent) || !isCount(offset) || !areCounts(shape) || !areCounts(stride))
        throw this.#bad('its pickle is damaged: a tensor is not described as PyTorch does it');
      if (shape.length !== stride.length) throw this.#bad('its pickle is damaged: a shape and its strides differ');
      return new PickledTensor(storage, offset, shape, stride);
    }
    throw this.#refused(`calls ${shown(full)}`);
  }

  #dict(args: unknown[]): PickledDict {
    const dict: PickledDict = new Map();
    const pairs: unknown = args[0];
    if (!Array.isArray(pairs)) return dict;
    for (const pair of pairs as unknown[]) {
      if (!Array.isArray(pair) || pair.length !== 2) throw this.#bad('its pickle is damaged: a pair of a dictionary');
      dict.set(this.#key(pair[0]), pair[1]);
    }
    return dict;
  }

  #name(module: string, name: string): Named {
    const named = new Named(module, name);
    if (!allowed(named.full)) throw this.#refused(`asks for ${shown(named.full)}`);
    return named;
  }

  #set(key: unknown, value: unknown): void {
    const dict = this.#top();
    if (!(dict instanceof Map)) throw this.#bad('its pickle is damaged: an entry without a dictionary');
    (dict as PickledDict).set(this.#key(key), value);
  }

  #key(key: unknown): Key {
    if (typeof key !== 'string' && typeof key !== 'number')
      throw this.#bad('a key of its pickle is neither text nor a number');
    return key;
  }

  #list(): unknown[] {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#bad('its pickle is damaged: an item without a list');
    return list as unknown[];
  }

  #remembered(index: number): unknown {
    if (!this.#memo.has(index)) throw this.#bad('its pickle is damaged: it refers to nothing');
    return this.#memo.get(index);
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  #pop(): unknown {
    if (this.#stack.length === 0) throw this.#bad('its pickle is damaged: its stack is empty');
    return this.#stack.pop();
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw this.#bad('its pickle is damaged: its stack is empty');
    return this.#stack.at(-1);
  }

  #last(count: number): unknown[] {
    if (this.#stack.length < count) throw this.#bad('its pickle is damaged: its stack is empty');
    return this.#stack.splice(-count);
  }

  #toMark(): unknown[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw this.#bad('its pickle is damaged: a mark is missing');
    const items = this.#stack.splice(mark + 1);
    this.#stack.pop();
    return items;
  }

  #u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  #u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** A little-endian two's complement number of any length. */
  #long(length: number): number {
    if (length === 0) return 0;
    if (length > 8) throw this.#bad('a number of its pickle is too large');
    const from = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[from + i]!);
    const signed = Number(BigInt.asIntN(8 * length, value));
    if (!Number.isSafeInteger(signed)) throw this.#bad('a number of its pickle is too large');
    return signed;
  }

  #text(length: number): string {
    if (length > MAX_TEXT) throw this.#bad(`a text of its pickle claims ${length} bytes`);
    const from = this.#take(length);
    return new TextDecoder().decode(this.bytes.subarray(from, from + length));
  }

  #line(): string {
    const end = this.bytes.indexOf(0x0a, this.#at);
    if (end < 0 || end - this.#at > 1000) throw this.#bad('its pickle is cut short');
    const text = new TextDecoder().decode(this.bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  #take(length: number): number {
    const from = this.#at;
    if (from + length > this.bytes.length) throw this.#bad('its pickle is cut short');
    this.#at += length;
    return from;
  }

  #bad(reason: string): UserError {
    return new UserError('file-damaged', reason, { file: this.file });
  }

  #refused(what: string): UserError {
    return new UserError(
      'file-unsupported',
      `its pickle ${what}, which no checkpoint of weights needs; it was not executed`,
      { file: this.file },
    );
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const areCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= 16 && value.every(isCount);
const shown = (name: string): string => JSON.stringify(name.slice(0, 80));
