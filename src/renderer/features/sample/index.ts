import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/sample/:key(\\d+)',
    name: 'sample',
    component: () => import('./SamplePage.vue'),
    meta: { within: 'browse' },
  },
];
