// @vitest-environment happy-dom
import { createPinia, disposePinia, getActivePinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '@shared/errors';
import { undoneWords } from '@renderer/app/undone';
import { i18n } from '@renderer/app/i18n';
import { useLabels } from '@renderer/stores/labels';
import { useProject } from '@renderer/stores/project';
import { useReading } from '@renderer/stores/reading';
import { useRows } from '@renderer/stores/rows';
import { MemoryServices } from '../memoryServices';

let services: MemoryServices;
let open!: () => void;
beforeEach(async () => {
  setActivePinia(createPinia());
  services = new MemoryServices(12).install();
  services.gate = new Promise((resolve) => (open = resolve));
  await useProject().load();
  useRows().ensure([0, 1, 2, 3]);
  await vi.waitFor(() => expect(useRows().get(3)).toBeDefined());
});
afterEach(() => disposePinia(getActivePinia()!));
const queue = { queue: 'browse by id' };

describe('a label', () => {
  it('is on screen, and the state green, only when the services say that it is durable', async () => {
    const labels = useLabels();
    const saving = labels.set([1], { class: 0 }, queue);
    await vi.waitFor(() => expect(labels.state).toBe('saving'));
    expect(labels.writing.has(1)).toBe(true);
    expect(useRows().get(1)!.class).toBe(1);
    open();
    await saving;
    expect(labels.state).toBe('saved');
    expect(labels.writing.has(1)).toBe(false);
    expect(useRows().get(1)).toMatchObject({ class: 0, state: 'checked', reader: 'Reader A' });
  });
  it('stays amber until the last of several writes is durable', async () => {
    const labels = useLabels();
    const first = labels.set([1], { class: 0 }, queue);
    const second = labels.set([2], { class: 0 }, queue);
    await vi.waitFor(() => expect(labels.state).toBe('saving'));
    open();
    await first;
    await second;
    expect(labels.state).toBe('saved');
  });
  it('that was refused changes nothing and turns the state red with the reason', async () => {
    const labels = useLabels();
    services.refuse = new UserError('disk-full', 'the disk is full');
    open();
    await expect(labels.set([1], { class: 0 }, queue)).rejects.toThrow('disk is full');
    expect(labels.state).toBe('failed');
    expect(labels.failure?.code).toBe('disk-full');
    expect(useRows().get(1)!.class).toBe(1);
    services.refuse = null;
    await labels.set([1], { class: 0 }, queue);
    expect(labels.state).toBe('saved');
  });
  it('asks for the lists and counts nothing: one row is patched', async () => {
    open();
    services.calls.length = 0;
    await useLabels().set([1], { class: 0 }, queue);
    expect(services.calls.map((c) => c.name)).toEqual(['labels.set']);
  });
  it('carries what the reader had on screen', async () => {
    open();
    const labels = useLabels();
    await labels.set([1], { class: 0 }, queue);
    expect(services.contexts[0]).toMatchObject({
      predictor: 'probe',
      probabilities: [0.1, 0.9],
      modelHidden: false,
      queue: 'browse by id',
      openedInFull: false,
    });
    useReading().toggleModel();
    useReading().sawInFull(1);
    await labels.set([1], { class: 0 }, queue);
    expect(services.contexts[1]).toMatchObject({
      predictor: null,
      probabilities: null,
      modelHidden: true,
      openedInFull: true,
    });
  });
  it('waits for the reader to be named, and is not given where none is', async () => {
    services.info = { ...services.info!, reader: null };
    services.say({ type: 'project', info: services.info });
    open();
    const labels = useLabels();
    labels.askReaderWith(() => Promise.resolve(false));
    expect(await labels.set([1], { class: 0 }, queue)).toBeNull();
    expect(services.called('labels.set')).toEqual([]);
    labels.askReaderWith(async () => true);
    expect(await labels.set([1], { class: 0 }, queue)).toMatchObject({ saved: true });
  });
  it('of many samples is one bulk step, and leaves them labelled, not checked', async () => {
    open();
    const labels = useLabels();
    await labels.set([1, 2], { class: 0 }, queue);
    expect(services.called('labels.set')[0]).toMatchObject({ origin: 'bulk', keys: [1, 2] });
    expect(useRows().get(2)!.state).toBe('labelled');
  });
});

describe('undo', () => {
  const t = i18n.global.t as Parameters<typeof undoneWords>[3];
  it('says what it did and shows where', async () => {
    open();
    const labels = useLabels();
    await labels.set([1], { class: 0 }, queue);
    const undone = await labels.undo();
    expect(undoneWords('undo', undone, useProject().scheme, t)).toBe('Undone · train_0001: malignant → normal, benign');
    expect(labels.reveal).toMatchObject({ kind: 'undo', keys: [1] });
    expect(useRows().get(1)!.class).toBe(1);
    const again = await labels.redo();
    expect(undoneWords('redo', again, useProject().scheme, t)).toBe('Redone · train_0001: normal, benign → malignant');
  });
  it('names the states where the class stayed, and counts the others of a step', async () => {
    open();
    const labels = useLabels();
    await labels.set([1], { class: 1 }, queue);
    expect(undoneWords('undo', await labels.undo(), useProject().scheme, t)).toBe(
      'Undone · train_0001: normal, benign (checked) → normal, benign (labelled)',
    );
    await labels.set([1, 2, 3], { class: 0 }, queue);
    expect(undoneWords('undo', await labels.undo(), useProject().scheme, t)).toContain('and 2 more');
  });
  it('is offered only where the journal has something to take back', async () => {
    const labels = useLabels();
    await labels.look();
    expect(labels.canUndo).toBe(false);
    open();
    await labels.set([1], { class: 0 }, queue);
    expect(labels.canUndo).toBe(true);
    await labels.undo();
    await vi.waitFor(() => expect(labels.canRedo).toBe(true));
    expect(labels.canUndo).toBe(false);
    await expect(labels.undo()).rejects.toMatchObject({ code: 'nothing-to-undo' });
  });
});
