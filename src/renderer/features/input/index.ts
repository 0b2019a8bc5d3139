import type { RouteRecordRaw } from 'vue-router';

export { default as InputSettings } from './InputSettings.vue';
export { inputWords } from './words';
/** What the network sees is a part of the settings. */
export const routes: RouteRecordRaw[] = [];
