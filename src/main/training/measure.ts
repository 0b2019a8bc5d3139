import type { InputRecipe, LabelKind, Recipe } from '@shared/domain';
import { openPixels } from '@main/project';
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
  /** Making the kept tokens of one view of a sample; null where all of the encoder is trained. */
  readonly secondsPerView: number | null;
  readonly engine: string;
}

/** Node, onnxruntime and tfjs-core before anything is loaded. */
const PROCESS_BYTES = 200 * 1024 ** 2;
/** The first step waits for memory, and is no measure. */
const STEPS = 4;
/** Milliseconds after which fewer do: a person waits for the answer. */
const LONG = 30_000;

/** What a step of a `full` run takes here: memory by the sizes of its graph, time by a few real steps, which teach nothing. */
export async function measureFull(task: MeasureTask, signal?: AbortSignal): Promise<Measured> {
  const { recipe, input, keys } = task;
  const engine = await engineOf(recipe);
  const pixels = await openPixels(task.projectDir, input);
  const data = { ...task, content: { recipe, input, flips: task.flips, classes: { kind: task.kind } } };
  const trainer = await fullTrainer(data, engine, {
    frame: (row) => pixels.frame(keys[row]!),
    keyOf: (row) => keys[row]!,
  });
  try {
    const memoryBytes = PROCESS_BYTES + trainer.bytes();
    if (!task.steps) return { memoryBytes, secondsPerStep: null, secondsPerView: null, engine: engine.description };
    const secondsPerView = recipe.trainBlocks === null ? null : await trainer.prepare([...keys.keys()]);
    const times: number[] = [];
    const begun = performance.now();
    const enough = (): boolean => times.length === STEPS || (times.length > 1 && performance.now() - begun > LONG);
    let start = 0;
    await trainer.fit({
      rows: [...keys.keys()],
      stream: 0,
      beforeStep: () => {
        start = performance.now();
        return Promise.resolve(enough() || signal?.aborted ? 'stop' : 'go');
      },
      onStep: () => times.push((performance.now() - start) / 1000),
      onEpoch: () => Promise.resolve('go'),
    });
    const known = times.slice(1).sort((a, b) => a - b);
    const secondsPerStep = known[known.length >> 1] ?? null;
    return { memoryBytes, secondsPerStep, secondsPerView, engine: engine.description };
  } finally {
    await trainer.dispose();
    await pixels.close();
  }
}
