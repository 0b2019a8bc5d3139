export { default as AddWeights } from './AddWeights.vue';
export { default as WeightsPicker } from './WeightsPicker.vue';
export { fileName, useLibrary } from './useLibrary';
