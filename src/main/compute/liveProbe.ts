import { join } from 'node:path';
import type { InputRecipe } from '@shared/domain';
import { UserError } from '@shared/errors';
import { createOnnxEngine, type Engine } from '@main/engine';
import { openPixels } from '@main/project';
import type { ClassList, FilePrediction, Predictions, TrainingSample } from '@main/training';
import { Features, type FeatureProgress } from '@main/training/features';
import { framesOf } from '@main/training/predict';
import { applyLinear, type Probe } from '@main/training/probe';
import { foldsOf } from '@main/training/runData';
import { encoderPath } from '@main/training/encoderChoice';
import { SPLIT_CODE } from '@main/training/runFolder';
import { probeOf } from '@main/training/runProbe';
import { tapsBeforehand } from '@main/training/taps';
import { fitTargets } from '@main/training/targetProbe';
import { NOT_ASSESSED, pickTargets, type Targets } from '@main/training/targets';
import { enoughGroups, labelledGroups, probeTargets, tooFewGroups } from './groupCounts';
import type { NeighbourAnswer } from './service';

const FOLDS = 5;
const SEED = 1;
/** Share of labels changed since the strengths were chosen, above which choosing anew is due. */
const OLD_CHOICE = 0.02;

/** What came of preparing features. */
export interface Prepared {
  readonly computed: number;
  readonly total: number;
  /** Samples whose pixels could not be read: the rest goes on without them. */
  readonly missing: number;
}

/** What stays the same while labels change. */
interface Fitted {
  /** Contents and groups of the rows; another text needs another probe. */
  readonly identity: string;
  /** Keys of the rows of train and validation. */
  readonly rows: readonly number[];
  readonly probe: Probe;
  readonly folds: Uint8Array;
  chosenOn: ArrayLike<number> | null;
  /** What it was fitted on last. */
  last: { targets: Targets; place: Parameters<typeof fitTargets>[2]; classes: number } | null;
}

/** The probe of an open project, warm from one correction to the next (docs/science.md, section 3). */
export class LiveProbe {
  #engine: Promise<Engine> | undefined;
  #features: Promise<Features> | undefined;
  #fitted: Fitted | undefined;
  /** Contents whose pixels could not be read, and whose features are not there: they take no part and get no prediction. */
  #missing: ReadonlySet<string> = new Set();

  constructor(
    private readonly dir: string,
    private readonly input: InputRecipe,
  ) {}

  /** The probe's features, and in the same pass the tokens that the first run will ask for. */
  async prepare(
    samples: readonly TrainingSample[],
    o: { onProgress?: (p: FeatureProgress) => void; signal?: AbortSignal },
  ): Promise<Prepared> {
    const features = await this.features();
    await features.probe.refresh();
    const pixels = await openPixels(this.dir, this.input);
    try {
      const sources = samples.map((s) => ({ contentHash: s.contentHash, frame: () => pixels.frame(s.key) }));
      const taps = tapsBeforehand(samples.length, this.input);
      const missing = new Set<string>();
      const computed = await features.prepare(sources, taps, {
        ...o,
        onUnreadable: (hash) => void missing.add(hash),
      });
      this.#missing = missing;
      const without = samples.filter((s) => missing.has(s.contentHash)).length;
      // Where nothing can be read there is nothing to go on with, and the reason is worth more than a number.
      if (without === samples.length && without > 0) await pixels.frame(samples[0]!.key);
      return { computed, total: samples.length, missing: without };
    } finally {
      await pixels.close();
      await features.dispose();
    }
  }

