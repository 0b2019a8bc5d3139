import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeFrames, pixelPath } from '@shared/pixels';
import { pixelResponse } from '@main/api/pixels';
import type { Spawner } from '@main/compute';
import { augmentationOf, recipeOf } from '@shared/domain';
import type { RecipeOptions, RunState } from '@shared/domain';
import { builtCompute } from './builtCompute';
import { importBreast, openServices, type Fixture } from './support';

/** Two layers of the encoder and few steps: what is tested here is everything around them. */
const RECIPE: RecipeOptions = { preset: 'full', taps: [1, 2], epochs: 2, batch: 32, seed: 3 };
const TICKS_A_SECOND = 100;

/** Processor time of a process so far. [s] */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

describe('a full run in a child of its own', () => {
  let opened: Fixture;
  let compute: Awaited<ReturnType<typeof builtCompute>>;
  let last: { pid: number } = { pid: 0 };
  let run = '';
  const wait = (what: () => void | Promise<void>): Promise<void> =>
    vi.waitFor(what, { timeout: 300_000, interval: 50 });
  const state = async (): Promise<RunState> => (await opened.client.training.run({ run })).summary.state;
  const stepOfRun = (): number => steps.at(-1) ?? 0;
  const steps: number[] = [];

  beforeAll(async () => {
    compute = await builtCompute();
    const spawner: Spawner = {
      spawn(environment) {
        const child = compute.spawner.spawn(environment);
        last = { pid: child.pid! };
        return child;
      },
    };
    opened = openServices({ spawner });
    opened.services.events.listen((event) => {
      if (event.type === 'run' && event.progress.stage === 'chosen') steps.push(event.progress.done);
    });
    await importBreast(opened.client, join(opened.home, 'breast.residua'));
  }, 300_000);
  afterAll(async () => {
    await opened.close();
    compute.remove();
  });

  it('says before it starts what it takes, measured on real steps', { timeout: 300_000 }, async () => {
    const before = await opened.client.training.estimate(RECIPE);
    expect(before).toMatchObject({ seconds: null, memoryBytes: null, measuring: true, refused: null });
    expect(before.samples).toEqual({ train: 546, val: 78 });
    await wait(async () => expect((await opened.client.training.estimate(RECIPE)).measuring).toBe(false));
    const after = await opened.client.training.estimate(RECIPE);
    expect(after.seconds).toBeGreaterThan(0);
    expect(after.memoryBytes).toBeGreaterThan(200 * 1024 ** 2);
    expect(after.engine).toMatch(/^onnx · CPU/);
  });

  it('shows a sample as its augmentation will change it', async () => {
    const at = async (path: string): Promise<Uint8Array> => {
      const { body } = await pixelResponse(opened.services, path);
      return decodeFrames(body.buffer)[0]!.data as Uint8Array;
    };
    const plain = await at('input/5');
    const as = (options: RecipeOptions): Promise<Uint8Array> =>
      at(pixelPath.augmented([5, 6], augmentationOf(recipeOf({ preset: 'full', ...options }))));
    expect(await as({ seed: 1 })).toHaveLength(plain.length);
    expect(await as({ seed: 1 })).not.toEqual(plain);
    expect(await as({ seed: 1 })).toEqual(await as({ seed: 1 }));
    expect(await as({ seed: 2 })).not.toEqual(await as({ seed: 1 }));
    expect(await as({ seed: 1, mixup: 1 })).not.toEqual(await as({ seed: 1 }));
    const none = await as({ augment: 'none' });
    expect(Math.max(...plain.map((value, i) => Math.abs(value - none[i]!)))).toBeLessThanOrEqual(1);
    expect((await pixelResponse(opened.services, 'augmented?keys=5&as={}')).status).toBe(422);
  });

  it('frees the processor within 2 s when it is paused, and lets another run wait', { timeout: 300_000 }, async () => {
    run = (await opened.client.training.start(RECIPE)).id;
    const next = await opened.client.training.start({ ...RECIPE, epochs: 1 });
    expect(next.state).toBe('queued');
    await wait(() => expect(stepOfRun()).toBeGreaterThan(2));
    await opened.client.training.pause({ run, paused: true });
    await wait(async () => expect(await state()).toBe('paused'));
    if (process.platform === 'linux') {
      const { pid } = last;
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const before = processorTime(pid);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(processorTime(pid) - before).toBeLessThan(0.2);
    }
    const held = stepOfRun();
    expect((await opened.client.training.run({ run: next.id })).summary.state).toBe('queued');
    await opened.client.training.stop({ run: next.id });
    await opened.client.training.pause({ run, paused: false });
    await wait(() => expect(stepOfRun()).toBeGreaterThan(held));
    expect(steps).toContain(held + 1);
  });

  it('fails alone when its child is killed, keeps its finished epochs, and goes on', { timeout: 300_000 }, async () => {
    await wait(async () => expect((await opened.client.training.run({ run })).lines).toHaveLength(1));
    const [first] = (await opened.client.training.run({ run })).lines;
    await wait(() => expect(stepOfRun()).toBeGreaterThan(19));
    process.kill(last.pid, 'SIGKILL');
    await wait(async () => expect(await state()).toBe('failed'));
    expect((await opened.client.training.run({ run })).summary.error).toMatch(/out of memory/);
    await opened.client.training.resume({ run });
    await wait(async () => expect(await state()).toBe('done'));
    const { lines, summary } = await opened.client.training.run({ run });
    expect(lines.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(lines[0]).toEqual(first);
    expect(summary.scores.chosen).toMatchObject({ oof: null, test: null });
  });

  it('predicts only where the person chooses it: train, and validation that chose its epoch, as seen in training, nothing on test', async () => {
    const { client } = opened;
    expect(opened.services.session().predictions.chosen()).toMatchObject({ run: null, head: 'probe' });
    await client.training.choosePredictor({ choice: { run, head: 'chosen' } });
    const { predictions, withheld } = await client.insight.predictions({ run, head: null });
    expect(withheld).toBe(156);
    const kinds = new Set(predictions.map(({ split, kind }) => `${split} ${kind}`));
    expect(kinds).toEqual(new Set(['train seen-in-training', 'val seen-in-training']));
    const { keys } = await client.insight.suspects({});
    expect(keys).toEqual([]);
  });

  it('calls a run stopped that a killed app left as running', { timeout: 300_000 }, async () => {
    const { client, home } = opened;
    const dir = join(home, 'breast.residua');
    await client.project.close({});
    const file = join(dir, 'runs', run, 'state.json');
    const status = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...status, state: 'running' }));
    await client.project.open({ dir });
    expect(await state()).toBe('stopped');
    await client.training.resume({ run });
    await wait(async () => expect(await state()).toBe('done'));
  });
});
