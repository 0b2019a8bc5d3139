import { likelihood } from './likelihood';
import type { Likelihood } from './likelihood';
import type { Products } from './products';
import type { Spectrum } from './spectrum';

/** One fit of a batch: all fits of a batch share the matrix and the labels, and differ in rows, strength and scaling. */
export interface LogisticProblem {
  /** [n], 1 where the row trains. */
  readonly rows: Uint8Array;
  /** C: how much the losses weigh against ½‖w‖² (scikit-learn's meaning; the intercept is not penalised). */
  readonly strength: number;
  /** Standardisation by the training rows. [d] each */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Coefficients of a whole batch; a later fit starts from them. Columns: problem by problem, `columns` each. */
export interface LogisticState {
  /** One column for two classes, else one per class. */
  readonly columns: number;
  /** [d, problems × columns], of standardised features. */
  readonly weights: Float64Array;
  /** [problems × columns] */
  readonly intercepts: Float64Array;
  /** X W + b for every row, whether it trains or not. [n, problems × columns] */
  readonly scores: Float64Array;
  /** How many pairs of products the fit took. */
  readonly products: number;
}

export interface LogisticOptions {
  readonly start?: LogisticState;
  readonly spectrum?: Spectrum;
  /**
   * Norm of the gradient, relative to C·√rows, at which a fit is done. At 1e-3 no probability is further than some 1e-4
   * from the exact optimum (measured on BreastMNIST and PneumoniaMNIST).
   */
  readonly tolerance?: number;
  readonly maxSteps?: number;
}

const MAX_INNER = 80;

/**
 * L2-regularised logistic regressions, binomial or multinomial, all at once: Newton's method with preconditioned conjugate
 * gradients (Dembo, Eisenstat & Steihaug 1982), so that one pass over X serves every fit. Convex; the result depends on the
 * start only within the tolerance.
 * @param x the features, unscaled or globally scaled @param labels [n] class index, read where a row trains
 */
export async function fitLogistic(
  x: Products,
  problems: readonly LogisticProblem[],
  labels: ArrayLike<number>,
  classes: number,
  options: LogisticOptions = {},
): Promise<LogisticState> {
  const batch = new Batch(x, problems, labels, classes, options);
  return batch.solve();
}

class Batch {
  private readonly n: number;
  private readonly d: number;
  private readonly k: number;
  private readonly m: number;
  private readonly tolerance: number;
  private readonly like: Likelihood;
  private readonly scale: Float64Array; // [problems], C·√rows
  private weights: Float64Array; // [d, m]
  private intercepts: Float64Array; // [m]
  private scores!: Float64Array; // [n, m]
  private products = 0;

  constructor(
    private readonly x: Products,
    private readonly problems: readonly LogisticProblem[],
    labels: ArrayLike<number>,
    classes: number,
    private readonly options: LogisticOptions,
  ) {
    this.n = x.rows;
    this.d = x.features;
    this.like = likelihood(problems, labels, classes, this.n);
    this.k = this.like.columns;
    this.m = problems.length * this.k;
    this.tolerance = options.tolerance ?? 1e-3;
    this.scale = Float64Array.from(problems, (p) => {
      let rows = 0;
      for (const trains of p.rows) rows += trains;
      return p.strength * Math.sqrt(Math.max(1, rows));
    });
    const start = options.start;
    const fits = start && start.weights.length === this.d * this.m && start.columns === this.k;
    this.weights = fits ? start.weights.slice() : new Float64Array(this.d * this.m);
    this.intercepts = fits ? start.intercepts.slice() : new Float64Array(this.m);
  }

  async solve(): Promise<LogisticState> {
    const { problems } = this;
    this.scores = await this.apply(this.weights, this.intercepts);
    for (let step = 0; step < (this.options.maxSteps ?? 60); step++) {
      this.like.update(this.scores);
      const gradient = await this.gradient();
      const norms = this.normsOf(gradient);
      const active = problems.map((_, p) => norms[p]! > this.tolerance * this.scale[p]!);
      if (!active.includes(true)) break;
      await this.newtonStep(gradient, norms, active);
    }
    const { weights, intercepts, scores, products } = this;
    return { columns: this.k, weights, intercepts, scores, products };
  }

