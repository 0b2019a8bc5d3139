import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRunRecipe, RUN_FORMAT } from '@main/training/runFiles';
import { recipeOf } from '@shared/domain';

const folder = mkdtempSync(join(tmpdir(), 'residua-recipe-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CONTENT = {
  format: RUN_FORMAT,
  number: 1,
  name: 'Run 1',
  note: '',
  createdAt: '2026-01-01T00:00:00.000Z',
  versions: {},
  project: '../..',
  recipe: recipeOf({ preset: 'full', seed: 7 }) as object,
  input: {
    imageSize: 84,
    resize: 'bicubic-antialias',
    letterbox: true,
    normalise: 'imagenet',
    fullScale: 255,
    axes: 'image',
  },
  flips: false,
  classes: { ids: [0, 1], names: ['a', 'b'], positive: 1, kind: 'single' },
  journal: { position: 0, hash: null },
  splitVersion: 1,
  schemeVersion: 1,
  encoder: { file: 'e', sha256: '0' },
  block: null,
};
const read = (change: object): ReturnType<typeof readRunRecipe> => {
  writeFileSync(join(folder, 'recipe.json'), JSON.stringify({ ...CONTENT, ...change }));
  return readRunRecipe(folder);
};

describe('recipe.json', () => {
  it('of the first format is read as it was meant', () => {
    const { seed, preset, epochs, augment } = recipeOf({ preset: 'full', seed: 7 });
    const before = { seed, preset, epochs, augment, mode: 'outer', core: 'block', taps: [4, 8] };
    const { format, recipe } = read({ format: 1, recipe: before });
    expect(format).toBe(RUN_FORMAT);
    // What the first format did not know is left as it was before there was a choice.
    expect(recipe).toEqual({ ...recipeOf({ preset: 'quick' }), ...before });
  });

  it('with a key that means nothing here is refused by its name, wherever it stands', () => {
    expect(() => read({ recipe: { ...CONTENT.recipe, epoch: 3 } })).toThrow(/recipe.*epoch/s);
    expect(() => read({ flip: true })).toThrow(/flip/);
    expect(read({}).recipe.seed).toBe(7);
  });

  it('of a newer version says so', () => {
    expect(() => read({ format: RUN_FORMAT + 1 })).toThrow(/newer Residua/);
  });
});
