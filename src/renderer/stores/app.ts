import { computed, ref, shallowRef } from 'vue';
import { defineStore } from 'pinia';
import type { z } from 'zod';
import type { AppInfo, Locale, Settings, Theme } from '@shared/domain';
import { client } from './services';

type Json = z.core.util.JSONType;
/** Milliseconds that small settings (panel widths, sizes) are gathered before they are stored. */
const GATHER = 400;

/** The app on this workstation: version, settings, recent projects, bundled samples. */
export const useApp = defineStore('app', () => {
  const info = shallowRef<AppInfo | null>(null);
  const connected = ref(true);
  const settings = computed<Settings | null>(() => info.value?.settings ?? null);
  const locale = computed<Locale>(() => settings.value?.locale ?? preferredLocale());
  const theme = computed<Theme>(() => settings.value?.theme ?? 'dark');
  const shortcuts = computed<Record<string, string>>(() => settings.value?.shortcuts ?? {});

  async function load(): Promise<void> {
    info.value = await client().app.info({});
  }

  /** Shown at once, stored behind; what was stored is what the services answer. */
  async function saveSettings(change: Partial<Settings>): Promise<void> {
    show(change);
    const saved = await client().app.saveSettings(change);
    show({ ...saved, ui: { ...saved.ui, ...waiting } });
  }

  function show(change: Partial<Settings>): void {
    if (info.value) info.value = { ...info.value, settings: { ...info.value.settings, ...change } };
  }

  let waiting: Record<string, Json> = {};
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Something that a page wants to find again, e.g. the size of thumbnails. */
  function remember(key: string, value: Json): void {
    if (!settings.value) return;
    waiting[key] = value;
    show({ ui: { ...settings.value.ui, [key]: value } });
    clearTimeout(timer);
    timer = setTimeout(() => {
      const ui = { ...settings.value?.ui, ...waiting };
      waiting = {};
      void client()
        .app.saveSettings({ ui })
        .catch((error: unknown) => console.warn('settings were not stored', error));
    }, GATHER);
  }

  /** What was remembered, where it is of the type of `fallback`; otherwise `fallback`. */
  function recall<T extends Json>(key: string, fallback: T): T {
    const value = settings.value?.ui[key];
    return value !== undefined && value !== null && typeof value === typeof fallback ? (value as T) : fallback;
  }

  /** Another window, or tab, onto the same project: both show every change at once. */
  async function openWindow(): Promise<void> {
    if (info.value?.shell === 'electron') await client().app.openWindow({});
    else window.open(window.location.href, '_blank', 'noopener');
  }

  async function forgetRecent(dir: string): Promise<void> {
    info.value = await client().app.forgetRecent({ dir });
  }

  return {
    info,
    connected,
    settings,
    locale,
    theme,
    shortcuts,
    load,
    saveSettings,
    remember,
    recall,
    openWindow,
    forgetRecent,
  };
});

const preferredLocale = (): Locale => (navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en');
