// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { rebind, SHORTCUTS } from '@renderer/app/shortcuts';
import { bindingFrom, isDigit, takenBy } from '@renderer/features/settings/bindings';
import SettingsPage from '@renderer/features/settings/SettingsPage.vue';
import { mountPage } from '../mountPage';
import { PageServices } from '../pageServices';

const key = (k: string, more: Partial<Parameters<typeof bindingFrom>[0]> = {}) => ({
  key: k,
  code: /^[a-z]$/i.test(k) ? `Key${k.toUpperCase()}` : k,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});
afterEach(() => rebind({}));

describe('bindings', () => {
  it('reads what was pressed as the table writes it', () => {
    expect(bindingFrom(key('z', { ctrlKey: true, shiftKey: true }))).toBe('Ctrl+Shift+Z');
    expect(bindingFrom(key(' ', { code: 'Space' }))).toBe('Space');
    expect(bindingFrom(key('?', { code: 'Slash', shiftKey: true }))).toBe('?');
    expect(bindingFrom(key('Control', { ctrlKey: true }))).toBeNull();
    expect(bindingFrom(key('ArrowLeft'))).toBe('ArrowLeft');
    // An input method or another layout changes the character, not the key.
    expect(bindingFrom(key('你', { code: 'KeyN' }))).toBe('N');
  });
  it('writes every default binding so that pressing it gives itself', () => {
    for (const { binding } of Object.values(SHORTCUTS)) {
      const parts = binding.split(/\+(?=.)/);
      const last = parts.at(-1)!;
      const code = last === 'Space' ? 'Space' : /^[A-Z]$/.test(last) ? `Key${last}` : last;
      const pressed = key(last === 'Space' ? ' ' : last, {
        code,
        ctrlKey: parts.includes('Ctrl'),
        altKey: parts.includes('Alt'),
        shiftKey: parts.includes('Shift'),
      });
      expect(bindingFrom(pressed)).toBe(binding);
    }
  });
  it('finds what a key already means where both would act, and only there', () => {
    expect(takenBy('Ctrl+R', 'unsure')).toBe('retrain');
    expect(takenBy('K', 'unsure')).toBe('confirm');
    expect(takenBy('S', 'unsure')).toBeNull();
    expect(takenBy('U', 'unsure')).toBeNull();
    expect([isDigit('3'), isDigit('Ctrl+3')]).toEqual([true, false]);
  });
});

describe('the settings page', () => {
  it('switches language and theme at once', async () => {
    const s = new PageServices();
    const { page } = await mountPage(SettingsPage, s);
    await page.find('input[value="light"]').setValue();
    await page.find('input[value="zh-CN"]').setValue();
    await flushPromises();
    expect(s.called('app.saveSettings')).toEqual([{ theme: 'light' }, { locale: 'zh-CN' }]);
  });

  it('rebinds a key, refuses digits and keys that are taken, and resets', async () => {
    const s = new PageServices();
    const { button, press, text } = await mountPage(SettingsPage, s);
    button('Unsure:').click();
    button('Unsure:').focus();
    await press('3');
    expect(text()).toContain('Digits belong to the classes');
    await press('k');
    expect(text()).toContain('K already means “Label is right”');
    await press('j');
    expect(s.called('app.saveSettings')).toEqual([{ shortcuts: { unsure: 'J' } }]);
    button('Reset Unsure').click();
    await flushPromises();
    expect(s.called('app.saveSettings').at(-1)).toEqual({ shortcuts: {} });
  });

  it('never puts a destructive action on a bare letter', async () => {
    const s = new PageServices();
    const { button, press, text } = await mountPage(SettingsPage, s);
    button('Exclude, with a reason:').click();
    button('Exclude, with a reason:').focus();
    await press('j');
    expect(text()).toContain('needs Ctrl, Alt or Shift');
    expect(s.called('app.saveSettings')).toEqual([]);
  });

  it('stores changed classes as a new version of the scheme, ids as they are', async () => {
    const s = new PageServices();
    const { page, button } = await mountPage(SettingsPage, s);
    expect(button(/^Save$/).disabled).toBe(true);
    await page.find('#settings-classes input[aria-label="Name of class 2"]').setValue('benign');
    await page.find('#settings-classes form').trigger('submit');
    await flushPromises();
    expect(s.called('project.setClasses')).toMatchObject([
      {
        classes: [
          { id: 0, name: 'malignant', order: 0 },
          { id: 1, name: 'benign', order: 1 },
        ],
        positive: 0,
      },
    ]);
  });

  it('says what it is for, and what it is not for', async () => {
    const s = new PageServices();
    s.info = null;
    const { text } = await mountPage(SettingsPage, s);
    expect(text()).toContain('For research, not for diagnosis.');
    expect(text()).toContain('0.1.0');
    expect(text()).not.toContain('Classes of this project');
  });
});
