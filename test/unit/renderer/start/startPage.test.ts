// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import StartPage from '@renderer/features/start/StartPage.vue';
import { joinPath } from '@renderer/features/start/picker';
import { UserError } from '@shared/errors';
import { mountPage } from '../mountPage';
import { PageServices } from '../pageServices';

function services(): PageServices {
  const found = new PageServices();
  found.info = null;
  found.app.samples = [
    { id: 'breastmnist', name: 'BreastMNIST', bytes: 559_580 },
    { id: 'adrenalmnist3d', name: 'AdrenalMNIST3D', bytes: 276_833 },
  ];
  found.app.recent = [
    { dir: '/p/a.residua', name: 'A', openedAt: '2025-11-20T10:00:00Z', exists: true },
    { dir: '/p/b.residua', name: 'B', openedAt: '2025-11-20T10:00:00Z', exists: false },
  ];
  return found;
}

/** Pages are fetched when they are first shown. */
const SLOW = { timeout: 30_000 };

describe('the start page', () => {
  it('reads the bundled sample with one click', async () => {
    const s = services();
    const { button, router, text } = await mountPage(StartPage, s);
    expect(text()).toContain('780 breast ultrasound images');
    expect(text()).toContain('560 kB');
    expect(button(/Open AdrenalMNIST3D/).textContent).toContain('1,584 adrenal glands');
    button(/Open BreastMNIST/).click();
    await flushPromises();
    expect(s.called('imports.inspect')).toEqual([{ paths: [], sample: 'breastmnist' }]);
    await vi.waitFor(() => expect(router.currentRoute.value.name).toBe('import'), SLOW);
  });

  it('opens a recent project, says which is gone, and forgets one', async () => {
    const s = services();
    const { button, router, text } = await mountPage(StartPage, s);
    expect(text()).toContain('not found');
    expect(button('B /p').disabled).toBe(true);
    button('Forget B').click();
    await flushPromises();
    expect(s.called('app.forgetRecent')).toEqual([{ dir: '/p/b.residua' }]);
    expect(text()).not.toContain('not found');
    s.info = new PageServices().info;
    button('A /p').click();
    await flushPromises();
    expect(s.called('project.open')).toEqual([{ dir: '/p/a.residua' }]);
    await vi.waitFor(() => expect(router.currentRoute.value.name).toBe('browse'), SLOW);
  });

  it('says why a project does not open', async () => {
    const s = services();
    s.failing.set(
      'project.open',
      new UserError('project-locked', 'in use by the app on host7 (pid 12)', { file: '/p/a.residua' }),
    );
    const { button, text } = await mountPage(StartPage, s);
    button('A /p').click();
    await flushPromises();
    expect(text()).toContain('in use by the app on host7 (pid 12)');
  });

  it('chooses files of this machine by keys alone in the browser shell', async () => {
    const s = services();
    const { button, press } = await mountPage(StartPage, s);
    button('Import files').click();
    await flushPromises();
    const list = document.querySelector<HTMLElement>('[role="listbox"]');
    expect([...document.querySelectorAll('[role="option"] .name')].map((o) => o.textContent)).toEqual([
      'scans',
      'a.npz',
      'b.npz',
    ]);
    list?.focus();
    await press('ArrowDown');
    await press(' ');
    await press('ArrowDown');
    await press(' ');
    expect(document.querySelectorAll('[aria-selected="true"]')).toHaveLength(2);
    button('Choose 2 files').click();
    await flushPromises();
    expect(s.called('imports.inspect')).toEqual([{ paths: ['/home/r/a.npz', '/home/r/b.npz'] }]);
  });

  it('uses the system dialog in Electron, and does nothing when it is cancelled', async () => {
    const s = services();
    s.app.shell = 'electron';
    const { button } = await mountPage(StartPage, s);
    button('Import files').click();
    await flushPromises();
    expect(s.called('app.pick')).toEqual([{ what: 'files' }]);
    expect(s.called('imports.inspect')).toEqual([{ paths: ['/home/r/a.npz'] }]);
  });

  it('joins folder and name as the system does', () => {
    expect([joinPath('/a', 'b.csv'), joinPath('C:\\a', 'b.csv'), joinPath('/', 'b')]).toEqual([
      '/a/b.csv',
      'C:\\a\\b.csv',
      '/b',
    ]);
  });
});
