import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/train',
    name: 'train',
    component: () => import('./TrainPage.vue'),
    meta: { rail: { icon: 'train', order: 3 } },
  },
];
