import { describe, expect, it } from 'vitest';
import { acc, auc, binaryAuc, figuresOf, suspects, type FiguresInput } from '@main/insight';

/** Six samples, three questions; 1 yes, 2 no, 0 not assessed. The third question was never answered with yes. */
const ANSWERS = [1, 2, 2, 1, 1, 0, 2, 2, 2, 2, 1, 0, 1, 0, 2, 2, 2, 0];
const P = [0.9, 0.2, 0.1, 0.4, 0.7, 0.9, 0.6, 0.3, 0.2, 0.1, 0.8, 0.5, 0.7, 0.9, 0.4, 0.3, 0.75, 0.1];
const input = (more: Partial<FiguresInput> = {}): FiguresInput => ({
  run: null,
  head: 'probe',
  scope: 'oof',
  classIds: [4, 7, 9],
  ordered: false,
  positive: null,
  rule: { kind: 'threshold', value: 0.5 },
  labels: new Int32Array(6),
  answers: ANSWERS,
  states: ['labelled', 'checked', 'labelled', 'labelled', 'labelled', 'labelled'],
  leaks: new Uint8Array(6),
  groups: [0, 1, 2, 3, 4, 5],
  probabilities: Float32Array.from(P),
  timesScored: 0,
  intervals: false,
  ...more,
});
const column = (q: number): { scores: number[]; yes: number[] } => {
  const rows = [0, 1, 2, 3, 4, 5].filter((i) => ANSWERS[3 * i + q] !== 0);
  return { scores: rows.map((i) => P[3 * i + q]!), yes: rows.map((i) => (ANSWERS[3 * i + q] === 1 ? 1 : 0)) };
};

describe('several answers', () => {
  const scored = { labels: new Int32Array(6), answers: ANSWERS, probabilities: P, classes: 3 };

  it('have MedMNIST’s AUC and ACC: means over the questions, each where it was assessed', () => {
    const [first, second] = [column(0), column(1)];
    const of = ({ scores, yes }: typeof first): number => binaryAuc(scores, yes)!;
    expect(auc(scored)).toBeCloseTo((of(first) + of(second)) / 2, 12);
    const share = ({ scores, yes }: typeof first): number =>
      scores.filter((s, i) => s > 0.5 === (yes[i] === 1)).length / scores.length;
    expect(acc(scored)).toBeCloseTo((share(first) + share(second) + share(column(2))) / 3, 12);
  });

  it('have figures of their own, and a question with one kind of answer has no AUC', () => {
    const figures = figuresOf(input());
    expect(figures.answers.map((a) => [a.class, a.yes, a.no, a.notAssessed])).toEqual([
      [4, 3, 3, 0],
      [7, 2, 3, 1],
      [9, 0, 3, 3],
    ]);
    // [no, yes label][no, yes prediction]
    expect(figures.answers.map((a) => a.confusion)).toEqual([
      [
        [2, 1],
        [1, 2],
      ],
      [
        [2, 1],
        [0, 2],
      ],
      [
        [3, 0],
        [0, 0],
      ],
    ]);
    expect(figures.answers[0]!.sensitivity.value).toBeCloseTo(2 / 3);
    expect(figures.answers[2]!.auc.value).toBeNull();
    expect(figures.answers[2]!.sensitivity.value).toBeNull();
    expect(figures.auc.value).toBeCloseTo(auc(scored)!, 12);
    expect(figures.confusion).toEqual([]);
    expect(figures.warnings).toContainEqual({ key: 'answer-one-sided', values: { class: 9 } });
    expect(figures.roc.map((c) => c.class)).toEqual([4, 7, 9]);
  });

  it('follow the decision rule, except MedMNIST’s ACC', () => {
    const strict = figuresOf(input({ rule: { kind: 'threshold', value: 0.72 } }));
    expect(strict.answers[0]!.confusion).toEqual([
      [3, 0],
      [2, 1],
    ]);
    expect(strict.acc.value).toBe(figuresOf(input()).acc.value);
  });

  it('say what unsure samples counted by their last answers would change', () => {
    const states = input().states as string[];
    const unsure = figuresOf(input({ states: states.map((s, i) => (i === 0 ? 'unsure' : s)) as never }));
    expect(unsure.samples).toBe(5);
    expect(unsure.leftOut.unsure).toBe(1);
    expect(unsure.aucWithUnsure!.value).toBeCloseTo(auc(scored)!, 12);
  });

  it('have intervals by group that hold the value', () => {
    const figures = figuresOf(
      input({
        intervals: true,
        ...many(8),
      }),
    );
    for (const e of [figures.auc, figures.acc, figures.answers[0]!.auc, figures.answers[1]!.sensitivity]) {
      expect(e.low).toBeLessThanOrEqual(e.value!);
      expect(e.high).toBeGreaterThanOrEqual(e.value!);
      expect(e.method).not.toBe('none');
    }
  });

  it('are disputed one by one, the least likely first', () => {
    const asked = {
      labels: new Int32Array(6),
      answers: ANSWERS,
      states: input().states,
      splits: new Array<'train'>(6).fill('train'),
      kinds: new Array<'out-of-fold'>(6).fill('out-of-fold'),
      probabilities: P,
      classes: 3,
      classIds: [0, 1, 2],
      rule: { kind: 'threshold', value: 0.5 } as const,
      positive: null,
    };
    // Sample 1 is checked: its yes at .4 is left out unless asked for. Sample 5: no at .75; sample 2: no at .6.
    expect(suspects(asked)).toEqual([5, 2]);
    expect(suspects({ ...asked, withChecked: true })).toEqual([5, 1, 2]);
    expect(suspects({ ...asked, question: 0 })).toEqual([2]);
  });
});

/** The same samples several times over, each copy slightly moved. */
function many(times: number): Partial<FiguresInput> {
  const n = 6 * times;
  const noise = (k: number): number => ((k * 7919) % 97) / 97 - 0.5;
  return {
    labels: new Int32Array(n),
    answers: Uint8Array.from({ length: 3 * n }, (_, k) => ANSWERS[k % 18]!),
    states: new Array<'labelled'>(n).fill('labelled'),
    leaks: new Uint8Array(n),
    groups: Float64Array.from({ length: n }, (_, i) => i),
    probabilities: Float32Array.from({ length: 3 * n }, (_, k) => P[k % 18]! + 0.3 * noise(k)),
  };
}
