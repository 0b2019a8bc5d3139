import type { ReadingContext } from '@shared/domain';

/** What a reader has on screen in a blind re-read: nothing but the pixels. */
export const blindContext = (round: number): ReadingContext => ({
  predictor: null,
  probabilities: null,
  modelHidden: true,
  otherReaders: false,
  queue: 'blind re-read',
  openedInFull: true,
  blindReread: round,
});

/** Whether a context claims a blind re-read, and nothing in it speaks against that. */
export const isBlind = (context: ReadingContext | null): boolean =>
  context !== null &&
  context.blindReread !== undefined &&
  context.modelHidden &&
  context.predictor === null &&
  context.probabilities === null &&
  !context.otherReaders;
