import { readFileSync } from 'node:fs';
import { openEngine } from '../choose';
import type { EngineChoice } from '../choose';
import { BENCH_MODELS, benchBlock, benchBlockConfig, benchNetwork, benchTask } from './network';
import type { BenchBlockSize, BenchModelName, StepForm } from './network';

/** What one process measures: one network, trained or asked. */
export interface BenchArm {
  readonly work: 'step' | 'predict';
  readonly form: StepForm;
  readonly model: BenchModelName;
  readonly block: BenchBlockSize;
  readonly batch: number;
  readonly engine: EngineChoice;
}

/** A network that stands ready; `once` computes one batch. */
export interface ReadyArm {
  readonly engine: string;
  /** Milliseconds; and the loss of a step, by which forms can be told to agree. */
  once(): Promise<{ milliseconds: number; loss: number | null }>;
}

/** Sets one arm up in this process. The host's own copies of the weights are let go of. */
export async function readyArm(arm: BenchArm): Promise<ReadyArm> {
  const engine = await openEngine(arm.engine);
  const model = BENCH_MODELS[arm.model];
  const { task, feeds } = benchTask(arm.form, arm.form === 'none' ? null : benchBlock(arm.block), arm.batch, model);
  const timed = async <T>(work: () => Promise<T>): Promise<{ milliseconds: number; answer: T }> => {
    const start = performance.now();
    const answer = await work();
    return { milliseconds: performance.now() - start, answer };
  };
  if (arm.work === 'step') {
    const trainer = await engine.trainer(task);
    return {
      engine: engine.description,
      async once() {
        const { milliseconds, answer } = await timed(() => trainer.step(feeds, 1e-4));
        return { milliseconds, loss: answer.loss!.data[0]! };
      },
    };
  }
  const logits = benchNetwork(arm.form, arm.form === 'none' ? null : { config: benchBlockConfig(arm.block) }, model);
  const program = await engine.compile({
    constants: { ...task.params, ...task.frozen },
    inputs: { images: task.inputs.images! },
    apply: (constants, inputs) => ({ logits: logits(constants, inputs.images!) }),
  });
  const images = { images: feeds.images! };
  return {
    engine: engine.description,
    async once() {
      return { milliseconds: (await timed(() => program.run(images))).milliseconds, loss: null };
    },
  };
}

/** The most memory that this process ever held, in MB: by the kernel's own mark where there is one. */
export function peakMegabytes(): number {
  try {
    const mark = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (mark) return Math.round(Number(mark[1]) / 1024);
  } catch {
    // not on Linux
  }
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
