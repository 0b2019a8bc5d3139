import { randomNumbers } from '@main/model/random';

/** Numbers of one thing at one place of a run: they hang on nothing else, so that a resumed run draws them again. */
export function numbersAt(seed: number, what: number, epoch: number, at: number): () => number {
  const mixed =
    Math.imul(seed + 1, 0x9e3779b1) ^
    Math.imul(what + 1, 0x165667b1) ^
    Math.imul(epoch + 1, 0xc2b2ae35) ^
    Math.imul(at + 1, 0x27d4eb2f);
  return randomNumbers(mixed >>> 0);
}
