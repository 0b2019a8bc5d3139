import { describe, expect, it } from 'vitest';
import { makeBatch, ownShare, pixelsOf } from '@main/training/full/feed/batch';
import { ahead } from '@main/training/full/feed/ahead';
import { mixOf, planOf } from '@main/training/full/feed/plan';
import type { PicturePlan } from '@main/training/full/feed/plan';
import { drawOperations, operate } from '@main/training/full/feed/randAugment';
import type { Operation } from '@main/training/full/feed/randAugment';
import { numbersAt } from '@main/training/full/feed/seeds';
import { FeedThreads } from '@main/training/full/feed/threads';
import { keptBranches } from '@main/training/full/dropPath';
import { ratesOf, stepsOf } from '@main/training/full/schedule';
import { mixTargets } from '@main/training/full/softTargets';
import { rateAt } from '@main/training/headTrainer';
import { denormalise } from '@main/training/input';
import { augmentationOf, recipeOf } from '@shared/domain';

const PAPER = augmentationOf(recipeOf({ preset: 'paper-2d' }));
const side = 12;
const picture = (seed: number): Float32Array => {
  const uniform = numbersAt(seed, 0, 0, 0);
  return Float32Array.from({ length: side * side }, () => uniform());
};
const NOTHING: PicturePlan = { crop: null, flip: false, change: null, operations: [], erased: null };

describe('plans of pictures', () => {
  it('hang on seed, epoch and sample alone', () => {
    expect(planOf(PAPER, 3, 7, true)).toEqual(planOf(PAPER, 3, 7, true));
    const many = Array.from({ length: 600 }, (_, row) => planOf(PAPER, 0, row, true)!);
    expect(new Set(many.map(({ crop }) => crop!.left)).size).toBe(600);
    const areas = many.map(({ crop }) => crop!.width * crop!.height);
    expect(Math.min(...areas)).toBeGreaterThanOrEqual(0.08);
    for (const { crop } of many) {
      expect(crop!.left + crop!.width).toBeLessThanOrEqual(1 + 1e-12);
      expect(crop!.width / crop!.height).toBeLessThan(4 / 3 + 1e-9);
    }
    const erased = many.filter((plan) => plan.erased).length / 600;
    expect(Math.abs(erased - 0.25)).toBeLessThan(0.06);
    const operations = many.flatMap((plan) => plan.operations);
    expect(Math.abs(operations.length / 600 - 1)).toBeLessThan(0.12);
  });

  it('flip and turn only where sides do not matter', () => {
    const at = (sides: boolean): PicturePlan[] =>
      Array.from({ length: 400 }, (_, row) => planOf({ ...PAPER, crop: 1, erase: 0 }, 1, row, sides)!);
    const turns = (plans: PicturePlan[]): number =>
      plans.filter(({ operations }) => operations.some(({ name }) => name === 'turn')).length;
    expect(at(false).filter(({ flip }) => flip)).toHaveLength(0);
    expect(turns(at(false))).toBe(0);
    expect(at(true).filter(({ flip }) => flip).length).toBeGreaterThan(150);
    expect(turns(at(true))).toBeGreaterThan(10);
  });

  it('are none where nothing is asked for', () => {
    const none = augmentationOf(recipeOf({ preset: 'full', augment: 'none' }));
    expect(planOf(none, 0, 0, true)).toBeNull();
    expect(mixOf(none, 0, 0)).toBeNull();
  });

  it('mix by Beta(a, a), blending and cutting equally often', () => {
    const both = Array.from({ length: 2000 }, (_, i) => mixOf(PAPER, 2, i)!);
    const cut = both.filter(({ box }) => box).length / 2000;
    expect(Math.abs(cut - 0.5)).toBeLessThan(0.05);
    // Var of Beta(a, a) is 1 / (4 (2 a + 1)); a = .8 of mixup.
    const own = both.filter(({ box }) => !box).map((mix) => mix.own);
    const mean = own.reduce((a, b) => a + b, 0) / own.length;
    const variance = own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / own.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.04);
    expect(Math.abs(variance - 1 / (4 * 2.6))).toBeLessThan(0.012);
  });
});

