import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './app/App.vue';
import { client, onEvents, pixelsUrl, useProject as meanProject } from './app/client';
import { i18n } from './app/i18n';
import { makeRouter, preloadPages } from './app/router';
import { listenToKeys } from './app/shortcuts';
import { followSettings } from './app/theme';
import { dispatchEvent, useEvent } from './stores/events';
import { useApp } from './stores/app';
import { useLabels } from './stores/labels';
import { useProject } from './stores/project';
import { useRuns } from './stores/runs';
import { provideServices } from './stores/services';
import { thumbs, wholeSamples } from './pixels/frames';
import './ui/tokens.css';
import './ui/base.css';

provideServices({ client, onEvents, pixelsUrl, useProject: meanProject });
const app = createApp(App).use(createPinia()).use(i18n);

// Stores listen from before the first event on.
const appStore = useApp();
const project = useProject();
useLabels();
useRuns();
let shown: string | null = null;
useEvent('project', ({ info }) => {
  // What the network sees of volumes follows the input recipe.
  const now = info && `${info.id} ${JSON.stringify(info.input)}`;
  if (now === shown) return;
  shown = now;
  thumbs.clear();
  wholeSamples.clear();
});
useEvent('boxes', ({ keys }) => {
  thumbs.forget(keys);
  wholeSamples.forget(keys);
});
followSettings();
listenToKeys();

/** The first page waits for the settings (language, theme) and for the project, so that nothing flickers. */
async function start(): Promise<void> {
  await Promise.all([appStore.load(), project.load()]);
  onEvents(dispatchEvent, (connected) => void (appStore.connected = connected));
  const router = makeRouter();
  app.use(router).mount('#app');
  preloadPages();
  // Whoever drives the window (tests, benchmarks) waits for the first page.
  await router.isReady();
  document.documentElement.dataset['ready'] = '';
}

start().catch((error: unknown) => {
  console.error(error);
  const place = document.querySelector('#app');
  if (place) place.textContent = i18n.global.t('frame.noServices', { reason: String(error) });
});
