/** Our own small set of components: every page is built of these, so that a page decides what to say and never how a button looks. */
export { default as ClassChip } from './ClassChip.vue';
export { default as ClassShape } from './ClassShape.vue';
export { default as UiButton } from './UiButton.vue';
export { default as UiCard } from './UiCard.vue';
export { default as UiCheckbox } from './UiCheckbox.vue';
export { default as UiDialog } from './UiDialog.vue';
export { default as UiEmpty } from './UiEmpty.vue';
export { default as UiErrorNote } from './UiErrorNote.vue';
export { default as UiIcon } from './UiIcon.vue';
export { default as UiKbd } from './UiKbd.vue';
export { default as UiProgress } from './UiProgress.vue';
export { default as UiSegmented } from './UiSegmented.vue';
export { default as UiSelect } from './UiSelect.vue';
export { default as UiSlider } from './UiSlider.vue';
export { default as UiStat } from './UiStat.vue';
export { default as UiTextField } from './UiTextField.vue';
export { default as PixelThumb } from '../pixels/PixelThumb.vue';
export type { IconName } from './icons';
