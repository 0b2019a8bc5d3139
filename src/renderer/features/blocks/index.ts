export { default as BlockPicker } from './BlockPicker.vue';
