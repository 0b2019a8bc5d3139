// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import ActivityPage from '@renderer/features/activity/ActivityPage.vue';
import { UserError } from '@shared/errors';
import { mountPage } from '../mountPage';
import { labelEvent, PageServices } from '../pageServices';

const withEvents = (count: number): PageServices => {
  const s = new PageServices();
  s.info = { ...s.info!, readers: ['Reader A', 'Reader B'] };
  s.events = Array.from({ length: count }, (_, i) => labelEvent(count - i));
  return s;
};
const rows = (): string[] =>
  [...document.querySelectorAll('.all .row')].map((row) => row.textContent?.replace(/\s+/g, ' ').trim() ?? '');
const asked = (s: PageServices): unknown =>
  s
    .called('labels.activity')
    .filter((i) => (i as { limit: number }).limit > 1)
    .at(-1);

/** Pages are fetched when they are first shown. */
const SLOW = { timeout: 30_000 };

describe('the activity page', () => {
  it('lists every change with sample, labels, state and reader, newest first, without what the import brought', async () => {
    const s = withEvents(10);
    const { text } = await mountPage(ActivityPage, s);
    expect(asked(s)).toMatchObject({ before: null, withoutImported: true });
    expect(rows()[0]).toContain('train_0010');
    expect(rows()[0]).toMatch(/benign.*→.*malignant.*checked.*Reader A.*read.*“margin\?”/);
    expect(text()).toContain('10 changes');
  });

  it('filters by reader, origin and text in the services', async () => {
    const s = withEvents(10);
    const { page } = await mountPage(ActivityPage, s);
    const [reader, origin] = page.findAll<HTMLSelectElement>('header select');
    await reader!.setValue('Reader B');
    await origin!.setValue('suggestion');
    await page.find('input[type="search"]').setValue('margin');
    await vi.waitFor(() =>
      expect(asked(s)).toMatchObject({ reader: 'Reader B', origin: 'suggestion', text: 'margin' }),
    );
  });

  it('shows changes of the classes where they happened, and says what a blind reader is not shown', async () => {
    const s = withEvents(3);
    s.withheld = 2;
    s.schemeEvents = [
      {
        id: 's2',
        version: 2,
        time: '2026-02-03T04:05:06.000Z',
        reader: 'Reader B',
        origin: 'undo',
        after: 2,
        changes: [
          { kind: 'merged', name: 'mild', into: 'severe' },
          { kind: 'split', name: 'other', parts: ['a', 'b'] },
        ],
      },
    ];
    const { text } = await mountPage(ActivityPage, s);
    expect(rows()[1]).toMatch(/mild went into severe; other was split into a, b.*Reader B.*undo.*version 2/);
    expect(rows()).toHaveLength(4);
    expect(text()).toContain('4 changes');
    expect(text()).toContain('Changes of 2 test images are kept back');
  });

  it('fetches older changes page by page', async () => {
    const s = withEvents(310);
    const { text } = await mountPage(ActivityPage, s);
    expect(text()).toContain('300 changes, more below');
    expect(rows().length).toBeLessThan(100);
  });

  it('jumps to a sample', async () => {
    const { button, router } = await mountPage(ActivityPage, withEvents(5));
    button('Open train_0005').click();
    await vi.waitFor(
      () => expect(router.currentRoute.value).toMatchObject({ name: 'sample', params: { key: '5' } }),
      SLOW,
    );
  });

  it('walks the rows with the arrows', async () => {
    const { press } = await mountPage(ActivityPage, withEvents(5));
    document.querySelector<HTMLElement>('[data-row="0"]')?.focus();
    await press('ArrowDown');
    expect((document.activeElement as HTMLElement).dataset['row']).toBe('1');
  });

  it('follows new changes', async () => {
    const s = withEvents(3);
    await mountPage(ActivityPage, s);
    s.events = [labelEvent(4), ...s.events];
    s.say({ type: 'labels', keys: [4], journal: 4, changedSinceRun: 1 });
    await vi.waitFor(() => expect(rows()).toHaveLength(4));
  });

  it('writes labels to a table that the person names', async () => {
    const s = withEvents(1);
    s.app.shell = 'electron';
    const { button } = await mountPage(ActivityPage, s);
    button('Export CSV').click();
    await flushPromises();
    expect(s.called('app.pick')).toEqual([{ what: 'save-csv', suggestion: 'labels.csv' }]);
    expect(s.called('labels.exportCsv')).toEqual([{ file: '/home/r/a.npz', allReaders: false }]);
  });

  it('teaches the next step where nothing was changed, and says what failed', async () => {
    const { text } = await mountPage(ActivityPage, withEvents(0));
    expect(text()).toContain('No label was changed yet');
    const s = withEvents(1);
    s.failing.set('labels.activity', new UserError('disk-full', 'no space left'));
    const failed = await mountPage(ActivityPage, s);
    expect(failed.text()).toContain('no space left');
  });
});
