import { expect, it } from 'vitest';
import { EventBus } from '@main/api';
import type { AppEvent } from '@shared/domain';

const news = (journal: number): AppEvent => ({ type: 'labels', keys: [], journal, changedSinceRun: null });
const state: AppEvent = { type: 'project', info: null };

it('gives each listener the present state and then all news in order, whatever its pace', async () => {
  const bus = new EventBus();
  const slow = bus.subscribe(() => [state]);
  const quick = bus.subscribe(() => [state]);
  expect((await slow.next()).value).toEqual(state);
  expect((await quick.next()).value).toEqual(state);
  for (let journal = 0; journal < 5; journal++) {
    bus.publish(news(journal));
    expect((await quick.next()).value).toEqual(news(journal));
  }
  for (let journal = 0; journal < 5; journal++) expect((await slow.next()).value).toEqual(news(journal));
});

it('loses nothing between the state and the news', async () => {
  const bus = new EventBus();
  const events = bus.subscribe(() => {
    bus.publish(news(1));
    return [state];
  });
  const seen = [(await events.next()).value, (await events.next()).value];
  expect(seen).toContainEqual(state);
  expect(seen).toContainEqual(news(1));
});

it('cuts off who falls too far behind, so that it starts anew from the state of then', async () => {
  const bus = new EventBus();
  const events = bus.subscribe(() => [state]);
  await events.next();
  for (let journal = 0; journal < 10_001; journal++) bus.publish(news(journal));
  expect((await events.next()).done).toBe(true);
  expect(bus.subscribers).toBe(0);
});

it('lets a listener go when its call is called off', async () => {
  const bus = new EventBus();
  const ending = new AbortController();
  const events = bus.subscribe(() => [state], ending.signal);
  await events.next();
  const waiting = events.next();
  ending.abort();
  expect((await waiting).done).toBe(true);
  expect(bus.subscribers).toBe(0);
});
