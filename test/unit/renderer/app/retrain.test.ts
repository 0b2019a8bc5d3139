// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { expect, it } from 'vitest';
import App from '@renderer/app/App.vue';
import { mountPage } from '../mountPage';
import { PageServices, runSummary } from '../pageServices';

it('retrains by Ctrl+R from any page, and queues behind a run that is under way', async () => {
  const s = new PageServices();
  const { press, button } = await mountPage(App, s, '/activity');
  expect(button(/^Retrain/).textContent).not.toContain('Queue');
  s.runs = [runSummary(1, { state: 'running' })];
  s.say({ type: 'runs', runs: s.runs });
  await flushPromises();
  expect(button(/^Queue retrain/)).toBeTruthy();
  const before = s.calls.length;
  await press('r', { ctrlKey: true });
  await press('r', { ctrlKey: true, repeat: true });
  expect(s.calls.slice(before).filter(({ name }) => name === 'training.start')).toHaveLength(1);
});
