import type { RouteRecordRaw } from 'vue-router';

export { default as ReportButton } from './ReportButton.vue';
/** A report has no page of its own. */
export const routes: RouteRecordRaw[] = [];
