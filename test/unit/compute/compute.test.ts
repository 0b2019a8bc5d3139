import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeService, ProbeScheduler, RunQueue, type ProbeAnswer, type Spawner } from '@main/compute';
import { executeRun, readRun } from '@main/training';
import { inputRecipe, type ProbeStatus, type RecipeOptions, type RunProgress } from '@shared/domain';
import { builtCompute } from '../api/builtCompute';
import { smallProject, type SmallProject } from '../training/project';

const RECIPE = { core: 'mlp', taps: [2, 12], epochs: 3, batch: 8, folds: 2, warmUpSteps: 3 } satisfies RecipeOptions;
/** Whole runs on a machine that does other things beside. [ms] */
const PATIENT = 300_000;
const FILES = [
  'best.safetensors',
  'last.safetensors',
  'predictions/chosen.safetensors',
  'predictions/plain.safetensors',
];

const EVERYTHING: RecipeOptions = {
  preset: 'full',
  taps: [1, 2],
  epochs: 3,
  batch: 12,
  accumulate: 2,
  folds: 2,
  outOfFold: true,
  augment: 'rand',
  crop: 0.5,
  erase: 0.5,
  mixup: 0.8,
  cutmix: 1,
  dropPath: 0.2,
  clip: 1,
  average: 0.9,
  warmUpSteps: 2,
};
const OF_FULL = [
  'best.safetensors',
  'last.safetensors',
  'predictions/chosen.safetensors',
  'folds/1/chosen/last.safetensors',
  'folds/2/chosen/last.safetensors',
];

