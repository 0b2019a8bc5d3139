import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for projects that several end-to-end tests begin with; `npm test` names one for both shells. */
export default function setup(): (() => void) | undefined {
  if (process.env.RESIDUA_PREPARED) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'residua-prepared-'));
  process.env.RESIDUA_PREPARED = dir;
  return () => rmSync(dir, { recursive: true, force: true });
}
