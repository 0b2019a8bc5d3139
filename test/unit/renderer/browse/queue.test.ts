// @vitest-environment happy-dom
import { createPinia, disposePinia, getActivePinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { only } from '@renderer/features/browse/selection';
import { useReading } from '@renderer/stores/reading';
import { useBrowse } from '@renderer/features/browse/useBrowse';
import { useProject } from '@renderer/stores/project';
import { useQueue } from '@renderer/stores/queue';
import { MemoryServices } from '../memoryServices';

let services: MemoryServices;
beforeEach(async () => {
  vi.useFakeTimers();
  setActivePinia(createPinia());
  services = new MemoryServices(12).install();
  await useProject().load();
});
afterEach(() => {
  disposePinia(getActivePinia()!);
  vi.useRealTimers();
});
const labelled = (keys: number[]): void => services.say({ type: 'labels', keys, journal: 13, changedSinceRun: 1 });
const quiet = (): Promise<unknown> => vi.advanceTimersByTimeAsync(2000);

describe('a queue stands still', () => {
  it('keeps order and membership while labels and predictions change, and says what a refresh would bring', async () => {
    const browse = useBrowse();
    services.order = () => [3, 1, 2];
    await browse.start();
    expect(browse.keys).toEqual([3, 1, 2]);
    services.order = () => [2, 7, 3, 8];
    labelled([1]);
    services.say({ type: 'predictions', predictor: services.info!.predictor });
    await quiet();
    expect(browse.keys).toEqual([3, 1, 2]);
    expect(browse.fresh).toBe(2);
    expect(browse.stale).toBe(true);
    await browse.open();
    expect(browse.keys).toEqual([2, 7, 3, 8]);
    expect(browse.fresh).toBe(0);
    expect(browse.stale).toBe(false);
  });
  it('says that an order is old where nothing new would join', async () => {
    const browse = useBrowse();
    services.order = () => [1, 2, 3];
    await browse.start();
    services.order = () => [3, 2, 1];
    labelled([1]);
    await quiet();
    expect(browse.fresh).toBe(0);
    expect(browse.stale).toBe(true);
  });
  it('grows at its end by studies that come in behind, in View too, and nobody loses their place', async () => {
    const [browse, queue] = [useBrowse(), useQueue()];
    services.order = () => [3];
    await browse.start();
    queue.open({ keys: browse.keys, name: browse.name, from: 'browse' }, 3);
    const come = (order: number[], added: number): void => {
      services.order = () => order;
      const status = { done: added, total: 5, added, refused: [], secondsLeft: null, reason: null };
      services.say({ type: 'studies', status: { state: 'reading', ...status } });
    };
    come([3], 1);
    come([1, 3, 2], 3);
    await quiet();
    expect([browse.keys, queue.queue.keys]).toEqual([
      [3, 1, 2],
      [3, 1, 2],
    ]);
    expect([browse.selection.active, queue.current, queue.neighbour(3, 1)]).toEqual([3, 3, 1]);
    // By its own order they would stand elsewhere: that is for the person to take.
    expect([browse.fresh, browse.stale]).toEqual([0, true]);
    // Those that come while a list is on its way join it; a queue of something else stays as it is.
    queue.open({ keys: [2], name: 'activity', from: 'activity' }, 2);
    const opening = browse.open();
    come([1, 3, 2, 7], 4);
    await opening;
    await quiet();
    expect([...browse.keys].sort()).toEqual([1, 2, 3, 7]);
    expect(queue.queue.keys).toEqual([2]);
  });
  it('keeps the selected sample through a refresh, and starts at the first otherwise', async () => {
    const browse = useBrowse();
    services.order = () => [1, 2, 3];
    await browse.start();
    expect(browse.selection.active).toBe(1);
    browse.selection = only(3);
    services.order = () => [5, 3];
    await browse.open();
    expect(browse.selection.active).toBe(3);
    services.order = () => [6];
    await browse.open();
    expect(browse.selection.active).toBe(6);
  });
  it('takes counts from the store, after edits too', async () => {
    const browse = useBrowse();
    await browse.start();
    const before = services.called('samples.facets').length;
    labelled([1]);
    labelled([2]);
    await quiet();
    expect(services.called('samples.facets').length).toBe(before + 1);
    expect(browse.facets?.total).toBe(12);
  });
  it('tells nothing of the model while it is hidden, and is as it was once it is shown again', async () => {
    const browse = useBrowse();
    await browse.start();
    await browse.setFilter({ splits: ['train'], agreement: ['disagrees'] });
    await browse.setSort('disagreement');
    useReading().toggleModel();
    await vi.waitFor(() => expect(browse.filter).toEqual({ splits: ['train'] }));
    expect(browse.sort).toBe('split');
    useReading().toggleModel();
    await vi.waitFor(() => expect(browse.filter).toEqual({ splits: ['train'], agreement: ['disagrees'] }));
    expect([browse.sort, browse.descending]).toEqual(['disagreement', true]);
    await browse.showOnly({ keys: [1, 2] }, 'Labelled benign, model says malignant');
    useReading().toggleModel();
    await vi.waitFor(() => expect(browse.title).toBeNull());
    expect(browse.filter).toEqual({});
  });
  it('is opened by a filter at once, and by the answer to the last one', async () => {
    const browse = useBrowse();
    await browse.start();
    await Promise.all([browse.setFilter({ states: ['checked'] }), browse.setFilter({ splits: ['test'] })]);
    expect(browse.keys).toEqual([5, 11]);
    expect(browse.filter).toEqual({ splits: ['test'] });
  });
  it('is found again as a reader left it: filter, order, selection, and what followed where that is gone', async () => {
    const browse = useBrowse();
    services.order = () => [4, 5, 6, 7];
    await browse.start();
    await browse.setSort('random');
    browse.selection = { active: 6, anchor: 6, keys: new Set([5, 6]) };
    await vi.advanceTimersByTimeAsync(5000);
    const kept = services.places.get(services.info!.reader ?? '')!;
    expect(kept.browse).toMatchObject({ sort: 'random', active: 6, selected: [5, 6], following: [7] });

    const again = async (): Promise<ReturnType<typeof useBrowse>> => {
      disposePinia(getActivePinia()!);
      setActivePinia(createPinia());
      await useProject().load();
      const next = useBrowse();
      services.say({ type: 'project', info: services.info });
      await next.start();
      return next;
    };
    const second = await again();
    expect(second.sort).toBe('random');
    const asked = services.called('samples.list').at(-1);
    expect(asked).toMatchObject({ sort: 'random', seed: kept.browse!.seed });
    expect([...second.selection.keys]).toEqual([5, 6]);
    services.order = () => [4, 5, 7];
    expect((await again()).selection.active).toBe(7);
    services.places.clear();
    const fresh = await again();
    expect([fresh.sort, fresh.selection.active]).toEqual(['split', 4]);
  });
  it('is forgotten with its project', async () => {
    const browse = useBrowse();
    await browse.start();
    services.info = { ...services.info!, id: 'p2' };
    services.say({ type: 'project', info: services.info });
    expect(browse.keys).toEqual([]);
    expect(browse.filter).toEqual({});
  });
});
