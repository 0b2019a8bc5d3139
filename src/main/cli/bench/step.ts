import type { BenchArm, BenchBlockSize, BenchModelName, StepForm } from '@main/engine/bench';
import type { EngineChoice } from '@main/engine';
import { tensorflowDir } from '@main/project/enginesDir';
import type { Where } from '@shared/domain';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { ourArm, pytorchArm, takeTurns } from './arms';
import type { Measured } from './arms';
import type { LineCommand } from './lineProcess';
import { machineName } from './machine';

export interface NetworkBenchOptions {
  model: BenchModelName;
  blockSize: BenchBlockSize;
  batch: number;
  rounds: number;
  engine?: Where['engine'];
  device?: Where['device'];
  /** An interpreter that has torch: the same network there, in turns with ours. */
  pytorch?: string;
}

/** One whole training step (forward, backward, AdamW): no block, the absorbed block, the full one, and PyTorch's. */
export async function benchStep(options: NetworkBenchOptions, context: Context): Promise<Answer> {
  const arms = [...ourArms('step', options), ...pytorchArms(options, 'step', ['plain', 'block', 'bf16'])];
  const measured = await takeTurns(groupsOf(arms, options), options.rounds, context);
  const ms = (name: string): number | null => milliseconds(measured[name]);
  const json = {
    ...described(options, measured),
    plain_ms: ms('plain'),
    block_ms: ms('block'),
    full_block_ms: ms('full block'),
    peak_rss_mb: measured['block']!.peakMegabytes,
    plain_peak_rss_mb: measured['plain']!.peakMegabytes,
    pytorch_ms: ms('PyTorch, block'),
    pytorch_plain_ms: ms('PyTorch, plain'),
    pytorch_bf16_ms: ms('PyTorch, bf16'),
    pytorch_peak_rss_mb: measured['PyTorch, block']?.peakMegabytes ?? null,
  };
  return { json, text: report(options, measured) };
}

/** Answers for one batch, without training. */
export async function benchPredict(options: NetworkBenchOptions, context: Context): Promise<Answer> {
  const arms = [...ourArms('predict', options), ...pytorchArms(options, 'predict', ['plain', 'block'])];
  const measured = await takeTurns(groupsOf(arms, options), options.rounds, context);
  const rate = (name: string): number | null => {
    const of = measured[name];
    return of ? Math.round((options.batch * 10_000) / of.milliseconds) / 10 : null;
  };
  const json = {
    ...described(options, measured),
    plain_images_per_s: rate('plain'),
    block_images_per_s: rate('block'),
    full_block_images_per_s: rate('full block'),
    peak_rss_mb: measured['block']!.peakMegabytes,
    pytorch_images_per_s: rate('PyTorch, block'),
    pytorch_plain_images_per_s: rate('PyTorch, plain'),
    pytorch_peak_rss_mb: measured['PyTorch, block']?.peakMegabytes ?? null,
  };
  return { json, text: report(options, measured) };
}

const FORMS: readonly [string, StepForm][] = [
  ['plain', 'none'],
  ['block', 'absorbed'],
  ['full block', 'full'],
];

/** Which networks live beside each other: all small ones; of a large block's, each beside the one that it is compared with. */
function groupsOf(arms: readonly LineCommand[], { blockSize }: NetworkBenchOptions): LineCommand[][] {
  if (blockSize === '576') return [[...arms]];
  const named = (...names: string[]): LineCommand[] => arms.filter(({ name }) => names.includes(name));
  return [
    named('plain', 'PyTorch, plain'),
    named('block', 'PyTorch, block'),
    named('full block'),
    named('PyTorch, bf16'),
  ].filter((group) => group.length > 0);
}

function ourArms(work: BenchArm['work'], options: NetworkBenchOptions): LineCommand[] {
  const { model, blockSize, batch, engine = 'onnx', device = 'auto' } = options;
  const choice: EngineChoice = { engine, device, tensorflowDir: tensorflowDir() };
  return FORMS.map(([name, form]) => ourArm(name, { work, form, model, block: blockSize, batch, engine: choice }));
}

function pytorchArms(
  { model, blockSize, batch, pytorch }: NetworkBenchOptions,
  work: BenchArm['work'],
  arms: readonly string[],
): LineCommand[] {
  if (pytorch === undefined) return [];
  return arms.map((arm) =>
    pytorchArm(`PyTorch, ${arm}`, pytorch, { work, arm, model, 'block-size': blockSize, batch }),
  );
}

const milliseconds = (of: Measured | undefined): number | null => (of ? Math.round(of.milliseconds * 10) / 10 : null);

const described = ({ model, blockSize, batch, rounds }: NetworkBenchOptions, measured: Record<string, Measured>) => ({
  machine: machineName(),
  engine: measured['plain']!.engine,
  model,
  block_size: blockSize,
  batch,
  rounds,
});

function report({ model, blockSize, batch }: NetworkBenchOptions, measured: Record<string, Measured>): string {
  const rows = Object.entries(measured).map(([name, of]) => [
    name,
    `${milliseconds(of)} ms`,
    `${Math.round(of.fastest * 10) / 10} ms`,
    `${of.peakMegabytes} MB`,
  ]);
  return [
    `${model}, block of size ${blockSize}, batch ${batch}; ${measured['plain']!.engine}; ${machineName()}`,
    table(['', 'median', 'fastest', 'peak memory'], rows),
  ].join('\n');
}
