/** 0 … count − 1. */
export const inOrder = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
