import type { RouteRecordRaw } from 'vue-router';

export { default as ExportButton } from './ExportButton.vue';
/** An export has no page of its own. */
export const routes: RouteRecordRaw[] = [];
