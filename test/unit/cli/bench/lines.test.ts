import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { Lines } from '@main/cli/bench/lines';

const schema = z.object({ n: z.number() });
let dir = '';
let file = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'residua-lines-'));
  file = join(dir, 'found.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true }));

test('what was found is there in the next process, without a line that was cut off', () => {
  const first = new Lines(schema, file);
  first.add({ n: 1 });
  first.add({ n: 2 });
  appendFileSync(file, '{"n":');
  const second = new Lines(schema, file);
  expect(second.all).toEqual([{ n: 1 }, { n: 2 }]);
  second.add({ n: 3 });
  expect(readFileSync(file, 'utf8')).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
});

test('a file of something else is refused, and left as it is', () => {
  writeFileSync(file, '{"n":1}\n{"m":2}\n');
  expect(() => new Lines(schema, file)).toThrow('line 2 is no result of this measurement');
  expect(readFileSync(file, 'utf8')).toBe('{"n":1}\n{"m":2}\n');
});

test('without a file nothing is kept', () => {
  const lines = new Lines(schema, null);
  lines.add({ n: 1 });
  expect(lines.all).toEqual([{ n: 1 }]);
});
