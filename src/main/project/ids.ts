import { randomFillSync } from 'node:crypto';

const pool = new Uint8Array(16 * 1024);
let used = pool.length;
let last = 0;
let sequence = 0;

/** A UUID v7 (RFC 9562): globally unique, and in order of time within this process even inside one millisecond. */
export function uuid7(now: number = Date.now()): string {
  if (now > last) {
    last = now;
    sequence = 0;
  } else if (++sequence > 0xfff) {
    // The counter is spent, or the clock went back: lend a millisecond from the future.
    last++;
    sequence = 0;
  }
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, (used += 8));
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const time = hex(last, 12);
  const tail = Array.from(random, (byte, i) => hex(i === 0 ? (byte & 0x3f) | 0x80 : byte, 2)).join('');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(sequence, 3)}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}