  /** One damped Newton step; its direction by conjugate gradients, no more exact than the distance to the optimum deserves. */
  private async newtonStep(gradient: Vector, norms: Float64Array, active: boolean[]): Promise<void> {
    const { problems, m, k, n } = this;
    const precondition = this.preconditioner();
    const direction = this.zero();
    const moved = new Float64Array(n * m); // X · direction
    const residual = { w: gradient.w.map((v) => -v), b: gradient.b.map((v) => -v) };
    let z = await precondition(residual);
    const q: Vector = { w: z.w.slice(), b: z.b.slice() };
    let rz = this.dots(residual, z);
    const on = [...active];
    const target = Float64Array.from(problems, (_, p) => {
      const relative = Math.min(0.3, 0.5 * Math.sqrt(norms[p]! / this.scale[p]!));
      return Math.max(relative * norms[p]!, 0.5 * this.tolerance * this.scale[p]!);
    });
    for (let inner = 0; inner < MAX_INNER && on.includes(true); inner++) {
      const u = await this.apply(q.w, q.b); // [n, m]
      const hq = await this.hessianTimes(u, q);
      const curvature = this.dots(q, hq);
      const alpha = Float64Array.from(problems, (_, p) => (on[p] && curvature[p]! > 0 ? rz[p]! / curvature[p]! : 0));
      this.addScaled(direction, alpha, q);
      for (let i = 0, c = 0; i < moved.length; i++, c = c + 1 === m ? 0 : c + 1)
        moved[i]! += alpha[(c / k) | 0]! * u[i]!;
      this.addScaled(
        residual,
        alpha.map((a) => -a),
        hq,
      );
      const left = this.normsOf(residual);
      for (let p = 0; p < problems.length; p++) if (left[p]! <= target[p]!) on[p] = false;
      z = await precondition(residual);
      const next = this.dots(residual, z);
      const beta = Float64Array.from(problems, (_, p) => (on[p] ? next[p]! / rz[p]! : 0));
      this.scaleAndAdd(q, beta, z);
      rz = next;
    }
    this.move(gradient, direction, moved);
  }

  /** Halves the step of each fit until its objective falls enough (Armijo), and takes it. */
  private move(gradient: Vector, direction: Vector, moved: Float64Array): void {
    const { problems, m, k } = this;
    const slope = this.dots(gradient, direction);
    const before = this.objective(this.scores, this.weights);
    const step = new Float64Array(problems.length).fill(1);
    for (let halving = 0; halving < 12; halving++) {
      const scores = this.scores.map((s, i) => s + step[((i % m) / k) | 0]! * moved[i]!);
      const weights = this.weights.map((w, i) => w + step[((i % m) / k) | 0]! * direction.w[i]!);
      const after = this.objective(scores, weights);
      const bad = [...step.keys()].filter(
        (p) => after[p]! > before[p]! + 1e-4 * step[p]! * slope[p]! + 1e-9 * Math.abs(before[p]!),
      );
      if (bad.length === 0 || halving === 11) {
        this.scores = scores;
        this.weights = weights;
        this.intercepts = this.intercepts.map((b, c) => b + step[(c / k) | 0]! * direction.b[c]!);
        return;
      }
      for (const p of bad) step[p]! /= 2;
    }
  }

  private objective(scores: Float64Array, weights: Float64Array): Float64Array {
    const out = this.like.loss(scores); // [problems], C · losses
    for (let i = 0; i < weights.length; i++) out[((i % this.m) / this.k) | 0]! += 0.5 * weights[i]! ** 2;
    return out;
  }

  /** Standardised scores: (X − μ)/σ · w + b. @param w [d, m] @param b [m] @returns [n, m] */
  private async apply(w: Float64Array, b: Float64Array): Promise<Float64Array> {
    const { m, k, d, problems } = this;
    const raw = new Float32Array(d * m);
    const shift = b.slice();
    for (let j = 0; j < d; j++)
      for (let c = 0; c < m; c++) {
        const { mean, deviation } = problems[(c / k) | 0]!;
        const value = Math.fround(w[j * m + c]! / deviation[j]!);
        raw[j * m + c] = value;
        shift[c]! -= mean[j]! * value;
      }
    const scores = await this.x.forward(raw, m); // [n, m]
    this.products++;
    const out = new Float64Array(scores.length);
    for (let i = 0, c = 0; i < out.length; i++, c = c + 1 === m ? 0 : c + 1) out[i] = scores[i]! + shift[c]!;
    return out;
  }

