import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/activity',
    name: 'activity',
    component: () => import('./ActivityPage.vue'),
    meta: { rail: { icon: 'activity', order: 5 } },
  },
];
