// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import CheckPage from '@renderer/features/check/CheckPage.vue';
import { useLabels, useQueue, useReading } from '@renderer/stores';
import { UserError } from '@shared/errors';
import { row } from '../memoryServices';
import { mountPage } from '../mountPage';
import { figures, PageServices, runSummary } from '../pageServices';

/** Samples 1, 4, 7 and 2 are suspects: labelled benign, and the model says malignant. */
function services(): PageServices {
  const s = new PageServices();
  for (const key of s.suspects)
    s.rows.set(
      key,
      row(key, {
        class: 1,
        prediction: { kind: 'out-of-fold', class: 0, answers: null, probabilities: [0.9, 0.1], agrees: false },
      }),
    );
  return s;
}
const front = (): string => document.querySelector('.facts h3')?.textContent?.trim() ?? '';
const set = (s: PageServices): unknown[] => s.called('labels.set');

describe('the check page', () => {
  it('shows each figure with its interval, the majority rate, and what it stands on', async () => {
    const { text } = await mountPage(CheckPage, services());
    expect(text()).toContain('.893');
    expect(text()).toContain('[.86, .92] · with unsure .886');
    expect(text()).toContain('acc .866, majority .733');
    expect(text()).toContain('610 samples in 583 groups · left out: 12 unsure, 2 excluded');
    expect(text()).toContain('positive: malignant');
    expect(text()).toContain('test: never scored');
  });

  it('says "not defined" instead of 0 for what is not', async () => {
    const s = services();
    s.figures = figures({
      auc: { value: null, low: null, high: null, method: 'none' },
      warnings: [{ key: 'class-absent', values: { class: 0 } }],
    });
    const { text } = await mountPage(CheckPage, s);
    expect(text()).toContain('not defined');
    expect(text()).toContain('No sample here is labelled malignant');
  });

  it('accepts with Enter, confirms with K, marks unsure with U, and goes on each time', async () => {
    const s = services();
    const { press } = await mountPage(CheckPage, s);
    expect(front()).toBe('train_0001');
    await press('Enter');
    expect(front()).toBe('train_0004');
    await press('k');
    await press('u');
    expect(front()).toBe('train_0002');
    expect(set(s)).toMatchObject([
      {
        keys: [1],
        change: { class: 0 },
        origin: 'suggestion',
        context: { queue: 'suspects by confidence', modelHidden: false },
      },
      { keys: [4], change: { class: 1, state: 'checked' }, origin: 'read' },
      { keys: [7], change: { state: 'unsure' } },
    ]);
  });

  it('shows none of the doubted labels while the model is hidden, labels none, and goes on where it was', async () => {
    const s = services();
    const { press, text, button } = await mountPage(CheckPage, s);
    await press('ArrowRight');
    useReading().toggleModel();
    await flushPromises();
    expect(front()).toBe('');
    expect(text()).toContain('comes back with the model');
    await press('k');
    expect(set(s)).toEqual([]);
    button('Show the model').click();
    await flushPromises();
    expect(front()).toBe('train_0004');
  });

  it('labels by the class keys, walks with the arrows, and never labels by a key that repeats', async () => {
    const s = services();
    const { press } = await mountPage(CheckPage, s);
    await press('ArrowRight');
    expect(front()).toBe('train_0004');
    await press('1', { repeat: true });
    expect(set(s)).toEqual([]);
    await press('1');
    expect(set(s)).toMatchObject([{ keys: [4], change: { class: 0 } }]);
    await press('ArrowLeft');
    await press('ArrowLeft');
    await press('ArrowLeft');
    expect(front()).toBe('train_0001');
  });

  it('shows the sample large with Space, which goes on in the order of the list', async () => {
    const s = services();
    const { press, router } = await mountPage(CheckPage, s, '/check');
    await press('ArrowRight');
    await press(' ');
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/sample/4'));
    expect(useQueue().queue).toMatchObject({ keys: [1, 4, 7, 2], from: 'check' });
    expect(set(s)).toEqual([]);
  });

  it('opens the samples behind a cell of the confusion matrix, and comes back', async () => {
    const s = services();
    const { button, text } = await mountPage(CheckPage, s);
    button('51 labelled malignant, model says normal, benign').click();
    await flushPromises();
    expect(s.called('insight.cell')).toMatchObject([
      { run: null, head: 'probe', scope: 'oof', label: 0, predicted: 1 },
    ]);
    expect(text()).toContain('Labelled malignant, model says normal, benign 1 of 2');
    expect(front()).toBe('train_0003');
    button('Likely wrong labels').click();
    await flushPromises();
    expect(front()).toBe('train_0001');
  });

  it('asks before the test split is scored, and names the run', async () => {
    const s = services();
    s.runs = [runSummary(3)];
    const { button, text } = await mountPage(CheckPage, s);
    s.say({ type: 'runs', runs: s.runs });
    await flushPromises();
    button('Score test').click();
    await flushPromises();
    expect(s.called('training.scoreTest')).toEqual([]);
    expect(text()).toContain('Score the test split with run 3?');
    button('Score the test split once').click();
    await flushPromises();
    expect(s.called('training.scoreTest')).toEqual([{ run: 'run-3' }]);
    expect(s.called('insight.figures').at(-1)).toMatchObject({ run: 'run-3', scope: 'test' });
  });

  it('pauses the probe, and says how old the predictions are', async () => {
    const s = services();
    const { button, text } = await mountPage(CheckPage, s);
    expect(text()).toMatch(/updated \d+ d ago/);
    button('Pause').click();
    await flushPromises();
    expect(s.called('training.pauseProbe')).toEqual([{ paused: true }]);
  });

  it('changes the one decision rule for all', async () => {
    const s = services();
    const { page, text, button } = await mountPage(CheckPage, s);
    const select = page.findAll<HTMLSelectElement>('header select')[2]!;
    await select.setValue('other');
    await flushPromises();
    expect(text()).toContain('Called malignant from a probability of');
    const field = document.querySelector<HTMLInputElement>('#rule-form input')!;
    field.value = '.3';
    field.dispatchEvent(new Event('input'));
    await flushPromises();
    button('Use this rule').click();
    document.querySelector('#rule-form')?.dispatchEvent(new Event('submit'));
    await flushPromises();
    expect(s.called('project.setRule')[0]).toEqual({ kind: 'threshold', value: 0.3 });
  });

  it('opens on what predicts now, follows it, and stays on what the person chose', async () => {
    const s = services();
    s.runs = [runSummary(3)];
    const { page } = await mountPage(CheckPage, s);
    const predictor = (run: string | null, head: 'plain' | 'probe'): void =>
      s.say({ type: 'predictions', predictor: { ...s.info!.predictor!, run, head } });
    s.say({ type: 'runs', runs: s.runs });
    predictor('run-3', 'plain');
    await flushPromises();
    expect(s.called('insight.figures').at(-1)).toMatchObject({ run: 'run-3', head: 'plain', scope: 'oof' });
    await page.find<HTMLSelectElement>('header select').setValue('run-3:chosen');
    predictor(null, 'probe');
    await flushPromises();
    expect(s.called('insight.figures').at(-1)).toMatchObject({ run: 'run-3', head: 'chosen' });
  });

  it('shows a run that has nothing out of fold on validation', async () => {
    const s = services();
    const scores = { ...runSummary(4).scores, probe: null, plain: null };
    s.runs = [
      runSummary(4, {
        preset: 'full',
        predictor: 'chosen',
        scores: { ...scores, chosen: { ...scores.chosen!, oof: null } },
      }),
    ];
    const { page } = await mountPage(CheckPage, s);
    s.say({ type: 'runs', runs: s.runs });
    await flushPromises();
    await page.find<HTMLSelectElement>('header select').setValue('run-4:chosen');
    await flushPromises();
    expect(s.called('insight.figures').at(-1)).toMatchObject({ run: 'run-4', scope: 'val' });
    expect(page.findAll('header select')[1]!.findAll('option')).toHaveLength(1);
  });

  it('says what the figures wait for while features are read, and for how long', async () => {
    const s = services();
    s.info = {
      ...s.info!,
      predictor: null,
      probe: { ...s.info!.probe, state: 'features', done: 128, total: 779, secondsLeft: 62 },
    };
    s.failing.set('insight.figures', new UserError('too-few-samples', 'no prediction yet'));
    const { text } = await mountPage(CheckPage, s);
    expect(text()).toContain('Features are being read');
    expect(text()).toContain('128 of 779 · 62 s left');
    expect(document.querySelector('[role="progressbar"]')?.getAttribute('aria-valuenow')).toBe('16');
    expect(text()).not.toContain('Label some samples');
  });

  it('teaches the next step where there is no prediction yet', async () => {
    const s = services();
    s.failing.set('insight.figures', new UserError('too-few-samples', 'no prediction yet'));
    const { text } = await mountPage(CheckPage, s);
    expect(text()).toContain('No prediction yet');
  });
});

describe('the queue on the check page', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('stands still when predictions change, and says how many a refresh would bring', async () => {
    const s = services();
    const { press, text, button } = await mountPage(CheckPage, s);
    await press('ArrowRight');
    s.suspects = [9, 8, 4];
    s.say({ type: 'predictions', predictor: s.info!.predictor });
    await vi.advanceTimersByTimeAsync(2000);
    await flushPromises();
    expect(front()).toBe('train_0004');
    expect(document.querySelectorAll('.strip li')).toHaveLength(4);
    expect(text()).toContain('2 new');
    button('Refresh').click();
    await flushPromises();
    expect(front()).toBe('train_0004');
    expect(document.querySelectorAll('.strip li')).toHaveLength(3);
  });

  it('goes back to what undo took back', async () => {
    const s = services();
    const { press } = await mountPage(CheckPage, s);
    await press('k');
    await press('k');
    expect(document.querySelectorAll('.strip .mark')).toHaveLength(2);
    await useLabels().undo();
    await flushPromises();
    expect(front()).toBe('train_0004');
    expect(document.querySelectorAll('.strip .mark')).toHaveLength(1);
  });
});
