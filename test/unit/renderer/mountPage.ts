import { flushPromises, mount } from '@vue/test-utils';
import type { VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, vi } from 'vitest';
import { defineComponent, h, KeepAlive } from 'vue';
import type { Component } from 'vue';
import { createMemoryHistory, createRouter } from 'vue-router';
import type { Router } from 'vue-router';
import { i18n } from '@renderer/app/i18n';
import { handleKeydown } from '@renderer/app/shortcuts';
import { routes } from '@renderer/app/router';
import { useApp, useLabels, useProject, useRows, useRuns } from '@renderer/stores';
import { encodeFrames } from '@shared/pixels';
import type { Frame } from '@shared/pixels';
import type { PageServices } from './pageServices';

export interface Mounted {
  readonly page: VueWrapper;
  readonly router: Router;
  /** Presses a key as the window would get it. */
  press(key: string, more?: Partial<KeyboardEventInit>): Promise<void>;
  text(): string;
  button(name: string | RegExp): HTMLButtonElement;
}

const mounted: VueWrapper[] = [];
afterEach(() => {
  for (const page of mounted.splice(0)) page.unmount();
  document.body.innerHTML = '';
  vi.unstubAllGlobals();
});

const frame = (key: number): Frame => ({
  key,
  width: 2,
  height: 2,
  depth: 1,
  channels: 1,
  type: 'uint8',
  low: 0,
  high: 255,
  data: new Uint8Array([0, 80, 160, 255]),
});

/** Pixels of any address of `pixelPath`. */
function answerPixels(): void {
  vi.stubGlobal('fetch', (url: string) => {
    const list = /keys=([\d,]+)/.exec(url)?.[1]?.split(',').map(Number) ?? [
      Number(/(\d+)(\?seed=\d+)?$/.exec(url)?.[1]),
    ];
    return Promise.resolve(new Response(encodeFrames(list.map(frame))));
  });
}

/** What a window without layout cannot know: lists need a height to show rows. Charts stay undrawn: there is no canvas. */
function giveSize(): void {
  for (const name of ['clientHeight', 'clientWidth'] as const)
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get(this: HTMLElement) {
        return this.matches('.scroller, .pairs') ? 800 : 0;
      },
    });
}

/** Mounts a page of the window on services in memory, as the frame would: kept alive, with routes and words. */
export async function mountPage(page: Component, services: PageServices, path = '/start'): Promise<Mounted> {
  giveSize();
  answerPixels();
  setActivePinia(createPinia());
  services.install();
  i18n.global.locale.value = 'en';
  const app = useApp();
  useLabels();
  useRows();
  useRuns();
  await Promise.all([app.load(), useProject().load()]);
  services.say({ type: 'project', info: services.info });
  const router = createRouter({ history: createMemoryHistory(), routes });
  await router.push(path);
  const wrapper = mount(defineComponent({ render: () => h(KeepAlive, () => h(page)) }), {
    attachTo: document.body,
    global: { plugins: [i18n, router] },
  });
  mounted.push(wrapper);
  await flushPromises();
  window.addEventListener('keydown', handleKeydown);
  return {
    page: wrapper,
    router,
    async press(key, more = {}) {
      const code = /^[a-z]$/i.test(key)
        ? `Key${key.toUpperCase()}`
        : /^\d$/.test(key)
          ? `Digit${key}`
          : key === ' '
            ? 'Space'
            : key;
      const target = document.activeElement ?? document.body;
      target.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true, ...more }));
      await flushPromises();
    },
    text: () => document.body.textContent?.replace(/\s+/g, ' ') ?? '',
    button(name) {
      const all = [...document.body.querySelectorAll('button')];
      const found = all.find((b) => {
        const said = b.getAttribute('aria-label') ?? b.textContent?.replace(/\s+/g, ' ').trim() ?? '';
        return typeof name === 'string' ? said.startsWith(name) : name.test(said);
      });
      if (!found) throw new Error(`no button ${name}; there are ${all.map((b) => b.textContent?.trim()).join(' | ')}`);
      return found;
    },
  };
}