  /** The transpose of `apply`. @param g [n, m] */
  private async applyTransposed(g: Float32Array): Promise<Vector> {
    const { m, k, d, problems } = this;
    const sums = new Float64Array(m);
    for (let i = 0, c = 0; i < g.length; i++, c = c + 1 === m ? 0 : c + 1) sums[c]! += g[i]!;
    const raw = await this.x.backward(g, m); // [d, m]
    const w = new Float64Array(d * m);
    for (let j = 0; j < d; j++)
      for (let c = 0; c < m; c++) {
        const { mean, deviation } = problems[(c / k) | 0]!;
        w[j * m + c] = (raw[j * m + c]! - mean[j]! * sums[c]!) / deviation[j]!;
      }
    return { w, b: sums };
  }

  private async gradient(): Promise<Vector> {
    const out = await this.applyTransposed(this.like.residuals());
    for (let i = 0; i < out.w.length; i++) out.w[i]! += this.weights[i]!;
    return out;
  }

  /** @param u X q, [n, m] */
  private async hessianTimes(u: Float64Array, q: Vector): Promise<Vector> {
    const out = await this.applyTransposed(this.like.curvature(u));
    for (let i = 0; i < out.w.length; i++) out.w[i]! += q.w[i]!;
    return out;
  }

  /**
   * The inverse of I + w̄·XᵀX on the strongest directions and of I elsewhere, w̄ being each column's mean curvature.
   * The other directions of XᵀX matter little beside the penalty.
   */
  private preconditioner(): (v: Vector) => Promise<Vector> {
    const { m, n } = this;
    const curvature = this.like.meanCurvature(); // [m], sums over rows
    const spectrum = this.options.spectrum;
    return async (v) => {
      const b = v.b.map((value, c) => value / Math.max(curvature[c]!, 1e-12));
      if (!spectrum) return { w: v.w.slice(), b };
      const inside = await spectrum.basis.forward(Float32Array.from(v.w), m); // [rank, m]
      for (let i = 0; i < inside.length; i++)
        inside[i]! *= 1 / (1 + (curvature[i % m]! / n) * spectrum.values[(i / m) | 0]!) - 1;
      const change = await spectrum.basis.backward(inside, m); // [d, m]
      return { w: v.w.map((value, i) => value + change[i]!), b };
    };
  }

  private zero(): Vector {
    return { w: new Float64Array(this.d * this.m), b: new Float64Array(this.m) };
  }

  /** a += factor[problem] · b */
  private addScaled(a: Vector, factor: Float64Array, b: Vector): void {
    const { m, k } = this;
    for (let i = 0, c = 0; i < a.w.length; i++, c = c + 1 === m ? 0 : c + 1) a.w[i]! += factor[(c / k) | 0]! * b.w[i]!;
    for (let c = 0; c < m; c++) a.b[c]! += factor[(c / k) | 0]! * b.b[c]!;
  }

  /** a = factor[problem] · a + b */
  private scaleAndAdd(a: Vector, factor: Float64Array, b: Vector): void {
    const { m, k } = this;
    for (let i = 0, c = 0; i < a.w.length; i++, c = c + 1 === m ? 0 : c + 1)
      a.w[i] = factor[(c / k) | 0]! * a.w[i]! + b.w[i]!;
    for (let c = 0; c < m; c++) a.b[c] = factor[(c / k) | 0]! * a.b[c]! + b.b[c]!;
  }

  /** Inner products, one a problem. */
  private dots(a: Vector, b: Vector): Float64Array {
    const { m, k } = this;
    const out = new Float64Array(this.problems.length);
    for (let i = 0, c = 0; i < a.w.length; i++, c = c + 1 === m ? 0 : c + 1) out[(c / k) | 0]! += a.w[i]! * b.w[i]!;
    for (let c = 0; c < m; c++) out[(c / k) | 0]! += a.b[c]! * b.b[c]!;
    return out;
  }

  private normsOf(v: Vector): Float64Array {
    return this.dots(v, v).map(Math.sqrt);
  }
}

/** Weights [d, m] and intercepts [m]. */
interface Vector {
  readonly w: Float64Array;
  readonly b: Float64Array;
}
