import type { RouteRecordRaw } from 'vue-router';

/** `useBrowse().showOnly(filter, title)` shows chosen samples, e.g. those behind a figure; then go to the route `browse`. */
export { useBrowse } from './useBrowse';

export const routes: RouteRecordRaw[] = [
  {
    path: '/browse',
    name: 'browse',
    component: () => import('./BrowsePage.vue'),
    meta: { rail: { icon: 'browse', order: 1 } },
  },
];
