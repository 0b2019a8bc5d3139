import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/view/:key(\\d+)?',
    name: 'view',
    component: () => import('./ViewPage.vue'),
    meta: { rail: { icon: 'view', order: 2 } },
  },
];
