import type { LinearHead, Probe, ProbeFit, ProbeLabels, Strengths } from './probe';
import { NO, YES, type Targets } from './targets';

/** Folds in which each of a question's two answers has to stand, so that every inner fit sees both. */
const FOLDS_WITH_BOTH = 3;

export type TargetFit = Pick<ProbeFit, 'outOfFold' | 'byTrain' | 'head'> & {
  /** One entry a question, null where it is not fitted; a single one of one class a sample. */
  readonly strengths: readonly (Strengths | null)[];
};
type Place = Omit<ProbeLabels, 'labels' | 'classes'>;
interface FitOptions {
  readonly choose?: boolean;
  readonly finals?: boolean;
}

/**
 * The probe of whatever kind of label: one multinomial regression, or one logistic regression a question, each on the rows
 * where it was assessed. A question with too few of one answer is not fitted: every sample gets the share of yes that its
 * fold's training rows have.
 * @param classes C, classes or questions
 */
export async function fitTargets(
  probe: Probe,
  targets: Targets,
  place: Place,
  classes: number,
  o: FitOptions = {},
): Promise<TargetFit> {
  const { answers } = targets;
  if (!answers) {
    const fit = await probe.fit({ ...place, labels: targets.labels, classes }, o);
    return { ...fit, strengths: [fit.strengths] };
  }
  const fits: QuestionFit[] = [];
  for (let q = 0; q < classes; q++) {
    const labels = Int16Array.from(targets.labels, (_, i) => labelOf(answers[i * classes + q]!));
    fits.push(
      hasBoth(labels, place) ? await fitOne(probe, { ...place, labels, classes: 2 }, q, o) : byShare(labels, place, o),
    );
  }
  return {
    outOfFold: sideBySide(fits.map((fit) => fit.outOfFold)),
    byTrain: o.finals ? sideBySide(fits.map((fit) => fit.byTrain!)) : null,
    head: o.finals ? headOf(fits, probe.features) : null,
    strengths: fits.map((fit) => fit.strengths),
  };
}

const labelOf = (code: number): number => (code === YES ? 1 : code === NO ? 0 : -1);

/** One question's answers: [n] probabilities of yes; the weights [d] of its column, null where it is a constant. */
interface QuestionFit {
  readonly outOfFold: Float32Array;
  readonly byTrain: Float32Array | null;
  readonly weights: Float32Array | null;
  readonly intercept: number;
  readonly strengths: Strengths | null;
}

async function fitOne(probe: Probe, labels: ProbeLabels, question: number, o: FitOptions): Promise<QuestionFit> {
  const fit = await probe.fit(labels, { ...o, question });
  return {
    outOfFold: yesOf(fit.outOfFold),
    byTrain: fit.byTrain && yesOf(fit.byTrain),
    weights: fit.head?.weights ?? null,
    intercept: fit.head?.intercepts[0] ?? 0,
    strengths: fit.strengths,
  };
}

/** Column 1 of [n, 2]. */
const yesOf = (both: Float32Array): Float32Array =>
  Float32Array.from({ length: both.length / 2 }, (_, i) => both[2 * i + 1]!);

function hasBoth(labels: Int16Array, { folds, foldCount, isTrain }: Place): boolean {
  const enough = Math.min(FOLDS_WITH_BOTH, foldCount);
  return [0, 1].every((side) => {
    const [all, train] = [new Set<number>(), new Set<number>()];
    labels.forEach((label, i) => {
      if (label !== side) return;
      all.add(folds[i]!);
      if (isTrain[i] === 1) train.add(folds[i]!);
    });
    return all.size >= enough && train.size >= 2;
  });
}

function byShare(labels: Int16Array, { folds, foldCount, isTrain }: Place, o: FitOptions): QuestionFit {
  const share = (takes: (row: number) => boolean): number => {
    let [yes, all] = [0.5, 1]; // Krichevsky and Trofimov's prior: never quite 0 or 1
    labels.forEach((label, i) => {
      if (label < 0 || !takes(i)) return;
      yes += label;
      all += 1;
    });
    return yes / all;
  };
  const ofFold = Array.from({ length: foldCount }, (_, f) => share((i) => folds[i] !== f));
  const all = share(() => true);
  return {
    outOfFold: Float32Array.from(labels, (_, i) => ofFold[folds[i]!]!),
    byTrain: o.finals ? new Float32Array(labels.length).fill(share((i) => isTrain[i] === 1)) : null,
    weights: null,
    intercept: Math.log(all / (1 - all)),
    strengths: null,
  };
}

/** Columns [n] as rows [n, Q]. */
function sideBySide(columns: readonly Float32Array[]): Float32Array {
  const width = columns.length;
  const out = new Float32Array(width * (columns[0]?.length ?? 0));
  columns.forEach((column, q) => column.forEach((value, i) => (out[i * width + q] = value)));
  return out;
}

function headOf(fits: readonly QuestionFit[], features: number): LinearHead {
  const weights = new Float32Array(fits.length * features);
  fits.forEach((fit, q) => fit.weights && weights.set(fit.weights, q * features));
  const intercepts = Float32Array.from(fits, (fit) => fit.intercept);
  return { classes: fits.length, independent: true, weights, intercepts };
}
