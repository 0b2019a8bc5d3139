import type { InputRecipe, LabelKind, Recipe } from '@shared/domain';
import { openPixels } from '@main/project';
import { changeOf } from './full/augment';
import { fullTrainer } from './full/setup';
import type { RowLabels } from './objective';
import { engineOf } from './runEngine';

/** What is measured before a `full` run starts. */
export interface MeasureTask extends RowLabels {
  readonly projectDir: string;
  readonly recipe: Recipe;
  readonly input: InputRecipe;
  readonly flips: boolean;
  readonly classes: number;
  readonly kind: LabelKind;
  /** Of training samples, whose labels stand in the same order. */
  readonly keys: readonly number[];
  /** Take real steps; not while a run keeps the processor busy. */
  readonly steps: boolean;
}
export interface Measured {
  /** The whole process. */
  readonly memoryBytes: number;
  /** null where none were taken. */
  readonly secondsPerStep: number | null;
  readonly engine: string;
}

/** Node, onnxruntime and tfjs-core before anything is loaded. */
const PROCESS_BYTES = 200 * 1024 ** 2;
/** The first step waits for memory, and is no measure. */
const STEPS = 4;

/** What a step of a `full` run takes here: memory by the sizes of its graph, time by a few real steps, which teach nothing. */
export async function measureFull(task: MeasureTask, signal?: AbortSignal): Promise<Measured> {
  const { recipe, input, keys } = task;
  const engine = await engineOf(recipe);
  const pixels = await openPixels(task.projectDir);
  const data = { ...task, content: { recipe, input, classes: { kind: task.kind } } };
  const trainer = await fullTrainer(data, engine, (row) => pixels.frame(keys[row]!));
  try {
    const memoryBytes = PROCESS_BYTES + trainer.bytes();
    if (!task.steps) return { memoryBytes, secondsPerStep: null, engine: engine.description };
    const times: number[] = [];
    let start = 0;
    await trainer.fit({
      rows: [...keys.keys()],
      change: (row, epoch) => (recipe.augment === 'mild' ? changeOf(recipe.seed, epoch, keys[row]!, task.flips) : null),
      beforeStep: () => {
        start = performance.now();
        return Promise.resolve(times.length === STEPS || signal?.aborted ? 'stop' : 'go');
      },
      onStep: () => times.push((performance.now() - start) / 1000),
      onEpoch: () => Promise.resolve('go'),
    });
    const known = times.slice(1).sort((a, b) => a - b);
    return { memoryBytes, secondsPerStep: known[known.length >> 1] ?? null, engine: engine.description };
  } finally {
    await trainer.dispose();
    await pixels.close();
  }
}
