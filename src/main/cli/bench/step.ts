import { loadBlock, openEngine } from '@main/engine';
import type { EngineChoice } from '@main/engine';
import { benchStep as measure } from '@main/engine/bench';
import { tensorflowDir } from '@main/project/enginesDir';
import { resourcePath } from '@main/project/resources';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { machineName } from './machine';

/** One whole training step of a small ViT with the bundled block: absorbed, full, and without it. */
export async function benchStep(
  { steps, engine: name = 'onnx' }: { steps: number; engine?: EngineChoice['engine'] },
  { output }: Context,
): Promise<Answer> {
  output.note(`${steps} steps each of three arms`);
  const engine = await openEngine({ engine: name, device: 'auto', tensorflowDir: tensorflowDir() });
  const block = await loadBlock(resourcePath('weights', 'smollm2-135m-blocks-0-15-29.Q4_1.gguf'), 29);
  const { engine: description, batch, tokens, rounds, timings } = await measure(engine, block, { rounds: steps });
  const arms = timings.map(({ form, milliseconds, fastest, setUpMilliseconds }) => ({
    form,
    milliseconds: Math.round(milliseconds),
    fastest: Math.round(fastest),
    setUpMilliseconds: Math.round(setUpMilliseconds),
  }));
  const json = { machine: machineName(), engine: description, batch, tokens, steps: rounds, arms };
  const rows = arms.map((a) => [a.form, `${a.milliseconds} ms`, `${a.fastest} ms`, `${a.setUpMilliseconds} ms`]);
  const text = [
    `${description}: ViT 192 × 6, ${tokens} tokens, block of SmolLM2-135M, batch ${batch}`,
    table(['block', 'median', 'fastest', 'set-up'], rows),
  ].join('\n');
  return { json, text };
}
