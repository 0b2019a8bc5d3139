import type { InputRecipe } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { pictureOf } from '../pictures';
import type { SampleKind } from '../pictures';
import { stackOf } from '../slices';
import { cubeOf } from '../volumes';
import { makeBatch } from './batch';
import type { BatchTask } from './batch';

/** What a thread can be asked for. */
export type FeedTask =
  | { readonly kind: 'whole'; readonly as: SampleKind; readonly frame: Frame; readonly input: InputRecipe }
  | { readonly kind: 'batch'; readonly batch: BatchTask };

/** @returns numbers in memory of their own, which may be handed over */
export function perform(task: FeedTask): Float32Array<ArrayBuffer> {
  if (task.kind === 'batch') return makeBatch(task.batch);
  const { frame, input } = task;
  switch (task.as) {
    case 'picture':
      return pictureOf(frame, input);
    case 'cube':
      return cubeOf(frame, input);
    case 'slices-one':
      return stackOf(frame, input, 'one');
    case 'slices-three':
      return stackOf(frame, input, 'three');
  }
}

export type FeedAnswer =
  { readonly id: number; readonly data: Float32Array<ArrayBuffer> } | { readonly id: number; readonly error: string };
