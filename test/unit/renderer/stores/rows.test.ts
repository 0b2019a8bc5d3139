// @vitest-environment happy-dom
import { createPinia, disposePinia, getActivePinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useProject } from '@renderer/stores/project';
import { useRows } from '@renderer/stores/rows';
import { MemoryServices, row } from '../memoryServices';

let services: MemoryServices;
beforeEach(async () => {
  vi.useFakeTimers();
  setActivePinia(createPinia());
  services = new MemoryServices(50).install();
  await useProject().load();
  services.say({ type: 'project', info: services.info });
});
afterEach(() => {
  disposePinia(getActivePinia()!);
  vi.useRealTimers();
});
const later = (): Promise<unknown> => vi.advanceTimersByTimeAsync(500);
const asked = (): number[][] => (services.called('samples.rows') as { keys: number[] }[]).map((input) => input.keys);

describe('rows', () => {
  it('are fetched once, in batches, and not asked for again while they are under way', async () => {
    const rows = useRows();
    rows.ensure([1, 2, 3]);
    rows.ensure([2, 3, 4]);
    await later();
    expect(asked()).toEqual([[1, 2, 3], [4]]);
    expect(rows.get(4)?.id).toBe('train_0004');
  });
  it('on screen are fetched anew after new predictions; the others stay until they are asked for', async () => {
    const rows = useRows();
    rows.ensure([1, 2, 3]);
    rows.watchKeys('page', [1]);
    await later();
    for (const key of [1, 2, 3]) services.rows.set(key, row(key, { note: 'new' }));
    services.say({ type: 'predictions', predictor: null });
    expect(rows.get(2)).toBeDefined();
    await later();
    expect(rows.get(1)?.note).toBe('new');
    expect(rows.get(2)?.note).toBeNull();
    rows.ensure([2]);
    await later();
    expect(rows.get(2)?.note).toBe('new');
    const before = asked().length;
    rows.ensure([1, 2]);
    await later();
    expect(asked()).toHaveLength(before);
  });
  it('follow labels that somebody else gave', async () => {
    const rows = useRows();
    rows.ensure([5]);
    await later();
    services.rows.set(5, row(5, { state: 'unsure' }));
    services.say({ type: 'labels', keys: [5, 6], journal: 20, changedSinceRun: 1 });
    await later();
    expect(rows.get(5)?.state).toBe('unsure');
    expect(asked().at(-1)).toEqual([5]);
    expect(useProject().changedSinceRun).toBe(1);
  });
  it('of another project are forgotten', async () => {
    const rows = useRows();
    rows.ensure([1]);
    await later();
    services.say({ type: 'project', info: { ...services.info!, id: 'p2' } });
    expect(rows.get(1)).toBeUndefined();
  });
});
