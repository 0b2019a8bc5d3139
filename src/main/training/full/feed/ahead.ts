/** What is asked for ahead of its turn, so that it is ready when its turn comes. */
export async function* ahead<T, R>(
  items: Iterable<T>,
  make: (item: T) => Promise<R>,
  count: number,
): AsyncGenerator<readonly [T, Promise<R>]> {
  const queue: (readonly [T, Promise<R>])[] = [];
  for (const item of items) {
    const made = make(item);
    // Told where it is awaited; a training that stops before that has no use for it.
    made.catch(() => undefined);
    queue.push([item, made]);
    if (queue.length > count) yield queue.shift()!;
  }
  yield* queue;
}