describe('a batch', () => {
  const as = (plans: (PicturePlan | null)[], mix: ReturnType<typeof mixOf> = null): Float32Array[] => {
    const pictures = plans.map((_, i) => picture(i));
    const out = denormalise(makeBatch({ kind: 'picture', wholes: pictures, plans, mix, side, size: plans.length + 1 }));
    const length = side * side * 3;
    return plans.map((_, i) => out.slice(i * length, (i + 1) * length).filter((_, at) => at % 3 === 0));
  };
  const close = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
    expect(a.length).toBe(b.length);
    Array.from(a).forEach((v, i) => expect(v).toBeCloseTo(b[i]!, 5));
  };

  it('without plans is the pictures themselves, filled up with black', () => {
    const out = makeBatch({ kind: 'picture', wholes: [picture(0)], plans: [], mix: null, side, size: 2 });
    expect(out).toHaveLength(2 * side * side * 3);
    expect(out.slice(side * side * 3).every((value) => value === 0)).toBe(true);
    close(as([null])[0]!, picture(0));
    close(as([NOTHING])[0]!, picture(0));
  });

  it('shows the half that a crop asks for, and flips', () => {
    const [seen] = as([{ ...NOTHING, crop: { left: 0.5, top: 0, width: 0.5, height: 1 } }]);
    // Every second column lies between two pixels: 3/4 of one and 1/4 of its neighbour.
    for (let y = 0; y < side; y++) {
      const at = (x: number): number => picture(0)[y * side + x]!;
      expect(seen![y * side + 1]).toBeCloseTo(0.75 * at(6) + 0.25 * at(7), 5);
    }
    const [flipped] = as([{ ...NOTHING, flip: true }]);
    for (let x = 0; x < side; x++) expect(flipped![x]).toBeCloseTo(picture(0)[side - 1 - x]!, 5);
  });

  it('blends each picture with its partner, or cuts a box of it in', () => {
    const [a, , c] = as([null, null, null], { own: 0.7, box: null });
    close(
      a!,
      picture(0).map((v, i) => 0.7 * v + 0.3 * picture(2)[i]!),
    );
    close(
      c!,
      picture(2).map((v, i) => 0.7 * v + 0.3 * picture(0)[i]!),
    );
    const mix = { own: 0.75, box: { left: 0.25, top: 0.5, width: 0.5, height: 0.5 } };
    const [cut] = as([null, null], mix);
    const [x0, y0, x1, y1] = pixelsOf(mix.box, side);
    let foreign = 0;
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const inside = x >= x0 && x < x1 && y >= y0 && y < y1;
        if (inside) foreign++;
        expect(cut![y * side + x]).toBeCloseTo(picture(inside ? 1 : 0)[y * side + x]!, 5);
      }
    expect(ownShare(mix, side)).toBeCloseTo(1 - foreign / side ** 2, 10);
  });

  it('fills an erased box with noise, the same for the same seed', () => {
    const plan = { ...NOTHING, erased: { box: { left: 0, top: 0, width: 0.5, height: 0.5 }, seed: 4 } };
    const [a, b] = as([plan, plan]);
    expect(a![0]).toBe(b![0]);
    expect(a![0]).not.toBeCloseTo(picture(0)[0]!, 3);
    expect(a![side * side - 1]).toBeCloseTo(picture(0)[side * side - 1]!, 5);
  });

  it('is the same from threads as from here', async () => {
    const threads = new FeedThreads(2);
    const task = {
      kind: 'picture',
      wholes: [picture(1)],
      plans: [planOf(PAPER, 0, 1, true)],
      mix: null,
      side,
      size: 1,
    } as const;
    expect(await threads.ask({ kind: 'batch', batch: task })).toEqual(makeBatch(task));
    await threads.close();
  });
});

