import type { LogisticState } from './logistic';

/** Some of a batch's fits as a batch of their own. */
export function pick(state: LogisticState, fits: readonly number[]): LogisticState {
  const k = state.columns;
  const m = state.intercepts.length;
  const columns = fits.flatMap((fit) => Array.from({ length: k }, (_, c) => fit * k + c));
  const take = (from: Float64Array): Float64Array => {
    const rows = from.length / m;
    const out = new Float64Array(rows * columns.length);
    for (let i = 0; i < rows; i++) columns.forEach((c, to) => (out[i * columns.length + to] = from[i * m + c]!));
    return out;
  };
  return { ...state, weights: take(state.weights), intercepts: take(state.intercepts), scores: take(state.scores) };
}

/** Batches of one fit each as one batch. */
export function join(states: readonly LogisticState[]): LogisticState {
  const k = states[0]!.columns;
  const m = states.length * k;
  const weave = (of: (state: LogisticState) => Float64Array): Float64Array => {
    const rows = of(states[0]!).length / k;
    const out = new Float64Array(rows * m);
    states.forEach((state, s) => {
      const from = of(state);
      for (let i = 0; i < rows; i++) for (let c = 0; c < k; c++) out[i * m + s * k + c] = from[i * k + c]!;
    });
    return out;
  };
  return {
    columns: k,
    weights: weave((s) => s.weights),
    intercepts: weave((s) => s.intercepts),
    scores: weave((s) => s.scores),
    products: 0,
  };
}
