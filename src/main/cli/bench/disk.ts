import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds of single 4 KB appends with fsync: what this disk takes to make anything durable, whoever asks. */
export function fsyncTimes(dir: string, count: number): number[] {
  const path = join(dir, `.residua-fsync-${process.pid}`);
  const file = openSync(path, 'w');
  const page = new Uint8Array(4096);
  try {
    return Array.from({ length: count }, () => {
      writeSync(file, page);
      const start = performance.now();
      fsyncSync(file);
      return performance.now() - start;
    });
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}
