import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { resourcePath } from '@main/project/resources';
import type { BenchArm } from '@main/engine/bench';
import { UserError } from '@shared/errors';
import { z } from 'zod';
import type { Context } from '../context';
import { percentile } from './figures';

const root = (): string => dirname(resourcePath());
const readySchema = z.object({ ready: z.string() });
const roundSchema = z.object({
  milliseconds: z.number(),
  peak_rss_mb: z.number(),
});
type Round = z.infer<typeof roundSchema>;

/** What one process measured over the rounds. */
export interface Measured {
  readonly engine: string;
  readonly milliseconds: number;
  readonly fastest: number;
  readonly peakMegabytes: number;
}

/** A command line that speaks the protocol of `armProcess.ts`. */
export interface ArmCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

export const ourArm = (name: string, arm: BenchArm): ArmCommand => ({
  name,
  command: process.execPath,
  args: [join(root(), 'out/main/benchArm.js'), JSON.stringify(arm)],
});

/** The same network in PyTorch eager: `test/bench/pytorch_step.py`, which a checkout has. */
export const pytorchArm = (name: string, python: string, options: Record<string, string | number>): ArmCommand => ({
  name,
  command: python,
  args: [
    join(root(), 'test/bench/pytorch_step.py'),
    ...Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]),
  ],
});

const PASSES = 2;
const WARM_UP = 2;

/**
 * Measures networks one after the other, each in a process of its own so that its memory is its own, and goes round again, so that
 * a machine that slows down slows all of them. Several of the large ones would not fit into memory beside each other.
 * @param rounds measured batches of each, over all passes
 */
export async function takeTurns(
  commands: readonly ArmCommand[],
  rounds: number,
  { output, signal }: Context,
): Promise<Record<string, Measured>> {
  const measured = new Map<string, { engine: string; rounds: Round[] }>();
  for (let pass = 0; pass < PASSES; pass++)
    for (const command of commands) {
      signal.throwIfAborted();
      output.progress(`pass ${pass + 1} of ${PASSES}: ${command.name}`);
      const arm = await startArm(command, signal);
      try {
        for (let i = 0; i < WARM_UP; i++) await arm.round();
        const all = measured.get(command.name)?.rounds ?? [];
        for (let i = 0; i < Math.ceil(rounds / PASSES); i++) all.push(await arm.round());
        measured.set(command.name, { engine: arm.engine, rounds: all });
      } finally {
        await arm.end();
      }
    }
  return Object.fromEntries([...measured].map(([name, { engine, rounds }]) => [name, measuredOf(engine, rounds)]));
}

function measuredOf(engine: string, all: readonly Round[]): Measured {
  const times = all.map(({ milliseconds }) => milliseconds);
  return {
    engine,
    milliseconds: percentile(times, 0.5),
    fastest: Math.min(...times),
    peakMegabytes: Math.max(...all.map(({ peak_rss_mb }) => peak_rss_mb)),
  };
}

interface RunningArm {
  readonly engine: string;
  round(): Promise<Round>;
  end(): Promise<void>;
}

async function startArm({ name, command, args }: ArmCommand, signal: AbortSignal): Promise<RunningArm> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], signal });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failed = new Promise<never>((_, reject) => {
    const why = (reason: string): UserError =>
      new UserError('value-invalid', `${name} could not be measured: ${reason}${said ? `: ${said.trim()}` : ''}`);
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
  const { ready } = readySchema.parse(await line());
  return {
    engine: ready,
    async round() {
      child.stdin.write('\n');
      return roundSchema.parse(await line());
    },
    async end() {
      child.stdin.end();
      await closed;
    },
  };
}
