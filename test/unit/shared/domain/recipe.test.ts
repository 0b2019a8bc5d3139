import { describe, expect, it } from 'vitest';
import { isUsed, optionHelp, optionKind, preset, recipe, RECIPE_KEYS, recipeOf, unusedOptions } from '@shared/domain';

describe('the options of a recipe', () => {
  it('have a help text each, and bounds that their own schema keeps', () => {
    for (const key of RECIPE_KEYS) {
      expect(optionHelp(key).length, key).toBeGreaterThan(10);
      const found = optionKind(key);
      if (found.kind !== 'number') continue;
      const takes = (value: number | null): boolean => recipe.safeParse({ [key]: value }).success;
      expect(takes(found.low), `${key} ${found.low}`).toBe(!found.open);
      expect(takes(found.low - 1), key).toBe(false);
      expect(takes(found.high), key).toBe(true);
      expect(takes(found.high * 2 + 1), key).toBe(false);
      expect(takes(found.low + (found.high - found.low) / 3 + 0.1234), key).toBe(!found.whole);
      expect(takes(null), key).toBe(found.none);
    }
  });

  it('refuses keys that it does not know, and fills in those of quick', () => {
    expect(() => recipe.parse({ epoch: 3 })).toThrow(/epoch/);
    expect(recipe.parse({})).toEqual(recipeOf({ preset: 'quick' }));
  });

  it('has presets that use what they set, and nothing else', () => {
    for (const name of preset.options) expect(unusedOptions(recipeOf({ preset: name })), name).toEqual([]);
    expect(isUsed('augment', 'full')).toBe(true);
    expect(isUsed('augment', 'quick')).toBe(false);
    expect(isUsed('seeds', 'full')).toBe(false);
  });
});
