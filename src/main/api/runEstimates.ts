import { resolveRecipe, type RunInfo } from '@main/training/runFolder';
import { unfit } from '@main/training/refusals';
import { quickBytes, SHIPPED_BLOCK } from '@main/training/quickMemory';
import { stepsOf } from '@main/training/full/schedule';
import type { ClassList, TrainingSample } from '@main/training';
import { answerTo, changesPictures, recipeOf, takesPart, trainsEncoder } from '@shared/domain';
import type { LibraryBlock, Recipe, RecipeOptions, RunEstimate } from '@shared/domain';
import { UserError } from '@shared/errors';
import { Estimates, stepKind } from './estimates';
import type { Session } from './session';

/** What is known of the runs there are. */
interface Known {
  /** Oldest first. */
  infos(): RunInfo[];
  /** A run keeps the processor. */
  busy(): boolean;
  /** An estimate is known that was not. */
  changed(): void;
}

/** What a run would take: samples, time, memory, and why it would be refused. */
export class RunEstimates {
  readonly #steps: Estimates;

  constructor(
    private readonly session: Session,
    private readonly runs: Known,
  ) {
    this.#steps = new Estimates(session, () => runs.changed());
  }

  /** A run begins, or the project closes: nothing may compete with it. */
  stop(): void {
    this.#steps.stop();
  }

  /**
   * What a run with these options would take.
   * @param o.ask measure what is not known yet
   * @param o.blocks of the library, with their shapes
   */
  of(options: RecipeOptions, o: { ask?: boolean; blocks?: readonly LibraryBlock[] } = {}): RunEstimate {
    const { index, splits } = this.session.project;
    const { samples } = this.session.samples();
    const leftOut = { unsure: 0, excluded: 0, unlabelled: 0, leak: 0 };
    const counts = { train: 0, val: 0 };
    for (const sample of samples) {
      if (sample.leak) leftOut.leak += 1;
      else if (sample.split !== 'train' && sample.split !== 'val') continue;
      else if (sample.state === 'unsure' || sample.state === 'excluded') leftOut[sample.state] += 1;
      else if ((sample.class === null && !sample.answers) || !takesPart(sample.state)) leftOut.unlabelled += 1;
      else counts[sample.split] += 1;
    }
    let resolved: Recipe | null = null;
    let refused: string | null = null;
    try {
      resolved = resolveRecipe(options, this.session.project.input);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused = error.reason;
    }
    if (resolved) refused ??= unfit(resolved, this.session.project.input);
    const train = samples.filter((s) => s.split === 'train' && takesPart(s.state));
    refused ??= tooOneSided(train, this.session.classes());
    return {
      recipe: resolved ?? { ...recipeOf({ preset: options.preset }), ...options },
      samples: counts,
      leftOut,
      ...this.#takes(resolved, counts, { ask: o.ask === true && refused === null, blocks: o.blocks ?? [] }),
      refused: refused ?? (index.size === 0 || splits.version < 1 ? 'the project has no samples' : null),
    };
  }

