import { describe, expect, it } from 'vitest';
import { intensityOption, tripleOption, valueNamesOption, whole } from '@main/cli/options';

describe('options of the input recipe', () => {
  it('are three numbers, and a rule for values', () => {
    expect(tripleOption()('1,-2.5,3')).toEqual([1, -2.5, 3]);
    expect(tripleOption(0, whole(4, 256))('8,16,32')).toEqual([8, 16, 32]);
    for (const text of ['1,2', '1,2,x', '1,,3', '']) expect(() => tripleOption()(text)).toThrow(/three numbers/);
    expect(() => tripleOption(0)('1,0,1')).toThrow(/above 0/);
    expect(intensityOption('windows:-160..240')).toEqual({ kind: 'windows', windows: [{ low: -160, high: 240 }] });
    expect(intensityOption('windows:-1350..150,-160..240,-450..1050')).toMatchObject({ windows: [{}, {}, {}] });
    expect(intensityOption('percentiles:0.5..99.5')).toEqual({ kind: 'percentiles', low: 0.5, high: 99.5 });
    expect(intensityOption('suv:7')).toEqual({ kind: 'suv', high: 7 });
    expect(intensityOption('range:0..255')).toEqual({ kind: 'range', low: 0, high: 255 });
    for (const text of [
      'windows',
      'windows:1..2,3..4',
      'windows:5..1',
      'suv:',
      'suv:0',
      'percentiles:0..101',
      'grey:1..2',
    ])
      expect(() => intensityOption(text), text).toThrow(/LOW\.\.HIGH/);
  });

  it('name the values of label maps', () => {
    expect(valueNamesOption('1=anterior, 2=posterior part')).toEqual({ 1: 'anterior', 2: 'posterior part' });
    expect(() => valueNamesOption('anterior')).toThrow(/values and their names/);
  });
});