describe('the compute process', () => {
  let project: SmallProject;
  let built: Awaited<ReturnType<typeof builtCompute>>;
  let pids: number[] = [];
  let compute: ComputeService;

  beforeAll(async () => {
    [project, built] = await Promise.all([smallProject(), builtCompute()]);
    const spawner: Spawner = {
      spawn(environment) {
        const child = built.spawner.spawn(environment);
        pids.push(child.pid!);
        return child;
      },
    };
    const folder = await project.run(RECIPE);
    const { input } = JSON.parse(readFileSync(join(folder, 'recipe.json'), 'utf8')) as { input: unknown };
    compute = new ComputeService({ spawner, projectDir: project.dir, input: inputRecipe.parse(input) });
  });
  afterAll(async () => {
    await compute?.close();
    built?.remove();
    project?.remove();
  });

  it(
    'loses nothing but the present epoch when it is killed, and says why it died',
    async () => {
      const whole = await project.run(RECIPE);
      await executeRun(whole);
      const cut = await project.run(RECIPE);
      // What was told to be finished must never be trained again.
      const told: string[] = [];
      const kills = ['plain', 'chosen', 'fold-2/plain'];
      for (const part of kills) {
        pids = [];
        const killed = compute.runFolder(cut, {
          onProgress: ({ line }) => {
            if (line) told.push(`${line.part} ${line.epoch}`);
            if (line?.part === part) process.kill(pids[0]!, 'SIGKILL');
          },
        });
        await expect(killed).rejects.toMatchObject({
          code: 'out-of-memory',
          reason: expect.stringContaining('smaller batch'),
        });
        expect(readRun(cut).state).toBe('running');
      }
      const onProgress = ({ line }: RunProgress): void => void (line && told.push(`${line.part} ${line.epoch}`));
      expect((await compute.runFolder(cut, { onProgress })).state).toBe('done');
      expect(told.length).toBe(new Set(told).size);
      for (const file of FILES)
        expect(readFileSync(join(cut, file)).equals(readFileSync(join(whole, file))), file).toBe(true);
      expect(readRun(cut).lines).toEqual(readRun(whole).lines);
    },
    PATIENT,
  );

  it(
    'trains the encoder to the same bits twice, though it was killed over and over, with all that is random switched on',
    async () => {
      // In this process, pictures made ready one after the other; in the child threads do it beside the engine.
      const whole = await project.run(EVERYTHING);
      await executeRun(whole);
      const cut = await project.run(EVERYTHING);
      for (const [stage, done] of [
        ['chosen', 1],
        ['chosen', 5],
        ['folds', 3],
      ] as const) {
        pids = [];
        let dead = false;
        const killed = compute.runFolder(cut, {
          onProgress: (p) => {
            if (dead || p.stage !== stage || p.done < done) return;
            dead = true;
            process.kill(pids[0]!, 'SIGKILL');
          },
        });
        await expect(killed).rejects.toMatchObject({ code: 'out-of-memory' });
      }
      expect((await compute.runFolder(cut)).state).toBe('done');
      for (const file of OF_FULL)
        expect(readFileSync(join(cut, file)).equals(readFileSync(join(whole, file))), file).toBe(true);
      expect(readRun(cut).lines).toEqual(readRun(whole).lines);
      expect(readRun(cut).scores.chosen?.oof?.auc).toBeGreaterThan(0);
      expect(readRun(cut).log.join('\n')).toMatch(/waited for pictures \d+\.\d % of the time/);
    },
    PATIENT,
  );

  it(
    'reads features once where a run begins while they are being read',
    async () => {
      const folder = await project.run({ ...RECIPE, taps: undefined, epochs: 1 });
      let read = false;
      const preparing = compute.prepareFeatures(project.samples).finally(() => (read = true));
      const stopping = new AbortController();
      const stopped = compute.runFolder(folder, { signal: stopping.signal });
      stopping.abort();
      await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
      expect(read).toBe(false);
      const early = new Set<string>();
      await compute.runFolder(folder, { onProgress: ({ stage }) => (read ? undefined : early.add(stage)) });
      expect((await preparing).computed).toBe(project.samples.length);
      expect([...early]).toEqual(['features']);
      expect(readFileSync(join(folder, 'log.txt'), 'utf8')).not.toContain('computed features');
    },
    PATIENT,
  );

  it('fits the probe out of fold, changes its mind with the labels, and finds neighbours', async () => {
    await compute.prepareFeatures(project.samples);
    const first = await compute.fitProbe(project.samples, project.classes);
    project.samples.forEach((s, key) => expect(first.kind[key]).toBe(s.split === 'test' ? 0 : 1));
    const flipped = project.samples.map((s) => ({ ...s, class: 1 - s.class! }));
    const second = await compute.fitProbe(flipped, project.classes);
    const key = project.samples.findIndex((s) => s.split === 'train');
    expect(second.probabilities[2 * key]!).toBeCloseTo(first.probabilities[2 * key + 1]!, 2);
    const near = await compute.neighbours(key, 5);
    expect(near).toHaveLength(5);
    expect(near.every((n, i) => i === 0 || n.distance >= near[i - 1]!.distance)).toBe(true);
    expect(near.some((n) => n.key === key || project.samples[n.key]!.split === 'test')).toBe(false);
  });

  it('makes one refit of changes that come together, and none while paused', async () => {
    const answers: ProbeAnswer[] = [];
    const states: ProbeStatus['state'][] = [];
    const scheduler = new ProbeScheduler({
      compute,
      read: () => ({ samples: project.samples, classes: project.classes, journal: 7 }),
      onStatus: (status) => states.push(status.state),
      onAnswer: (answer, journal) => {
        expect(journal).toBe(7);
        answers.push(answer);
      },
    });
    for (let i = 0; i < 10; i++) scheduler.changed();
    await expect.poll(() => scheduler.status.state, { timeout: 30_000 }).toBe('ready');
    expect(answers.length).toBe(1);
    scheduler.pause(true);
    scheduler.changed();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(answers.length).toBe(1);
    scheduler.pause(false);
    await expect.poll(() => answers.length, { timeout: 30_000 }).toBe(2);
    scheduler.close();
    expect(states).toContain('fitting');
  });

  it(
    'runs one after the other, takes waiting ones out, and leaves what was running to be resumed',
    async () => {
      const order: string[] = [];
      const queue = new RunQueue({ compute, onProgress: () => undefined, onChange: (id) => order.push(id) });
      const [a, b] = [await project.run(RECIPE), await project.run(RECIPE)];
      const first = queue.add(a);
      const second = queue.add(b);
      expect(queue.current).toBe(basename(a));
      await queue.stop(basename(b));
      await second;
      expect(readRun(b).state).toBe('stopped');
      await first;
      expect(readRun(a).state).toBe('done');
      const third = queue.add(b);
      await expect.poll(() => readRun(b).state, { timeout: PATIENT }).toBe('running');
      await queue.close();
      await third;
      expect(readRun(b).state).toBe('stopped');
      expect((await executeRun(b)).state).toBe('done');
    },
    PATIENT,
  );
});
