import { expect, test } from 'vitest';
import type { HeadScores } from '@shared/domain';
import { chosenMode, lineOf } from '@main/cli/bench/quality/found';
import type { Found } from '@main/cli/bench/quality/found';
import { MODES, recipeOf, unitsOf } from '@main/cli/bench/quality/plan';
import type { Unit } from '@main/cli/bench/quality/plan';
import { against, reached, report } from '@main/cli/bench/quality/report';

const score = (auc: number, half = 0.05) => ({
  auc,
  acc: 0.5,
  intervals: { auc: { low: auc - half, high: auc + half }, acc: { low: 0.4, high: 0.6 } },
});
const head = (val: number, test: number | null = null): HeadScores => ({
  oof: null,
  val: score(val),
  test: test === null ? null : score(test),
});
const trained = (unit: Unit, val: number): Found => ({
  what: 'trained',
  unit,
  run: 'r',
  scores: { probe: head(0.8), plain: head(0.81), chosen: head(val) },
  seconds: 1,
  engine: 'onnx',
});

test('a figure over seeds widens the interval of the samples by that of the seeds', () => {
  const found = reached([score(0.8), score(0.82), score(0.84)])!;
  expect(found.value).toBeCloseTo(0.82, 12);
  // Student's 95 % quantile of two degrees of freedom is 4.302653, the deviation .02.
  const overSeeds = (4.302653 * 0.02) / Math.sqrt(3);
  expect(found.overSeeds).toBeCloseTo(overSeeds, 6);
  expect(found.interval!.low).toBeCloseTo(0.82 - Math.hypot(0.05, overSeeds), 6);
  expect(found.interval!.high).toBeCloseTo(0.82 + Math.hypot(0.05, overSeeds), 6);
  expect(reached([])).toBeNull();
  expect(reached([score(0.8)])).toMatchObject({
    overSeeds: null,
    interval: { low: expect.closeTo(0.75, 9) as number },
  });
});

test('a mark inside of the interval is not distinguishable', () => {
  const found = { value: 0.9, overSeeds: null, interval: { low: 0.85, high: 0.93 } };
  expect([0.8, 0.86, 0.93, 0.95].map((mark) => against(mark, found))).toEqual([
    'above',
    'not distinguishable',
    'not distinguishable',
    'below',
  ]);
});

test('the mode is chosen on validation, on seeds that all modes have, and on nothing of test', () => {
  const lines: Found[] = unitsOf('breast', 'quick', 1, 'outer').map((unit) =>
    trained(unit, unit.mode === 'hybrid' ? 0.9 : 0.85),
  );
  const [first] = unitsOf('breast', 'quick', 2, 'outer');
  lines.push(trained(first!, 0.99));
  expect(chosenMode(lines, 'breast')).toBe('hybrid');
  expect(chosenMode(lines, 'retina')).toBeNull();
  expect(chosenMode(lines.slice(1), 'breast')).toBeNull();
  const scored = lines.map((line): Found => {
    const { what: _, ...rest } = line;
    return { ...rest, what: 'scored', overPlain: null, scores: { probe: null, plain: null, chosen: head(0, 0.99) } };
  });
  expect(chosenMode([...scored, ...lines], 'breast')).toBe('hybrid');
});

test('units are found again by what they are, and become recipes', () => {
  const units = unitsOf('pneumonia', 'blocks', 2, 'inner');
  expect(units.map(({ mode }) => mode)).toEqual(['plain', 'inner']);
  expect(recipeOf(units[1]!)).toEqual({
    preset: 'full',
    mode: 'inner',
    core: 'block',
    seed: 2,
    trainBlocks: 4,
    epochs: 4,
  });
  const lines = [trained(units[0]!, 0.9)];
  expect(lineOf(lines, 'trained', { ...units[0]! })).toBe(lines[0]);
  expect(lineOf(lines, 'trained', units[1]!)).toBeUndefined();
  expect(lineOf(lines, 'scored', units[0]!)).toBeUndefined();
  expect(unitsOf('adrenal', 'paper', 1, 'inner').map(({ preset }) => preset)).toEqual(['paper-3d', 'paper-3d']);
  expect(unitsOf('breast', 'quick', 1, 'outer').map(({ mode }) => mode)).toEqual(MODES);
});

test('the report compares test figures with the marks', () => {
  const unit = unitsOf('breast', 'quick', 1, 'outer').find(({ mode }) => mode === 'outer')!;
  const scored: Found = {
    what: 'scored',
    unit,
    run: 'r',
    scores: { probe: head(0.8, 0.95), plain: head(0.81, 0.7), chosen: head(0.82, 0.9) },
    overPlain: { value: 0.2, low: 0.1, high: 0.3 },
  };
  const text = report([trained(unit, 0.82), scored]);
  expect(text).toContain('| probe | 1 | .800 | .950 [.900, 1.000] | above | not distinguishable | – |');
  expect(text).toContain('| quick `plain` | 1 | .810 | .700 [.650, .750] | below | below | – |');
  expect(text).toContain(
    '| quick `outer` + block | 1 | .820 | .900 [.850, .950] | not distinguishable | not distinguishable | +.200, clear in 1 of 1 |',
  );
});
