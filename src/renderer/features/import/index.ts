import type { RouteRecordRaw } from 'vue-router';

export { default as ClassEditor } from './ClassEditor.vue';
export { classFaults, toLabelClasses } from './classes';
export type { EditedClass } from './classes';
export { useDrop } from './drop';
export { useImport } from './store';
export type { ImportRequest } from './store';

export const routes: RouteRecordRaw[] = [
  { path: '/import', name: 'import', component: () => import('./ImportPage.vue'), meta: { withoutProject: true } },
];