describe('the operations of RandAugment', () => {
  const after = (name: Operation['name'], value: number, from = picture(3)): Float32Array => {
    const out = from.slice();
    operate(out, side, { name, value });
    return out;
  };

  it('stay within the scale, whatever is drawn', () => {
    for (let seed = 0; seed < 300; seed++)
      for (const operation of drawOperations(numbersAt(seed, 0, 0, 0), true)) {
        const out = picture(seed);
        operate(out, side, operation);
        expect(
          out.every((v) => v >= 0 && v <= 1),
          operation.name,
        ).toBe(true);
      }
  });

  it('do what their names say', () => {
    const p = picture(3);
    p.forEach((v, i) => {
      expect(after('invert', 0)[i]).toBeCloseTo(1 - v, 6);
      expect(after('solarise', 0.4)[i]).toBeCloseTo(v >= 0.4 ? 1 - v : v, 6);
      expect(after('brightness', 0.5)[i]).toBeCloseTo(v / 2, 6);
      expect(after('sharpness', 1)[i]).toBeCloseTo(v, 5);
      expect(after('posterise', 1)[i]).toBeCloseTo(Math.round(v * 255) >= 128 ? 128 / 255 : 0, 6);
    });
    const stretched = after(
      'auto-contrast',
      0,
      p.map((v) => 0.3 + v / 4),
    );
    expect(Math.min(...stretched)).toBeCloseTo(0, 5);
    expect(Math.max(...stretched)).toBeCloseTo(1, 5);
    const shifted = after('shift-x', 2 / side);
    for (let x = 0; x < side; x++) expect(shifted[x]).toBeCloseTo(x + 2 < side ? p[x + 2]! : 0, 5);
    const equal = after('equalise', 0);
    const sorted = [...equal].sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeCloseTo(0.5, 0);
  });
});

describe('targets of mixed pictures', () => {
  it('are those of both by their shares; what was not assessed of one does not count', () => {
    const targets = Float32Array.of(1, 0, 0, 1, 0, 0);
    const weights = Float32Array.of(1, 1, 0);
    mixTargets(targets, weights, 2, 3, 0.75);
    expect([...targets]).toEqual([0.75, 0.25, 0.25, 0.75, 0, 0]);
    expect([...weights]).toEqual([1, 1, 0]);
    const answers = Float32Array.of(1, 1, 0, 1);
    const assessed = Float32Array.of(1, 0, 1, 1);
    mixTargets(answers, assessed, 2, 2, 0.75);
    expect([...answers]).toEqual([0.75, 1, 0.25, 1]);
    expect([...assessed]).toEqual([1, 0.25, 1, 0.75]);
  });
});

describe('schedules', () => {
  it("of the paper's recipe rise for five epochs to 5e-4 · batch / 512 and end at 1e-5", () => {
    const recipe = recipeOf({ preset: 'paper-2d', epochs: 20 });
    const perEpoch = stepsOf(1000, recipe);
    expect(perEpoch).toBe(8);
    const rates = ratesOf(recipe, perEpoch);
    const at = (step: number): number => rateAt(step, 20 * perEpoch, rates);
    expect(at(5 * perEpoch - 1)).toBeCloseTo(1.25e-4, 12);
    expect(at(0)).toBeCloseTo(1.25e-4 / 40, 12);
    expect(at(20 * perEpoch)).toBeCloseTo(1e-5, 12);
    const twice = recipeOf({ preset: 'paper-2d', batch: 64, accumulate: 4 });
    expect(ratesOf(twice, 1).learningRate).toBeCloseTo(2.5e-4, 12);
    expect(rateAt(900, 1000, { ...rates, schedule: 'constant' })).toBe(rates.learningRate);
  });
});

describe('skipped layers', () => {
  it('are more the later they stand, and made up for by the others', () => {
    const { shape, data } = keptBranches(0.4, 5, 4000, 1, 0, 0);
    expect(shape).toEqual([10, 4000]);
    for (let layer = 0; layer < 5; layer++) {
      const rows = Array.from(data.subarray(layer * 8000, (layer + 1) * 8000));
      const skipped = rows.filter((v) => v === 0).length / 8000;
      expect(Math.abs(skipped - layer * 0.1)).toBeLessThan(0.02);
      expect(Math.abs(rows.reduce((a, b) => a + b, 0) / 8000 - 1)).toBeLessThan(0.03);
    }
  });
});

describe('work ahead', () => {
  it('is begun before its turn, and comes in order', async () => {
    const begun: number[] = [];
    const seen: number[] = [];
    const slow = async (i: number): Promise<number> => {
      begun.push(i);
      await new Promise((resolve) => setTimeout(resolve, i === 0 ? 20 : 1));
      return i * i;
    };
    for await (const [i, made] of ahead([0, 1, 2, 3, 4], slow, 2)) {
      if (i === 0) expect(begun).toEqual([0, 1, 2]);
      seen.push(await made);
    }
    expect(seen).toEqual([0, 1, 4, 9, 16]);
  });
});
