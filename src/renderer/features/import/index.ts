import type { RouteRecordRaw } from 'vue-router';

export { default as ClassEditor } from './ClassEditor.vue';
export { default as AddClass } from './AddClass.vue';
export { default as PairReview } from './PairReview.vue';
export { classFaults, positiveOf, toLabelClasses } from './classes';
export type { EditedClass } from './classes';
export { countPairs, isJoined } from './decisions';
export type { PairDecisions } from './decisions';
export { useDrop } from './drop';
export { useImport } from './store';
export { default as StudiesLine } from './studies/StudiesLine.vue';
export type { ImportRequest } from './store';

export const routes: RouteRecordRaw[] = [
  { path: '/import', name: 'import', component: () => import('./ImportPage.vue'), meta: { withoutProject: true } },
];
