import type { RouteRecordRaw } from 'vue-router';

export { default as PathChooser } from './PathChooser.vue';
export { joinPath, usePicker } from './picker';
export type { Picker } from './picker';

export const routes: RouteRecordRaw[] = [
  { path: '/start', name: 'start', component: () => import('./StartPage.vue'), meta: { withoutProject: true } },
];
