// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { h } from 'vue';
import { EngineSettings } from '@renderer/features/engines';
import { ExportButton } from '@renderer/features/export';
import { dispatchEvent } from '@renderer/stores/events';
import { UserError } from '@shared/errors';
import { mountPage } from '../mountPage';
import { PageServices } from '../pageServices';

const button = (name: RegExp): HTMLButtonElement =>
  [...document.querySelectorAll('button')].find((b) => name.test(b.textContent))!;

describe('engines in the settings', () => {
  it('say what is there, ask before a download, show how far it is, and call it off', async () => {
    const s = new PageServices();
    const { page } = await mountPage(EngineSettings, s);
    await flushPromises();
    expect(page.text()).toContain('CPU, 2 threads');
    expect(page.text()).toContain('not installed');
    const devices = page.findAll('.places li').map((li) => li.text().replace(/\s+/g, ' '));
    expect(devices[0]).toMatch(/^Processor \(CPU\): ready · a processor · 8/);
    expect(devices[1]).toBe('GPU (WebGPU): not here · no GPU with a working driver was found');
    let go = (): void => {};
    s.held.set('engines.install', new Promise((resolve) => (go = resolve)));
    button(/Install from the network/).click();
    await flushPromises();
    expect(s.calls.some(({ name }) => name === 'engines.install')).toBe(false);
    expect(document.body.textContent).toContain('pip downloads about 0.2 GB');
    button(/Download and install/).click();
    await flushPromises();
    const asked = s.calls.find(({ name }) => name === 'engines.install')!.input as { id: string };
    expect(asked).toMatchObject({ from: null, sha256: null, cuda: false });
    dispatchEvent({ type: 'engine', progress: { id: 'another', stage: 'build', done: 0, total: 1 } });
    dispatchEvent({ type: 'engine', progress: { id: asked.id, stage: 'download', done: 115e6, total: 230e6 } });
    await flushPromises();
    expect(page.find('[role="status"]').text()).toMatch(/Downloading · .* of /);
    button(/Cancel/).click();
    expect(s.calls.at(-1)).toEqual({ name: 'engines.cancel', input: { id: asked.id } });
    go();
    await flushPromises();
    expect(page.text()).toContain('2.18.1');
    expect(button(/Remove TensorFlow/)).toBeDefined();
  });

  it('say why an installation failed, and nothing where it was called off', async () => {
    const s = new PageServices();
    const { page } = await mountPage(EngineSettings, s);
    await flushPromises();
    const install = async (): Promise<void> => {
      button(/Install from the network/).click();
      await flushPromises();
      button(/Download and install/).click();
      await flushPromises();
    };
    s.failing.set('engines.install', new UserError('engine-missing', 'there is no C++ compiler here'));
    await install();
    expect(page.find('[role="alert"]').text()).toContain('no C++ compiler');
    s.failing.set('engines.install', new UserError('cancelled', 'called off'));
    await install();
    expect(page.find('[role="alert"]').exists()).toBe(false);
  });
});

it('a run is exported on purpose, and the page says how far each file is off', async () => {
  const s = new PageServices();
  await mountPage({ render: () => h(ExportButton, { run: 'run-14' }) }, s);
  button(/Export the model/).click();
  await flushPromises();
  button(/^\s*Export\s*$/).click();
  await flushPromises();
  expect(s.calls.find(({ name }) => name === 'training.exportModel')!.input).toEqual({ run: 'run-14', dir: null });
  expect(document.body.textContent).toContain('/project/exports/model-run-14');
  expect(document.body.textContent).toContain('off by at most 3.0e-4 on 8 samples');
});
