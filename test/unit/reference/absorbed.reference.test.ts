import { beforeAll, describe, expect, it } from 'vitest';
import { createOnnxEngine, loadBlock } from '@main/engine';
import type { HostTensors, TrainerOptions } from '@main/engine';
import { classify, crossEntropy, filled, MODES, prefixBlock, residual, truncatedNormal } from '@main/model';
import type { BlockForm, HostParams, ModeName } from '@main/model';
import { resourcePath } from '@main/project/resources';
import { relativeError } from './arrays';

const BATCH = 4;
const TOKENS = 10;
const CLASSES = 3;

/** Widths of z on both sides of the block's 576: with the Gram matrix of M1, and with u itself (taps). */
const CASES = [384, 1920].flatMap((width) => MODES.filter((mode) => mode !== 'plain').map((mode) => ({ width, mode })));

async function run(form: BlockForm, width: number, mode: ModeName): Promise<HostTensors> {
  const block = await loadBlock(resourcePath('weights', 'smollm2-135m-blocks-0-15-29.Q4_1.gguf'), 29);
  const deviation = 0.05;
  const draw = (name: string, ...shape: number[]): HostParams => ({
    [name]: truncatedNormal(7, name, shape, deviation),
  });
  const z = truncatedNormal(3, 'z', [BATCH, TOKENS, width], 1);
  const params: HostParams = {
    ...draw('llm_in.weight', block.config.width, width),
    ...draw('llm_out.weight', width, block.config.width),
    ...(mode === 'outer-nn' ? draw('outer_nn.weight', width, width) : {}),
    'norm.weight': filled([width], 1),
    'norm.bias': filled([width], 0),
    ...draw('head.weight', CLASSES, width),
    'head.bias': filled([CLASSES], 0),
    // As a parameter, so that its gradient is compared too: a trained encoder lies before it.
    z,
  };
  const targets = filled([BATCH, CLASSES], 0);
  for (let i = 0; i < BATCH; i++) targets.data[i * CLASSES + (i % CLASSES)] = 1;
  const task: Omit<TrainerOptions, 'optimiser'> = {
    params,
    frozen: prefixBlock(block.params),
    inputs: { targets: { dtype: 'float32', shape: targets.shape } },
    loss: (p, frozen, inputs) => {
      const { y } = residual({ ...p, ...frozen }, p.z!, {
        mode,
        core: 'block',
        block: block.config,
        rows: 'cls',
        form,
      });
      const logits = classify(p, y, 'cls');
      return { loss: crossEntropy(logits, inputs.targets!), y, logits };
    },
  };
  const engine = await createOnnxEngine();
  const program = await engine.gradients(task);
  const results = await program.run({ targets });
  await program.dispose();
  return results;
}

describe.each(CASES)('absorbed and full block, z of width $width, mode $mode', ({ width, mode }) => {
  let full: HostTensors;
  let absorbed: HostTensors;
  beforeAll(async () => {
    full = await run('full', width, mode);
    absorbed = await run('absorbed', width, mode);
  });
  const errors = (names: string[]): { name: string; error: number }[] =>
    names.map((name) => ({ name, error: relativeError(absorbed[name]!.data, full[name]!.data) }));
  const tooLarge = (names: string[]): unknown[] => errors(names).filter(({ error }) => !(error <= 1e-5));

  it('give the same outputs', () => {
    expect(tooLarge(['loss', 'y', 'logits'])).toEqual([]);
  });
  it('give the same gradients', () => {
    const names = Object.keys(full).filter((name) => name.startsWith('grad.'));
    expect(names).toContain('grad.llm_in.weight');
    expect(tooLarge(names)).toEqual([]);
  });
});
