import type { RouteRecordRaw } from 'vue-router';

export { default as RereadButton } from './RereadButton.vue';
export { default as RereadFigures } from './RereadFigures.vue';

export const routes: RouteRecordRaw[] = [
  {
    path: '/reread',
    name: 'reread',
    component: () => import('./RereadPage.vue'),
    meta: { within: 'check' },
  },
];
