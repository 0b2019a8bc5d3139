import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { resourcePath } from '@main/project/resources';
import { UserError } from '@shared/errors';

/** A command line that says a line of JSON once it is ready, then answers every line that it reads with one, until its input ends. */
export interface LineCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

export const root = (): string => dirname(resourcePath());

/** A program of ours beside the command line's, with one argument as JSON. @param file its name in `out/main` */
export const ownProgram = (name: string, file: string, argument?: object): LineCommand => ({
  name,
  command: process.execPath,
  args: [join(root(), `out/main/${file}.js`), ...(argument === undefined ? [] : [JSON.stringify(argument)])],
});

export interface LineProcess {
  /** What it said when it was ready. */
  readonly ready: unknown;
  /** Its answer to a line; to be waited for before the next is asked. @throws UserError value-invalid where the process ended */
  ask(question?: object): Promise<unknown>;
  end(): Promise<void>;
}

/** @throws UserError value-invalid where the process ends, with the last of what it said; cancelled by the signal */
export async function startLineProcess(
  { name, command, args }: LineCommand,
  signal: AbortSignal,
): Promise<LineProcess> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], signal });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failed = new Promise<never>((_, reject) => {
    const why = (reason: string): UserError =>
      signal.aborted
        ? new UserError('cancelled', 'the bench was stopped')
        : new UserError('value-invalid', `${name} could not be measured: ${reason}${said ? `: ${said.trim()}` : ''}`);
    child.once('error', (error) => reject(why(error.message)));
    child.once('close', (code) => reject(why(`the process ended with ${code ?? 'a signal'}`)));
  });
  failed.catch(() => undefined); // read by whoever waits for a line
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<unknown> => {
    const next = await Promise.race([lines.next(), failed]);
    if (next.done) return failed;
    return JSON.parse(next.value);
  };
  return {
    ready: await line(),
    ask(question) {
      child.stdin.write(question === undefined ? '\n' : `${JSON.stringify(question)}\n`);
      return line();
    },
    async end() {
      child.stdin.end();
      await closed;
    },
  };
}
