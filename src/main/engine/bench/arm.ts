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
  /** @returns milliseconds */
  once(): Promise<number>;
  dispose(): Promise<void>;
}

/** Sets one arm up in this process. The host's own copies of the weights are let go of. */
export async function readyArm(arm: BenchArm): Promise<ReadyArm> {
  const engine = await openEngine(arm.engine);
  const model = BENCH_MODELS[arm.model];
  const { task, feeds } = benchTask(arm.form, arm.form === 'none' ? null : benchBlock(arm.block), arm.batch, model);
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  if (arm.work === 'step') {
    const trainer = await engine.trainer(task);
    return {
      engine: engine.description,
      once: () => timed(() => trainer.step(feeds, 1e-4)),
      dispose: () => trainer.dispose(),
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
    once: () => timed(() => program.run(images)),
    dispose: () => program.dispose(),
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
