import { spawn } from 'node:child_process';
import { UserError } from '@shared/errors';

export interface Outcome {
  readonly code: number;
  /** The last lines of both streams. */
  readonly said: string;
}
const KEPT = 4000;

/**
 * Runs a program of this machine to its end; an abort ends it.
 * @returns null where there is no such program @throws UserError cancelled
 */
export function runProgram(
  command: string,
  args: readonly string[],
  o: { signal?: AbortSignal; env?: Record<string, string> } = {},
): Promise<Outcome | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: o.signal,
      env: { ...process.env, LC_ALL: 'C', ...o.env },
    });
    let said = '';
    const hear = (chunk: Buffer): void => void (said = (said + chunk.toString('utf8')).slice(-KEPT));
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (o.signal?.aborted) reject(new UserError('cancelled', 'the installation was called off', { cause: error }));
      else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve(null);
      else reject(error);
    });
    child.on('close', (code) => resolve({ code: code ?? 1, said }));
  });
}

/** The line that says most: the first that names an error, or the last one that is not empty. */
export function reasonOf({ said }: Outcome): string {
  const lines = said.split('\n').map((line) => line.trim());
  const named = lines.filter((line) => /error/i.test(line));
  return named[0] ?? lines.filter(Boolean).at(-1) ?? 'it says nothing';
}
