import type { RouteRecordRaw } from 'vue-router';

export { default as EngineSettings } from './EngineSettings.vue';
export { default as WhereFields } from './WhereFields.vue';
/** Engines are a part of the settings. */
export const routes: RouteRecordRaw[] = [];
