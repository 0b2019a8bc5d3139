export { default as BlockPicker } from './BlockPicker.vue';
export { useAsking } from './useAsking';
export { fileName } from './words';
