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
  loss: z.number().nullish(),
  peak_rss_mb: z.number(),
});
type Round = z.infer<typeof roundSchema>;

/** What one process measured over the rounds. */
export interface Measured {
  readonly engine: string;
  readonly milliseconds: number;
  readonly fastest: number;
  readonly peakMegabytes: number;
  readonly losses: readonly number[];
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

const WARM_UP = 2;

/**
 * Measures networks in processes of their own, a batch each in turn, so that whatever else the machine does slows all alike,
 * and each one's memory is its own. Beside each other they must fit into memory.
 */
export async function takeTurns(
  commands: readonly ArmCommand[],
  rounds: number,
  { output, signal }: Context,
): Promise<Record<string, Measured>> {
  const arms: RunningArm[] = [];
  try {
    for (const command of commands) {
      output.progress(`setting up ${command.name}`);
      arms.push(await startArm(command, signal));
    }
    const results = arms.map((): Round[] => []);
    for (let round = 0; round < rounds + WARM_UP; round++)
      for (const [i, arm] of arms.entries()) {
        signal.throwIfAborted();
        output.progress(`round ${round + 1} of ${rounds + WARM_UP}: ${arm.name}`);
        results[i]!.push(await arm.round());
      }
    return Object.fromEntries(arms.map((arm, i) => [arm.name, measuredOf(arm.engine, results[i]!)]));
  } finally {
    for (const arm of arms) arm.end();
  }
}

function measuredOf(engine: string, all: readonly Round[]): Measured {
  const times = all.slice(WARM_UP).map(({ milliseconds }) => milliseconds);
  return {
    engine,
    milliseconds: percentile(times, 0.5),
    fastest: Math.min(...times),
    peakMegabytes: Math.max(...all.map(({ peak_rss_mb }) => peak_rss_mb)),
    losses: all.flatMap(({ loss }) => loss ?? []),
  };
}

interface RunningArm {
  readonly name: string;
  readonly engine: string;
  round(): Promise<Round>;
  end(): void;
}

async function startArm({ name, command, args }: ArmCommand, signal: AbortSignal): Promise<RunningArm> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], signal });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
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
    name,
    engine: ready,
    async round() {
      child.stdin.write('\n');
      return roundSchema.parse(await line());
    },
    end: () => void child.stdin.end(),
  };
}
