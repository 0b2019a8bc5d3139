import { watchEffect } from 'vue';
import { useApp } from '@renderer/stores/app';
import { i18n } from './i18n';
import { rebind } from './shortcuts';

/** Puts language, theme and rebound keys of the settings in force, now and whenever they change. */
export function followSettings(): void {
  const app = useApp();
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const applyTheme = (): void => {
    const theme = app.theme === 'system' ? (dark.matches ? 'dark' : 'light') : app.theme;
    document.documentElement.dataset['theme'] = theme;
  };
  watchEffect(applyTheme);
  dark.addEventListener('change', applyTheme);
  watchEffect(() => {
    i18n.global.locale.value = app.locale;
    document.documentElement.lang = app.locale;
  });
  watchEffect(() => rebind(app.shortcuts));
}
