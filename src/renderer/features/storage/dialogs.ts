import { ref, shallowRef } from 'vue';

/** Which question about files is open in this window. */
export const giving = ref(false);
export const locating = ref(false);
/** A project on a network or in a cloud's folder that somebody wants to open. */
export const remote = shallowRef<{ dir: string; kind: string } | null>(null);
