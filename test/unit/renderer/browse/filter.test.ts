import { describe, expect, it } from 'vitest';
import { isFiltered, isTicked, soloed, ticked, withBounds, withText } from '@renderer/features/browse/filter';

const values = ['train', 'val', 'test'];

describe('facets', () => {
  it('are all ticked without a filter, and no filter when all are ticked', () => {
    expect(isTicked({}, 'splits', 'test')).toBe(true);
    const without = ticked({}, 'splits', 'test', false, values);
    expect(without).toEqual({ splits: ['train', 'val'] });
    expect(ticked(without, 'splits', 'test', true, values)).toEqual({});
  });
  it('may be empty: then nothing fits', () => {
    expect(ticked({ splits: ['train'] }, 'splits', 'train', false, values)).toEqual({ splits: [] });
  });
  it('can show one value alone, and all again', () => {
    const one = soloed({ states: ['checked'] }, 'classes', null);
    expect(one).toEqual({ states: ['checked'], classes: [null] });
    expect(soloed(one, 'classes', null)).toEqual({ states: ['checked'] });
  });
  it('treat full bounds and blank text as no filter', () => {
    expect(withBounds({ text: 'a' }, [0, 1])).toEqual({ text: 'a' });
    expect(withBounds({}, [0.2, 0.8])).toEqual({ labelProbability: [0.2, 0.8] });
    expect(withText({}, '  ')).toEqual({});
    expect(withText({ text: 'x' }, ' margin ')).toEqual({ text: 'margin' });
    expect(isFiltered({})).toBe(false);
  });
});
