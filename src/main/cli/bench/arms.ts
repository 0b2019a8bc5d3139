import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { BenchArm } from '@main/engine/bench';
import type { Context } from '../context';
import { percentile } from './figures';
import { ownProgram, root, startLineProcess } from './lineProcess';
import type { LineCommand } from './lineProcess';

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

export const ourArm = (name: string, arm: BenchArm): LineCommand => ownProgram(name, 'benchArm', arm);

/** The same network in PyTorch eager: `test/bench/pytorch_step.py`, which a checkout has. */
export const pytorchArm = (name: string, python: string, options: Record<string, string | number>): LineCommand => ({
  name,
  command: python,
  args: [
    join(root(), 'test/bench/pytorch_step.py'),
    ...Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]),
  ],
});

const PASSES = 2;
const WARM_UP = 2;

/** Until threads that wait for more work of the last network have gone to sleep [ms]. */
const SETTLED = 50;

/**
 * Measures networks, each in a process of its own so that its memory is its own. Those of a group live beside each other and compute a batch in
 * turn, so that a machine that slows down slows all of them; groups come one after the other, and round again, for not all would fit into memory.
 * @param rounds measured batches of each, over all passes
 */
export async function takeTurns(
  groups: readonly (readonly LineCommand[])[],
  rounds: number,
  { output, signal }: Context,
): Promise<Record<string, Measured>> {
  const measured = new Map<string, { engine: string; rounds: Round[] }>();
  const passes = groups.length > 1 ? PASSES : 1;
  for (let pass = 0; pass < passes; pass++)
    for (const group of groups) {
      const arms: RunningArm[] = [];
      try {
        for (const command of group) {
          signal.throwIfAborted();
          output.progress(`pass ${pass + 1} of ${passes}: ${command.name}`);
          const arm = await startArm(command, signal);
          arms.push(arm);
          if (!measured.has(arm.name)) measured.set(arm.name, { engine: arm.engine, rounds: [] });
          for (let i = 0; i < WARM_UP; i++) await arm.round();
        }
        for (let i = 0; i < Math.ceil(rounds / passes); i++)
          for (const arm of arms) {
            await setTimeout(SETTLED, undefined, { signal });
            measured.get(arm.name)!.rounds.push(await arm.round());
          }
      } finally {
        for (const arm of arms) await arm.end();
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

async function startArm(command: LineCommand, signal: AbortSignal): Promise<RunningArm> {
  const process = await startLineProcess(command, signal);
  return {
    name: command.name,
    engine: readySchema.parse(process.ready).ready,
    round: async () => roundSchema.parse(await process.ask()),
    end: () => process.end(),
  };
}

interface RunningArm {
  readonly name: string;
  readonly engine: string;
  round(): Promise<Round>;
  end(): Promise<void>;
}
