import type { RouteRecordRaw } from 'vue-router';

export { default as SplitOffer } from './SplitOffer.vue';

export const routes: RouteRecordRaw[] = [
  { path: '/splits', name: 'splits', component: () => import('./SplitsPage.vue'), meta: { within: 'settings' } },
];
