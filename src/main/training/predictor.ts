import { join } from 'node:path';
import { ANYWHERE, isAnywhere, trainsEncoder } from '@shared/domain';
import type { Head, InputRecipe, Where } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import type { Engine, HostTensors } from '@main/engine';
import { readParams } from './checkpoints';
import { openFeatures } from './execute';
import type { Features } from './features';
import { predictFull } from './full/scoreFull';
import { headFolder } from './headFiles';
import { inputShape } from './headNetwork';
import type { HeadSpec } from './headNetwork';
import { blockOf, headSpec } from './headSpec';
import type { TrainedHead } from './headSpec';
import { HeadTrainer } from './headTrainer';
import { applyLinear } from './probe';
import { readRunData } from './runData';
import type { RunData } from './runData';
import { engineOf } from './runEngine';
import { readProbe } from './scoreRun';
import { headInput } from './tokenInputs';

/** A head that answers for frames, as often as it is asked. */
export interface Predictor {
  /** What the frames must be. */
  readonly input: InputRecipe;
  /** How many classes; their order is the run's. */
  readonly classes: number;
  /** Ids of the classes, in this order. */
  readonly classIds: readonly number[];
  /** @returns [frames, C] */
  predict(frames: readonly Frame[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * The head that a run trained on all of its training samples.
 * @param on another engine or device than the run's own; `auto`: those of the run
 */
export async function openPredictor(folder: string, head: Head, on: Where = ANYWHERE): Promise<Predictor> {
  const data = await readRunData(folder);
  const { recipe, input, classes } = data.content;
  const engine = await engineOf(isAnywhere(on) ? recipe : on);
  const about = { input, classes: data.classes, classIds: classes.ids };
  if (trainsEncoder(recipe.preset))
    return { ...about, predict: (frames) => predictFull(data, engine, frames), dispose: () => Promise.resolve() };
  const features = await openFeatures(data, engine);
  const dispose = (): Promise<void> => features.dispose();
  if (head === 'probe') {
    const probe = await readProbe(folder, data);
    const read = await features.reader(null);
    const predict = async (frames: readonly Frame[]): Promise<Float32Array> =>
      applyLinear(probe, (await read(frames)).probe);
    return { ...about, predict, dispose };
  }
  const trained: TrainedHead = recipe.mode === 'plain' ? 'chosen' : head;
  const block = trained === 'chosen' ? await blockOf(data) : null;
  const params = await readParams(join(headFolder(folder, trained), 'best.safetensors'));
  const read = await features.reader(recipe.taps);
  const ask = { data, engine, read, trained, block, params };
  return { ...about, predict: (frames) => predictHead(ask, frames), dispose };
}

interface Ask {
  readonly data: RunData;
  readonly engine: Engine;
  readonly read: Awaited<ReturnType<Features['reader']>>;
  readonly trained: TrainedHead;
  readonly block: Awaited<ReturnType<typeof blockOf>>;
  readonly params: HostTensors;
}

async function predictHead(
  { data, engine, read, trained, block, params }: Ask,
  frames: readonly Frame[],
): Promise<Float32Array> {
  const { recipe } = data.content;
  const { tokens, tokenShape } = await read(frames);
  const spec: HeadSpec = await headSpec(data, trained, tokenShape, block);
  const shape = tokenShape as [number, number];
  const size = shape[0] * shape[1];
  const own = inputShape(spec).reduce((a, b) => a * b, 1);
  const trainer = new HeadTrainer(engine, spec, recipe, {
    labels: new Int16Array(frames.length),
    answers: null,
    read: (rows, out) =>
      rows.forEach((row, i) =>
        headInput(tokens!.subarray(row * size, (row + 1) * size), shape, spec, out.subarray(i * own, (i + 1) * own)),
      ),
  });
  try {
    return await trainer.predict(params, [...frames.keys()]);
  } finally {
    await trainer.dispose();
  }
}
