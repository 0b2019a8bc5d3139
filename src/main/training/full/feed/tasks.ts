import type { InputRecipe } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { pictureOf } from '../pictures';
import type { SampleKind } from '../pictures';
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
  return task.as === 'picture' ? pictureOf(task.frame, task.input) : cubeOf(task.frame, task.input);
}

export type FeedAnswer =
  { readonly id: number; readonly data: Float32Array<ArrayBuffer> } | { readonly id: number; readonly error: string };
