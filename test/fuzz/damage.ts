import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { UserError } from '@shared/errors';

/**
 * Real bytes, damaged at random: every outcome is a right result or one `UserError` without a trace of ours, in bounded time and memory.
 * `RESIDUA_FUZZ_RUNS` asks for more rounds.
 */
export const RUNS = Number(process.env.RESIDUA_FUZZ_RUNS ?? 150);
const MOST_MS = 5000;
const MOST_GROWTH = 700e6;

export const folder = mkdtempSync(join(tmpdir(), 'residua-fuzz-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** One way in which a file goes wrong. Places are shares of its length. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), bit: fc.nat(7) }),
  fc.record({
    kind: fc.constant('set' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    value: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  }),
  fc.record({
    kind: fc.constant('edge' as const),
    fromEnd: fc.boolean(),
    at: fc.nat(400),
    value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    kind: fc.constant('drop' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 1, max: 64 }),
  }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 1, max: 300 }),
  }),
);
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(original: Buffer, list: readonly Damage[]): Buffer {
  let out = Buffer.from(original);
  for (const d of list) {
    const at =
      d.kind === 'edge' ? (d.fromEnd ? Math.max(0, out.length - 1 - d.at) : d.at) : Math.floor(d.at * out.length);
    if (d.kind === 'cut') out = out.subarray(0, at);
    else if (d.kind === 'drop') out = Buffer.concat([out.subarray(0, at), out.subarray(at + d.length)]);
    else if (d.kind === 'repeat') out = Buffer.concat([out.subarray(0, at + d.length), out.subarray(at)]);
    else if (at < out.length) {
      if (d.kind === 'flip') out[at]! ^= 1 << d.bit;
      else if (d.kind === 'set') Buffer.from(d.value).copy(out, at);
      else out[at] = d.value;
    }
  }
  return out;
}

/** Runs `read` on damaged copies of `original`; `right` judges what is no error. */
export async function fuzz<T>(
  original: Buffer,
  name: string,
  read: (path: string) => Promise<T>,
  right: (value: T, same: boolean) => void,
  runs = RUNS,
): Promise<{ refused: number; read: number }> {
  const path = join(folder, name);
  const outcomes = { refused: 0, read: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (list) => {
      const copy = damaged(original, list);
      writeFileSync(path, copy);
      const begin = Date.now();
      const before = process.memoryUsage().rss;
      try {
        const value = await read(path);
        outcomes.read++;
        right(value, copy.equals(original));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        outcomes.refused++;
        expect(error.code).not.toBe('internal');
        expect(error.message.length).toBeLessThan(600);
        expect(error.message).not.toMatch(/\n\s+at |node_modules/);
      }
      expect(Date.now() - begin).toBeLessThan(MOST_MS);
      expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH);
    }),
    { numRuns: runs },
  );
  return outcomes;
}
