/**
 * A WebAssembly module (SIMD) with one function that finds, among rows of `DIMS` float32 values, those whose dot product with one of four
 * given rows reaches a threshold. Written out by hand as there is nothing to it but an unrolled loop; JavaScript does the same some ten times
 * slower, and 100,000 images are five thousand million pairs.
 *
 * Rows lie in panels of four, interleaved: `[DIMS][4]`. `scan(a, from, to, threshold, out)` holds the panel at byte `a` against those from
 * byte `from` to `to` (a multiple of two panels), and writes `u32 address, u32 hits` for each two panels with a hit, behind `out`; bit
 * `8·r + 4·p + c` of `hits` says row `r` of `a` meets row `c` of the `p`-th of the two. Returns the end of what it wrote.
 */
export const DIMS = 32;
export const PANEL_BYTES = DIMS * 16;

export interface NearKernel {
  readonly memory: WebAssembly.Memory;
  readonly scan: (a: number, from: number, to: number, threshold: number, out: number) => number;
}

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;
/** Parameters, then locals. */
const [A, AT, END, THRESHOLD, OUT] = [0, 1, 2, 3, 4];
const [B0, B1, SPLAT, LIMIT] = [5, 6, 7, 8];
const SUMS = 9;

function leb(value: number): number[] {
  const out: number[] = [];
  do {
    const byte = value & 127;
    value >>>= 7;
    out.push(value ? byte | 128 : byte);
  } while (value);
  return out;
}
/** Signed, as constants are written. */
function sleb(value: number): number[] {
  const out: number[] = [];
  for (;;) {
    const byte = value & 127;
    value >>= 7;
    if ((value === 0 && !(byte & 64)) || (value === -1 && byte & 64)) return [...out, byte];
    out.push(byte | 128);
  }
}
const get = (local: number): number[] => [0x20, ...leb(local)];
const set = (local: number): number[] => [0x21, ...leb(local)];
const tee = (local: number): number[] => [0x22, ...leb(local)];
const constant = (value: number): number[] => [0x41, ...sleb(value)];
const simd = (op: number): number[] => [0xfd, ...leb(op)];
const vectorAt = (offset: number): number[] => [...simd(0x00), 4, ...leb(offset)];
const splatAt = (offset: number): number[] => [...simd(0x09), 2, ...leb(offset)];
const storeAt = (offset: number): number[] => [0x36, 2, ...leb(offset)];
const SPLAT_OP = simd(0x13);
const GE = simd(0x46);
const OR = simd(0x50);
const ANY = simd(0x53);
const BITMASK = simd(0xa4);
const ADD = simd(0xe4);
const MUL = simd(0xe6);
const I32_ADD = 0x6a;
const I32_OR = 0x72;
const I32_SHL = 0x74;
const I32_GE_U = 0x4f;

function scanBody(): number[] {
  const sum = (row: number, panel: number): number => SUMS + 2 * row + panel;
  const code: number[] = [...get(THRESHOLD), ...SPLAT_OP, ...set(LIMIT)];
  code.push(0x02, 0x40, 0x03, 0x40); // block, loop
  code.push(...get(AT), ...get(END), I32_GE_U, 0x0d, 1); // leave when at the end
  for (let k = 0; k < DIMS; k++) {
    code.push(...get(AT), ...vectorAt(16 * k), ...set(B0));
    code.push(...get(AT), ...vectorAt(PANEL_BYTES + 16 * k), ...set(B1));
    for (let row = 0; row < 4; row++) {
      code.push(...get(A), ...splatAt(16 * k + 4 * row), ...set(SPLAT));
      for (const [panel, b] of [B0, B1].entries()) {
        code.push(...get(SPLAT), ...get(b!), ...MUL);
        if (k > 0) code.push(...get(sum(row, panel)), ...ADD);
        code.push(...set(sum(row, panel)));
      }
    }
  }
  for (let s = 0; s < 8; s++) {
    code.push(...get(SUMS + s), ...get(LIMIT), ...GE, ...tee(SUMS + s));
    if (s > 0) code.push(...OR);
  }
  code.push(...ANY, 0x04, 0x40); // if any
  code.push(...get(OUT), ...get(AT), ...storeAt(0));
  code.push(...get(OUT));
  for (let s = 0; s < 8; s++) {
    code.push(...get(SUMS + s), ...BITMASK);
    if (s > 0) code.push(...constant(4 * s), I32_SHL, I32_OR);
  }
  code.push(...storeAt(4));
  code.push(...get(OUT), ...constant(8), I32_ADD, ...set(OUT));
  code.push(0x0b); // end of if
  code.push(...get(AT), ...constant(2 * PANEL_BYTES), I32_ADD, ...set(AT));
  code.push(0x0c, 0, 0x0b, 0x0b); // next; ends of loop and block
  code.push(...get(OUT), 0x0b);
  return code;
}

const section = (id: number, bytes: readonly number[]): number[] => [id, ...leb(bytes.length), ...bytes];
const text = (name: string): number[] => [name.length, ...Buffer.from(name)];

/** The module's bytes; it imports its memory as `env.memory`. */
export function nearKernelModule(): Uint8Array<ArrayBuffer> {
  const body = [1, 12, V128, ...scanBody()];
  // The first four vectors of the locals come before the sums: B0, B1, SPLAT, LIMIT, then eight.
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 5, I32, I32, I32, F32, I32, 1, I32]),
    ...section(2, [1, ...text('env'), ...text('memory'), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('scan'), 0x00, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}
