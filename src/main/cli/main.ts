import { CommanderError } from 'commander';
import { UserError } from '@shared/errors';
import packageJson from '../../../package.json' with { type: 'json' };
import { Output } from './output';
import { program } from './program';
import type { Context } from './context';
import type { Answer } from './output';

export const EXIT = { done: 0, failed: 1, wrongOptions: 2 } as const;

/**
 * Does what the arguments say.
 * @param args without the program's name
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const output = new Output(args.includes('--json'));
  let work: ((context: Context) => Promise<Answer | null>) | undefined;
  try {
    const residua = program(packageJson.version, (taken) => (work = taken));
    quiet(residua);
    await residua.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return refuse(error, output);
  }
  if (!work) return EXIT.done;
  const ending = new AbortController();
  const end = (): void => {
    if (ending.signal.aborted) process.exit(130); // asked twice: at once
    ending.abort();
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  try {
    const answer = await work({ output, signal: ending.signal });
    if (answer) output.answer(answer);
    return answer?.failed ? EXIT.failed : EXIT.done;
  } catch (error) {
    output.fail(error);
    return EXIT.failed;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }

  /** Help and errors of all commands are thrown instead of ending the process; help goes to stdout only when asked for. */
  function quiet(command: ReturnType<typeof program>): void {
    command.exitOverride().configureOutput({
      writeOut: (text) => (output.json ? process.stderr : process.stdout).write(text),
      writeErr: (text) => void process.stderr.write(text),
    });
    command.commands.forEach(quiet);
  }
}

/** `--help` and `--version` are no mistake, even without a command. */
function refuse(error: CommanderError, output: Output): number {
  if (error.exitCode === 0) return EXIT.done;
  const message = error.code === 'commander.help' ? 'a command is missing' : error.message.replace(/^error: /, '');
  if (output.json) output.fail(new UserError('value-invalid', message));
  return EXIT.wrongOptions;
}
