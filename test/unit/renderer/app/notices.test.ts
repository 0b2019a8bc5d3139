// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryHistory, createRouter } from 'vue-router';
import AppNotices from '@renderer/app/AppNotices.vue';
import { i18n } from '@renderer/app/i18n';
import { routes } from '@renderer/app/router';
import { locating } from '@renderer/features/storage';
import { useProject, useReturning, useStorage } from '@renderer/stores';
import { labelEvent, PageServices, runSummary, storageInfo } from '../pageServices';

let services: PageServices;
async function shown(): Promise<ReturnType<typeof mount>> {
  const router = createRouter({ history: createMemoryHistory(), routes });
  const page = mount(AppNotices, { global: { plugins: [i18n, router] }, attachTo: document.body });
  await flushPromises();
  return page;
}
beforeEach(async () => {
  setActivePinia(createPinia());
  services = new PageServices(12).install();
  useStorage();
  useReturning();
  await useProject().load();
});
afterEach(() => {
  document.body.innerHTML = '';
  locating.value = false;
});

describe('the lines below the header', () => {
  it('say nothing where there is nothing to say', async () => {
    services.say({ type: 'storage', status: storageInfo() });
    expect((await shown()).text()).toBe('');
  });

  it('say what is short, missing or in a wrong place, and lead to what helps', async () => {
    const page = await shown();
    services.say({
      type: 'storage',
      status: storageInfo({
        space: { freeBytes: 1.2e9, totalBytes: 500e9, level: 'low' },
        place: { kind: 'network', name: 'nfs4' },
        missingOriginals: 780,
        missingFrom: '/data/scans',
        limits: ['no-full-size'],
      }),
    });
    await flushPromises();
    expect(page.text()).toContain('1.2 GB left on this disk. Labels are still saved.');
    expect(page.text()).toContain('This project lies on nfs4');
    expect(page.text()).toContain('780 originals were not found at /data/scans. Labels, thumbnails');
    await page
      .findAll('button')
      .find((button) => button.text() === 'Locate…')!
      .trigger('click');
    expect(locating.value).toBe(true);
    await page.find('[aria-label="Dismiss"]').trigger('click');
    expect(page.text()).not.toContain('1.2 GB');
  });

  it('say where a person left off, and resume the run that was cut off', async () => {
    const run = runSummary(8, { state: 'stopped', epochsDone: 9 });
    services.runs = [run];
    const time = new Date();
    time.setHours(10, 4);
    useReturning().last = {
      label: labelEvent(9, { time: time.toISOString(), sample: 'train_0009' }),
      run: { id: run.id, number: 8, state: 'stopped', epochsDone: 9, epochs: 15 },
    };
    const page = await shown();
    expect(page.text()).toContain('Last label 10:04 on train_0009; run 8 stopped at epoch 9 of 15');
    await page
      .findAll('button')
      .find((button) => button.text() === 'Resume')!
      .trigger('click');
    await flushPromises();
    expect(services.called('training.resume')).toEqual([{ run: run.id }]);
    expect(page.text()).toBe('');
  });
});
