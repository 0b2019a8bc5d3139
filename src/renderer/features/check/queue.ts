/**
 * A queue of samples that stands still: order and membership are taken when it is opened and change only on refresh.
 * A sample that was dealt with keeps its place, marked.
 */
export interface Queue {
  readonly keys: readonly number[];
  readonly at: number;
  /** Samples that a person has dealt with here. */
  readonly dealt: ReadonlySet<number>;
  /** Samples that would be new after a refresh. */
  readonly fresh: number;
}

export const openQueue = (keys: readonly number[]): Queue => ({ keys, at: 0, dealt: new Set(), fresh: 0 });

/** The sample in front. */
export const current = (queue: Queue): number | undefined => queue.keys[queue.at];

/** Goes to a place, at most to the ends. */
export const goTo = (queue: Queue, at: number): Queue => ({
  ...queue,
  at: Math.max(0, Math.min(queue.keys.length - 1, at)),
});

/** Marks the sample in front and goes on: the selection moves only by a person's key. */
export function deal(queue: Queue): Queue {
  const key = current(queue);
  if (key === undefined) return queue;
  return goTo({ ...queue, dealt: new Set(queue.dealt).add(key) }, queue.at + 1);
}

/** Undo took these samples back: they are open again, and the first of them is in front where it is in the queue. */
export function takeBack(queue: Queue, keys: readonly number[]): Queue {
  const dealt = new Set([...queue.dealt].filter((key) => !keys.includes(key)));
  const at = queue.keys.findIndex((key) => keys.includes(key));
  return { ...queue, dealt, at: at < 0 ? queue.at : at };
}

/** Says how many samples a refresh would bring, and leaves the queue as it stands. */
export function compare(queue: Queue, now: readonly number[]): Queue {
  const known = new Set(queue.keys);
  return { ...queue, fresh: now.filter((key) => !known.has(key)).length };
}

/** Takes the new order; the sample in front stays in front where it is still there. */
export function refresh(queue: Queue, now: readonly number[]): Queue {
  const front = current(queue);
  const at = front === undefined ? 0 : now.indexOf(front);
  return { ...openQueue(now), at: Math.max(0, at) };
}

/** Samples that wait for a person. */
export const waiting = (queue: Queue): number => queue.keys.filter((key) => !queue.dealt.has(key)).length;
