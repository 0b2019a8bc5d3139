import { describe, expect, it } from 'vitest';
import en from '@renderer/features/train/locales/en.json';
import { FIELD_KEYS, fieldsOf, GROUPS, MAIN } from '@renderer/features/train/recipeFields';
import { isUsed, optionHelp, optionKind, preset, recipeOf } from '@shared/domain';

describe('the fields of a recipe', () => {
  it('are all on the page, once each, in the words of the command line', () => {
    expect([...MAIN, ...GROUPS.flatMap(({ keys }) => keys)].sort()).toEqual([...FIELD_KEYS].sort());
    for (const key of FIELD_KEYS) {
      const words: { name: string; help: string; choices?: Record<string, string> } = en.options[key];
      expect(words.help, key).toBe(optionHelp(key));
      const kind = optionKind(key);
      if (kind.kind === 'choice') expect(Object.keys(words.choices ?? {}), key).toEqual(kind.choices);
      else expect(kind.kind, key).not.toBe('other');
    }
  });

  it('show what a preset uses, and folds only where something trains in them', () => {
    for (const name of preset.options) {
      const recipe = recipeOf({ preset: name });
      for (const key of fieldsOf(FIELD_KEYS, recipe)) expect(isUsed(key, name), `${name} ${key}`).toBe(true);
    }
    expect(fieldsOf(['folds'], recipeOf({ preset: 'full' }))).toEqual([]);
    expect(fieldsOf(['folds'], recipeOf({ preset: 'full', outOfFold: true }))).toEqual(['folds']);
    expect(fieldsOf(['seed'], recipeOf({ preset: 'booster' }))).toEqual([]);
  });
});
