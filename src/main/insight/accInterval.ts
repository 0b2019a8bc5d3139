import type { Estimate } from '@shared/domain';
import { independent } from './aucInterval';
import { bootstrap } from './bootstrap';
import { officialDecisions } from './official';
import { accOfQuestion, meanDefined, questionsOf } from './questions';
import type { Grouped } from './types';
import { wilson } from './wilson';

/** MedMNIST's ACC with its 95 % interval: Wilson's where samples are independent, else (and for the mean over several answers) resampled by group. */
export function accEstimate(scored: Grouped, seed = 1): Estimate {
  if (scored.labels.length === 0) return { value: null, low: null, high: null, method: 'none' };
  if (scored.answers) {
    const questions = questionsOf(scored);
    const mean = (weights: Float64Array | null): number[] => [
      meanDefined(questions.map((question) => accOfQuestion(question, weights))),
    ];
    return bootstrap(scored.groups, mean, { seed })[0]!;
  }
  const decisions = officialDecisions(scored);
  const right = Uint8Array.from(decisions, (decision, i) => (decision === scored.labels[i] ? 1 : 0));
  const count = right.reduce((total, r) => total + r, 0);
  if (independent(scored.groups))
    return { value: count / right.length, ...wilson(count, right.length), method: 'wilson' };
  const share = (weights: Float64Array | null): number[] => {
    if (!weights) return [count / right.length];
    let [hits, all] = [0, 0];
    for (let i = 0; i < right.length; i++) {
      hits += weights[i]! * right[i]!;
      all += weights[i]!;
    }
    return [hits / all];
  };
  return bootstrap(scored.groups, share, { seed })[0]!;
}
