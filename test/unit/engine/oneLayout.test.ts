import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createOnnxEngine } from '@main/engine';
import type { Engine, HostTensors, LoadedBlock } from '@main/engine';
import { benchTask } from '@main/engine/bench';
import { blockTensors, llamaBlock, truncatedNormal } from '@main/model';
import type { HostParams } from '@main/model';

/** Large enough that its matrices lie in blocks: 1024 × 1024 numbers. */
const config = llamaBlock({ width: 1024, heads: 8, keyValueHeads: 4, headSize: 128, hidden: 1280, epsilon: 1e-5 });
const params: HostParams = Object.fromEntries(
  Object.entries(blockTensors(config)).flatMap(([name, { shape, optional }]) =>
    optional ? [] : [[name, truncatedNormal(5, name, shape, shape.length === 1 ? 1 : 0.03)]],
  ),
);
const block: LoadedBlock = { config, params, layers: [0] };

async function gradientsOf(engine: Engine, form: 'absorbed' | 'full'): Promise<HostTensors> {
  const { task, feeds } = benchTask(form, block, 2);
  const program = await engine.gradients(task);
  try {
    return await program.run(feeds);
  } finally {
    await program.dispose();
  }
}

const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('residua-weights-'));

describe('large frozen weights', () => {
  it('lie in one layout, mapped from files, and give the derivatives of every token through the block', async () => {
    const before = left();
    // The 100 rows of the full form read the matrices as they are.
    const full = await gradientsOf(await createOnnxEngine({ mapFrom: Infinity }), 'full');
    const mapped = await gradientsOf(await createOnnxEngine({ mapFrom: 1 }), 'absorbed');
    for (const [name, tensor] of Object.entries(full)) {
      const [expected, given] = [tensor, mapped[name]!].map(({ data }) => Array.from(data)) as [number[], number[]];
      const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const off = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - given[i]!)), 0);
      expect(off, name).toBeLessThanOrEqual(2e-5 * scale + 1e-8);
    }
    expect(left().filter((name) => !before.includes(name))).toEqual([]);
  });

  it('are shared by equal networks', async () => {
    const engine = await createOnnxEngine({ mapFrom: 1 });
    const { task, feeds } = benchTask('absorbed', block, 2);
    const [a, b] = [await engine.trainer(task), await engine.trainer(task)];
    const [first, second] = [await a.step(feeds, 1e-4), await b.step(feeds, 1e-4)];
    expect(first.loss!.data[0]).toBe(second.loss!.data[0]);
    await a.dispose();
    expect((await b.step(feeds, 1e-4)).loss!.data[0]).toBeLessThan(second.loss!.data[0]!);
    await b.dispose();
  });
});
