/** Order of ids as a person expects it: `img_2` before `img_10`. @returns keys */
export function keysByIds(ids: readonly string[]): Uint32Array {
  const keys = Uint32Array.from(ids, (_, key) => key);
  const inOrder = ids.every((id, key) => key === 0 || compareIds(ids[key - 1]!, id) <= 0);
  return inOrder ? keys : keys.sort((a, b) => compareIds(ids[a]!, ids[b]!) || a - b);
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Character by character, runs of digits as numbers. */
export function compareIds(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(j);
    if (isDigit(x) && isDigit(y)) {
      let endA = i;
      let endB = j;
      while (isDigit(a.charCodeAt(endA))) endA++;
      while (isDigit(b.charCodeAt(endB))) endB++;
      const difference = Number(a.slice(i, endA)) - Number(b.slice(j, endB));
      if (difference !== 0) return difference;
      i = endA;
      j = endB;
    } else if (x !== y) return x - y;
    else {
      i++;
      j++;
    }
  }
  return a.length - i - (b.length - j) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Level of a key without a value: behind all others. */
const NOTHING = 0xffffffff;

/**
 * Sorts keys by a value each, stably; keys without a value (NaN) come last either way. A radix sort over 2³² levels:
 * 100,000 keys in two or three milliseconds.
 * @param keys in the order that decides between equals
 * @param value finite, at least 0
 */
export function sortKeys(keys: Uint32Array, value: (key: number) => number, descending: boolean): Uint32Array {
  const values = new Float64Array(keys.length);
  let most = 0;
  let whole = true;
  for (let i = 0; i < keys.length; i++) {
    const v = (values[i] = value(keys[i]!));
    if (v > most) most = v;
    if (whole && v === v && v % 1 !== 0) whole = false;
  }
  const scale = whole && most < NOTHING ? 1 : (NOTHING - 1) / (most || 1);
  const levels = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const v = values[i]!;
    levels[i] = Number.isNaN(v) ? NOTHING : (descending ? most - v : v) * scale;
  }
  return radixPass(radixPass({ keys, levels }, 0), 16).keys;
}

interface Levelled {
  readonly keys: Uint32Array;
  readonly levels: Uint32Array;
}

/** Orders by 16 bits of the levels, stably. */
function radixPass({ keys, levels }: Levelled, shift: number): Levelled {
  const starts = new Uint32Array(0x10001);
  for (let i = 0; i < levels.length; i++) starts[((levels[i]! >>> shift) & 0xffff) + 1]!++;
  if (starts.includes(levels.length)) return { keys, levels };
  for (let digit = 1; digit < starts.length; digit++) starts[digit]! += starts[digit - 1]!;
  const out = { keys: new Uint32Array(keys.length), levels: new Uint32Array(keys.length) };
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]!;
    const at = starts[(level >>> shift) & 0xffff]!++;
    out.keys[at] = keys[i]!;
    out.levels[at] = level;
  }
  return out;
}

/** A number in [0, 2³²) for a key that looks random and depends on nothing but seed and key: a list shuffled anew is the same list. */
export function scattered(seed: number, key: number): number {
  // Mixing steps of MurmurHash3.
  let h = Math.imul(key ^ Math.imul(seed | 0, 0x9e3779b1), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= h >>> 16;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 16)) >>> 0;
}
