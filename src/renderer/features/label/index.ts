import type { RouteRecordRaw } from 'vue-router';

export { default as ClassKeys } from './ClassKeys.vue';
export { default as LabelDialogs } from './LabelDialogs.vue';
export { ClassKeyReader, classKeys, classKeyWords } from './classKeys';
export { probabilityOf, suggestedClass, suggestedLabel } from './suggestion';
export { describeSample } from './dialogs';
export { useLabelling } from './useLabelling';
export type { Labelling, LabellingPlace } from './useLabelling';
/** Labelling has no page of its own. */
export const routes: RouteRecordRaw[] = [];
