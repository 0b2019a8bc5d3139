import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/browse',
    name: 'browse',
    component: () => import('./BrowsePage.vue'),
    meta: { rail: { icon: 'browse', order: 1 } },
  },
];
