export { default as ComeBackLine } from './ComeBackLine.vue';
export { default as StillReader } from './StillReader.vue';
export { useGoBack } from './goBack';
export { useKeptPlace } from './keptPlace';
