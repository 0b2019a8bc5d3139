import type { RouteRecordRaw } from 'vue-router';

export { default as ImageStage } from './ImageStage.vue';
export { useWholeSample } from './useWholeSample';
export { default as LabelFacts } from './LabelFacts.vue';
export { default as LabelHistory } from './LabelHistory.vue';
export { default as NeighbourStrip } from './NeighbourStrip.vue';
export { default as SampleInspector } from './SampleInspector.vue';
export { default as StudyFacts } from './StudyFacts.vue';
export { useDetail } from './useDetail';

export const routes: RouteRecordRaw[] = [
  {
    path: '/sample/:key(\\d+)',
    name: 'sample',
    component: () => import('./SamplePage.vue'),
    meta: { within: 'browse' },
  },
];
