// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import SplitOffer from '@renderer/features/resplit/SplitOffer.vue';
import SplitsPage from '@renderer/features/resplit/SplitsPage.vue';
import type { ProjectPair, SplitPreview, SplitRequest } from '@shared/domain';
import { mountPage } from '../mountPage';
import { PageServices, review } from '../pageServices';

const PREVIEW: SplitPreview = {
  counts: { train: 492, val: 75, test: 156 },
  groups: 687,
  leftOutAsLeak: 57,
  testLeaks: 0,
  patientLeaks: 0,
  stratified: true,
  moved: 57,
  voids: { times: 2, runs: 1 },
};

/** Services with splits: one version, scored twice, and the pairs of the import. */
class SplitServices extends PageServices {
  asked: SplitRequest[] = [];
  made: (SplitRequest & { voidTestScores?: boolean }) | null = null;
  pairs: ProjectPair[] = review().pairs.map((pair, i) => ({ ...pair, joined: i === 3 ? false : true }));

  override get client() {
    const base = super.client;
    const now = () => this.info!.splits;
    const client = {
      ...base,
      project: {
        ...base.project,
        splitHistory: () =>
          Promise.resolve({
            versions: [{ ...now(), groups: 780, scored: { times: 2, runs: 1 } }],
            official: { train: 546, val: 78, test: 156 },
          }),
        pairs: () => Promise.resolve({ pairs: this.pairs, total: this.pairs.length }),
        previewSplits: (request: SplitRequest) => {
          this.asked.push(request);
          return Promise.resolve(PREVIEW);
        },
        resplit: (request: SplitRequest) => {
          this.made = request;
          this.info = { ...this.info!, splits: { ...now(), version: now().version + 1 } };
          return Promise.resolve(this.info);
        },
      },
    };
    return client as unknown as typeof base;
  }
}

const previewed = async (services: SplitServices, times: number): Promise<void> => {
  await vi.waitFor(() => expect(services.asked.length).toBeGreaterThanOrEqual(times));
  await flushPromises();
};

describe('the page of duplicates and splits', () => {
  it('says what a new version would be and cost, asks, and makes it with scores voided', async () => {
    const s = new SplitServices();
    const { page, text, button } = await mountPage(SplitsPage, s, '/splits');
    await previewed(s, 1);
    expect(text()).toContain('Version 1');
    expect(text()).toContain('test scored 2 times (1 runs)');
    expect(text()).toContain('57 samples change their split');
    expect(text()).toContain('Voids 2 test scores');
    await page.find('input[value="leak-free"]').setValue();
    await previewed(s, 2);
    // The pair that was left apart stays so, as nobody said otherwise.
    expect(s.asked.at(-1)).toMatchObject({ policy: 'leak-free', pairs: { 3: false } });
    button('Make version 2').click();
    await flushPromises();
    expect(s.made).toBeNull();
    const dialog = document.querySelector('[role="dialog"]')!;
    expect(dialog.textContent).toContain('Voids 2 test scores');
    [...dialog.querySelectorAll('button')].find((b) => b.textContent?.includes('Make version 2'))!.click();
    await flushPromises();
    expect(s.made).toMatchObject({ policy: 'leak-free', pairs: { 3: false }, voidTestScores: true });
    await vi.waitFor(() => expect(text()).toContain('Version 2'));
  });

  it('takes decisions by keys', async () => {
    const s = new SplitServices();
    const { press } = await mountPage(SplitsPage, s, '/splits');
    await previewed(s, 1);
    await press('ArrowRight');
    await press('d');
    const apart = (): unknown[] => Object.entries(s.asked.at(-1)!.pairs).filter(([, joined]) => !joined);
    await vi.waitFor(() => expect(apart()).toHaveLength(2));
  });

  it('says that near-duplicates were not looked for, how far the search is, and lets it be cancelled', async () => {
    const s = new SplitServices();
    s.pairs = [];
    s.info = {
      ...s.info!,
      splits: { ...s.info!.splits, nearLookedFor: false },
      nearSearch: { state: 'running', done: 0.25, secondsLeft: 90, reason: null },
    };
    const { page, text, button } = await mountPage(SplitsPage, s, '/splits');
    await previewed(s, 1);
    expect(text()).toContain('near-duplicates not looked for');
    expect(page.find('[role="progressbar"]').attributes('aria-valuenow')).toBe('25');
    expect(button('Cancel the search')).toBeTruthy();
    s.say({ type: 'near', search: { state: 'cancelled', done: 0, secondsLeft: null, reason: null } });
    await flushPromises();
    expect(button('Look for them now')).toBeTruthy();
  });
});

describe('the offer of a new version', () => {
  it('comes once there are labels to stratify by, and not again once it was declined', async () => {
    const s = new SplitServices();
    s.info = { ...s.info!, splits: { ...s.info!.splits, policy: 'new', stratified: false } };
    const { text, button } = await mountPage(SplitOffer, s);
    expect(text()).toContain('A stratified version of the splits is possible now');
    button('Keep the present splits').click();
    await flushPromises();
    expect(text()).toBe('');
    s.say({ type: 'project', info: { ...s.info, pairsUndecided: 12 } });
    await flushPromises();
    expect(text()).toContain('12 pairs of near-duplicates were found');
  });

  it('does not come while the probe waits for labels', async () => {
    const s = new SplitServices();
    const waiting = { needed: 10, groups: [7, 3], question: null };
    s.info = {
      ...s.info!,
      splits: { ...s.info!.splits, policy: 'new', stratified: false },
      probe: { ...s.info!.probe, state: 'waiting', waiting },
    };
    const { text } = await mountPage(SplitOffer, s);
    expect(text()).toBe('');
  });
});
