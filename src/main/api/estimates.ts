import type { Measured } from '@main/compute';
import { pickTargets, targetsOf } from '@main/training/targets';
import { unfit } from '@main/training/refusals';
import { takesPart, type Recipe } from '@shared/domain';
import type { Session } from './session';

/** Batches of samples that are measured on. */
const BATCHES = 4;

/** Recipes of one kind take equally long for a sample. */
export function stepKind(recipe: Recipe): string {
  const { preset, mode, core, taps, block, encoder, encoderSize, trainBlocks, batch } = recipe;
  const { augment, crop, erase, accumulate, clip, average, dropPath } = recipe;
  const network = [mode, core, taps, block, encoder, encoderSize, trainBlocks];
  const picture = [augment, crop < 1, erase > 0];
  return JSON.stringify([preset, network, batch, picture, accumulate, clip !== null, average > 0, dropPath > 0]);
}

/** What steps of `full` runs take on this machine: measured once for each network, when somebody looks at the Train page. */
export class Estimates {
  readonly #known = new Map<string, Measured>();
  #now: { readonly key: string; readonly stop: AbortController } | null = null;

  constructor(
    private readonly session: Session,
    /** Something is known that was not. */
    private readonly changed: () => void,
  ) {}

  /**
   * What is known; where nothing is and `ask` says so, it is measured.
   * @param busy a run keeps the processor: no steps are taken
   */
  of(recipe: Recipe, o: { ask: boolean; busy: boolean }): { measured: Measured | null; measuring: boolean } {
    const key = this.#key(recipe);
    const known = this.#known.get(key) ?? null;
    // Features that are being read keep the processor for a while only: steps are taken behind them.
    const reading = this.session.probeStatus.state === 'features';
    const steps = !o.busy && !reading;
    const enough = known !== null && (known.secondsPerStep !== null || !steps);
    if (!enough && o.ask && this.#now?.key !== key) this.#measure(key, recipe, steps);
    const waits = !o.busy && reading && (known?.secondsPerStep ?? null) === null;
    return { measured: known, measuring: waits || this.#now?.key === key };
  }

  /** A run begins, or the project closes: nothing may compete with it. */
  stop(): void {
    this.#now?.stop.abort();
    this.#now = null;
  }

  #key(recipe: Recipe): string {
    return JSON.stringify([stepKind(recipe), recipe.engine, recipe.device, this.session.classes().ids.length]);
  }

  #measure(key: string, recipe: Recipe, steps: boolean): void {
    this.stop();
    const { project, compute } = this.session;
    const classes = this.session.classes();
    const inTrain = this.session.samples().samples.filter((s) => s.split === 'train' && !s.leak && takesPart(s.state));
    const all = targetsOf(inTrain, classes, () => true);
    const rows = [...inTrain.keys()]
      .filter((row) => all.labels[row]! >= 0)
      .slice(0, BATCHES * recipe.batch * recipe.accumulate);
    if (rows.length === 0 || unfit(recipe, project.input) !== null) return;
    const stop = new AbortController();
    this.#now = { key, stop };
    const task = {
      projectDir: project.dir,
      recipe,
      input: project.input,
      flips: project.flips,
      classes: classes.ids.length,
      kind: classes.kind,
      keys: rows.map((row) => inTrain[row]!.key),
      ...pickTargets(all, rows),
      steps,
    };
    compute
      .measure(task, stop.signal)
      .then((measured) => void this.#known.set(key, measured))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) console.error('what a run takes could not be measured', error);
      })
      .finally(() => {
        if (this.#now?.stop !== stop) return;
        this.#now = null;
        this.changed();
      });
  }
}
