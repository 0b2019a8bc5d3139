import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { UserError, type ErrorCode } from '@shared/errors';

/** A folder of the test file's own, gone afterwards. */
export function testFolder(): {
  path: (...parts: string[]) => string;
  write: (name: string, data: string | Uint8Array) => string;
} {
  const root = mkdtempSync(join(tmpdir(), 'residua-formats-'));
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const path = (...parts: string[]): string => join(root, ...parts);
  return {
    path,
    write: (name, data) => {
      writeFileSync(path(name), data);
      return path(name);
    },
  };
}

/** Exactly one error that a person can act on, naming the file. */
export async function refused(action: Promise<unknown>, code: ErrorCode, reason: RegExp, file?: string): Promise<void> {
  const error = await action.then(
    (value) => {
      throw new Error(`was not refused, but gave ${JSON.stringify(value)?.slice(0, 200)}`);
    },
    (e: unknown) => e,
  );
  if (!(error instanceof UserError)) throw error;
  expect([error.code, error.reason]).toEqual([code, expect.stringMatching(reason)]);
  expect(error.message).not.toMatch(/\n|\bat .+:\d+:\d+/);
  if (file !== undefined) expect(error.file).toBe(file);
}