  /** Time and memory, from an earlier run of this kind or from measured steps. */
  #takes(
    recipe: Recipe | null,
    { train, val }: { train: number; val: number },
    { ask, blocks }: { ask: boolean; blocks: readonly LibraryBlock[] },
  ): Pick<RunEstimate, 'seconds' | 'foldsSeconds' | 'memoryBytes' | 'memoryFrom' | 'measuring' | 'engine'> {
    const like = recipe && this.#lastLike(recipe);
    if (recipe?.preset === 'booster') {
      const seconds = boosterSeconds(recipe, like ?? this.#lastLike({ ...recipe, preset: 'quick' }));
      return { ...UNMEASURED, seconds, engine: like?.engine ?? asked(recipe) };
    }
    if (!recipe || !trainsEncoder(recipe.preset)) {
      const perSample = like ? (like.seconds ?? 0) / Math.max(1, like.samples.train + like.samples.val) : null;
      const seconds = perSample === null ? null : perSample * (train + val);
      const memoryBytes = recipe && this.#quickBytes(recipe, train + val, blocks);
      const memoryFrom = memoryBytes === null ? null : 'sizes';
      return { ...UNMEASURED, seconds, memoryBytes, memoryFrom, engine: like?.engine ?? asked(recipe) };
    }
    const { measured, measuring } = this.#steps.of(recipe, { ask, busy: this.runs.busy() });
    const { batch, accumulate } = recipe;
    const own = ownWork(recipe, recipe.epochs, { train, val });
    const folds = foldWork(recipe, { train, val });
    const learnt = like ? ownWork(like.recipe, like.epochsDone, like.samples) + foldWork(like.recipe, like.samples) : 0;
    const perStep = measured?.secondsPerStep ?? null;
    const perSample =
      learnt > 0 ? (like!.seconds ?? 0) / learnt : perStep === null ? null : perStep / batch / accumulate;
    const views = changesPictures(recipe) ? Math.min(recipe.views, recipe.epochs) : 1;
    const making = learnt > 0 ? 0 : (measured?.secondsPerView ?? 0) * (train * (views + 1) + val);
    return {
      seconds: perSample === null ? null : perSample * (own + folds) + making,
      foldsSeconds: perSample === null || folds === 0 ? null : perSample * folds,
      memoryBytes: measured?.memoryBytes ?? null,
      memoryFrom: measured ? 'graph' : null,
      measuring,
      engine: measured?.engine ?? like?.engine ?? asked(recipe),
    };
  }

  /** null where the block's shape is not known. */
  #quickBytes(recipe: Recipe, labelled: number, blocks: readonly LibraryBlock[]): number | null {
    const { input, index } = this.session.project;
    const layers = recipe.block ? [recipe.block.layer].flat() : [];
    const own = recipe.block && blocks.find(({ path }) => path === recipe.block!.path);
    // The shape of an encoder of one's own is not known without opening its file.
    if (recipe.encoder !== 'vit' || (recipe.block && !own)) return null;
    const block = own ? { width: own.width, parameters: own.parameters * layers.length } : SHIPPED_BLOCK;
    return quickBytes(recipe, { samples: index.size, labelled, input, block });
  }

  #lastLike(recipe: Recipe): RunInfo | undefined {
    const kind = (of: Recipe): string =>
      JSON.stringify([
        trainsEncoder(of.preset) ? stepKind(of) : [of.preset, of.mode, of.core, of.taps],
        of.engine,
        of.device,
      ]);
    return this.runs
      .infos()
      .findLast(
        (info) =>
          info.state === 'done' &&
          info.seconds !== null &&
          (info.epochsDone > 0 || info.booster) &&
          kind(info.recipe) === kind(recipe),
      );
  }
}

/** What a recipe asks for, where nothing like it has run here. */
function asked(recipe: Recipe | null): string {
  const { engine, device } = recipe ?? { engine: 'auto', device: 'auto' };
  return [engine === 'auto' ? 'onnx' : engine, device === 'auto' ? '' : device].filter(Boolean).join(' · ');
}

const UNMEASURED = { foldsSeconds: null, memoryBytes: null, memoryFrom: null, measuring: false } as const;

interface Counts {
  readonly train: number;
  readonly val: number;
}
/** Work of a run that trains the encoder, in samples learnt from; one that is only predicted takes about a third of that. */
const ownWork = ({ batch, accumulate }: Recipe, epochs: number, { train, val }: Counts): number =>
  stepsOf(train, { batch, accumulate }) * batch * accumulate * epochs + ((epochs + 1) * val + train) / 3;

/** That of its folds: 0 where none are asked for. */
function foldWork({ outOfFold, folds, epochs, batch, accumulate }: Recipe, { train, val }: Counts): number {
  if (!outOfFold) return 0;
  const rows = ((train + val) * (folds - 1)) / folds;
  return folds * stepsOf(rows, { batch, accumulate }) * batch * accumulate * epochs + (train + val) / 3;
}

/** Trainings of a check for each one of a fold of `quick`: the block and the random one, each at three rates and once whole. */
const PER_FOLD = 2 * (3 * 0.75 + 1);

/** About what a booster check takes, from an earlier one or from a run of `quick`; null without either. */
function boosterSeconds({ seeds, folds, epochs }: Recipe, like: RunInfo | undefined): number | null {
  if (!like) return null;
  const earlier = like.recipe;
  const trainings = earlier.preset === 'booster' ? earlier.seeds * earlier.folds : (earlier.folds + 1) / PER_FOLD;
  return ((like.seconds ?? 0) * seeds * folds * epochs) / (trainings * earlier.epochs);
}

/** Why samples of one kind alone cannot be learnt from; null where there are two kinds. */
function tooOneSided(train: readonly TrainingSample[], classes: ClassList): string | null {
  if (classes.kind !== 'answers')
    return new Set(train.flatMap((s) => s.class ?? [])).size < 2
      ? 'the training split needs samples of at least two classes'
      : null;
  const both = classes.ids.some((id) => {
    const said = new Set(train.map((s) => answerTo(s.answers, id)));
    return said.has('yes') && said.has('no');
  });
  return both ? null : 'the training split needs at least one question that was answered with yes and with no';
}
