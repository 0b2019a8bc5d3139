import type { Engine } from '@main/engine';
import type { Features } from './features';
import { foldRows } from './foldParts';
import { blockOf, headSpec, trainedHeads } from './headSpec';
import type { TrainedHead } from './headSpec';
import type { HeadSpec } from './headNetwork';
import { HeadTrainer } from './headTrainer';
import type { LossOptions } from './headTrainer';
import type { HeadInputs } from './headTrainer';
import type { Pause } from './pause';
import type { RunData } from './runData';
import type { RunLog } from './runLog';
import { rowReader } from './tokenInputs';

/** Where heads train. */
export interface HeadEngines {
  /** With all threads: heads one after the other. */
  readonly whole: Engine;
  readonly threads: number;
  /** With fewer threads: folds side by side. */
  part(threads: number): Promise<Engine>;
}

/** A head's network and what it reads: one for all its trainings. */
interface HeadNetwork {
  readonly spec: HeadSpec;
  readonly inputs: HeadInputs;
}

/** What all trainings of a run's heads share: data, networks, the log, and how many steps are still to go. */
export class HeadWork {
  private readonly networks = new Map<TrainedHead, Promise<HeadNetwork>>();

  constructor(
    readonly data: RunData,
    private readonly features: Features,
    readonly engines: HeadEngines,
    readonly log: RunLog,
    readonly signal?: AbortSignal,
    readonly pause?: Pause,
  ) {
    const { folds } = data.content.recipe;
    const inFolds = Array.from({ length: folds }, (_, fold) => this.stepsOf(foldRows(data, fold).length));
    const steps = inFolds.reduce((sum, n) => sum + n, this.stepsOf(data.train.length));
    for (const head of trainedHeads(data)) log.plan(head, steps);
  }

  /** Steps that so many rows take. */
  stepsOf(rows: number, epochs = this.data.content.recipe.epochs): number {
    return epochs * Math.max(1, Math.ceil(rows / this.data.content.recipe.batch));
  }

  /** Steps that an earlier execution has done already. */
  skip(head: TrainedHead, steps: number): void {
    this.log.plan(head, Math.max(0, this.log.planned(head) - steps));
  }

  /** @param loss of the run's own heads; those of folds have none of its options */
  async trainer(head: TrainedHead, engine: Engine, loss?: LossOptions): Promise<HeadTrainer> {
    let network = this.networks.get(head);
    if (!network) this.networks.set(head, (network = networkOf(this.data, head, this.features)));
    return trainerFor(await network, this.data, engine, loss);
  }
}

/** A head's network over the run's cached tokens. */
export async function trainerOf(
  data: RunData,
  head: TrainedHead,
  features: Features,
  engine: Engine,
): Promise<HeadTrainer> {
  return trainerFor(await networkOf(data, head, features), data, engine);
}

const trainerFor = ({ spec, inputs }: HeadNetwork, data: RunData, engine: Engine, loss?: LossOptions): HeadTrainer =>
  new HeadTrainer(engine, spec, data.content.recipe, inputs, loss);

async function networkOf(data: RunData, head: TrainedHead, features: Features): Promise<HeadNetwork> {
  const store = await features.tokens(data.content.recipe.taps);
  const spec = await headSpec(data, head, store.shape!, head === 'chosen' ? await blockOf(data) : null);
  const reader = rowReader(store, data.hashes, spec);
  return {
    spec,
    inputs: { read: (rows, out) => reader.read(rows, out), labels: data.labels, answers: data.answers },
  };
}