  /** @throws UserError too-few-samples where no two classes have 10 groups: no fold could be trusted */
  async fit(
    samples: readonly TrainingSample[],
    classes: ClassList,
    choose: boolean,
  ): Promise<Predictions & { choiceIsOld: boolean }> {
    const all = probeTargets(samples, classes);
    this.leaveOutMissing(samples, all);
    const groups = labelledGroups(samples, all, classes);
    if (!enoughGroups(groups)) throw new UserError('too-few-samples', tooFewGroups(groups));
    const fitted = await this.fitted(samples, all);
    const k = classes.ids.length;
    const targets = pickTargets(all, fitted.rows);
    const place = {
      folds: fitted.folds,
      foldCount: FOLDS,
      isTrain: Uint8Array.from(fitted.rows, (i) => (samples[i]!.split === 'train' ? 1 : 0)),
    };
    fitted.last = { targets, place, classes: k };
    const { outOfFold } = await fitTargets(fitted.probe, targets, place, k, { choose });
    const answers = targets.answers ?? targets.labels;
    if (choose || fitted.chosenOn?.length !== answers.length) fitted.chosenOn = answers;
    const probabilities = new Float32Array(samples.length * k).fill(NaN);
    const kind = new Uint8Array(samples.length);
    fitted.rows.forEach((key, row) => {
      probabilities.set(outOfFold.subarray(row * k, (row + 1) * k), key * k);
      kind[key] = 1;
    });
    const { chosenOn } = fitted;
    let changed = 0;
    for (let i = 0; i < answers.length; i++) if (answers[i] !== chosenOn[i]) changed++;
    return { probabilities, kind, classes: k, choiceIsOld: changed > OLD_CHOICE * answers.length };
  }

  /** By the cosine of standardised features, train and validation only. */
  neighbours(key: number, count: number): NeighbourAnswer[] {
    const fitted = this.#fitted;
    const own = fitted?.rows.indexOf(key) ?? -1;
    if (!fitted || own < 0) return [];
    const { probe, rows } = fitted;
    const from = probe.row(own);
    const norm = Math.sqrt(dot(from, from));
    const found = rows.map((other, row): NeighbourAnswer => {
      const to = probe.row(row);
      return { key: other, distance: 1 - dot(from, to) / (norm * Math.sqrt(dot(to, to)) || 1) };
    });
    return found
      .filter((n) => n.key !== key)
      .sort((a, b) => a.distance - b.distance || a.key - b.key)
      .slice(0, count);
  }

  /** Files outside of the project, by the probe of all train and validation samples as it was fitted last. */
  async predictFiles(files: readonly string[]): Promise<FilePrediction[]> {
    const fitted = this.#fitted;
    if (!fitted?.last) throw new UserError('too-few-samples', 'the probe has not been fitted yet');
    const frames = await framesOf(files, this.input);
    const { targets, place, classes } = fitted.last;
    const { head } = await fitTargets(fitted.probe, targets, place, classes, { finals: true });
    const features = await this.features();
    const { probe } = await features.of(
      frames.map(({ frame }) => frame),
      null,
    );
    await features.dispose();
    const all = applyLinear(head!, probe); // [files, C]
    return frames.map(({ file, contentHash }, i) => ({
      file,
      contentHash,
      probabilities: all.slice(i * classes, (i + 1) * classes),
    }));
  }

  private async fitted(samples: readonly TrainingSample[], targets: Targets): Promise<Fitted> {
    const rows = samples.filter((s) => s.split !== 'test' && !this.#missing.has(s.contentHash)).map((s) => s.key);
    const identity = rows.map((i) => `${samples[i]!.contentHash} ${samples[i]!.group}`).join();
    if (this.#fitted?.identity === identity) return this.#fitted;
    await this.#fitted?.probe.dispose();
    this.#fitted = undefined;
    const hashes = rows.map((i) => samples[i]!.contentHash);
    const probe = await probeOf(await this.features(), hashes, await this.engine());
    const split = Uint8Array.from(samples, (s) => SPLIT_CODE[s.split ?? 'none']);
    const folds = foldsOf(samples, targets.labels, split, FOLDS, SEED);
    this.#fitted = {
      identity,
      rows,
      probe,
      folds: Uint8Array.from(rows, (i) => folds[i]!),
      chosenOn: null,
      last: null,
    };
    return this.#fitted;
  }

  /** A sample without features teaches nothing, and its group is none that folds can count on. */
  private leaveOutMissing(samples: readonly TrainingSample[], { labels, answers }: Targets): void {
    if (this.#missing.size === 0) return;
    const width = answers ? answers.length / samples.length : 0;
    samples.forEach(({ contentHash }, i) => {
      if (!this.#missing.has(contentHash)) return;
      labels[i] = -1;
      answers?.fill(NOT_ASSESSED, i * width, (i + 1) * width);
    });
  }

  private engine(): Promise<Engine> {
    return (this.#engine ??= createOnnxEngine({}));
  }

  private features(): Promise<Features> {
    return (this.#features ??= Features.open({
      cacheDir: join(this.dir, 'cache'),
      encoderPath: encoderPath(),
      input: this.input,
      engine: () => this.engine(),
    }));
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
