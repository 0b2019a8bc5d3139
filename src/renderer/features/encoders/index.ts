export { default as EncoderPicker } from './EncoderPicker.vue';
