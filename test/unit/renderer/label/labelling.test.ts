// @vitest-environment happy-dom
import { createPinia, disposePinia, getActivePinia, setActivePinia } from 'pinia';
import { mount } from '@vue/test-utils';
import { defineComponent, h } from 'vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '@shared/errors';
import { i18n } from '@renderer/app/i18n';
import { handleKeydown } from '@renderer/app/shortcuts';
import { manyQuestion, textQuestion } from '@renderer/features/label/dialogs';
import { useLabelling } from '@renderer/features/label';
import type { Labelling } from '@renderer/features/label';
import { useMessages } from '@renderer/stores/messages';
import { useProject } from '@renderer/stores/project';
import { useReading } from '@renderer/stores/reading';
import { useRows } from '@renderer/stores/rows';
import { MemoryServices } from '../memoryServices';

let services: MemoryServices;
let labelling: Labelling;
let targets: number[];
let visible: Set<number>;
let wrapper: ReturnType<typeof mount>;
const advance = vi.fn(() => void (targets = [targets[0]! + 1]));

beforeEach(async () => {
  const pinia = createPinia();
  setActivePinia(pinia);
  services = new MemoryServices(60).install();
  await useProject().load();
  useRows().ensure([...services.rows.keys()]);
  await vi.waitFor(() => expect(useRows().get(59)).toBeDefined());
  targets = [1];
  visible = new Set(services.rows.keys());
  advance.mockClear();
  const Page = defineComponent({
    setup() {
      labelling = useLabelling({
        targets: () => targets,
        onScreen: () => visible,
        advance,
        queue: () => 'browse by id',
        active: () => true,
      });
      return () => h('div');
    },
  });
  wrapper = mount(Page, { global: { plugins: [pinia, i18n] } });
});
afterEach(() => {
  wrapper.unmount();
  disposePinia(getActivePinia()!);
});

const press = (code: string, key = code.slice(-1).toLowerCase(), init: KeyboardEventInit = {}): void =>
  handleKeydown(new KeyboardEvent('keydown', { key, code, cancelable: true, ...init }));
const sets = (): unknown[] => services.called('labels.set');
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('a label key', () => {
  it('labels the sample at hand and goes on to the next', async () => {
    press('Digit1');
    await settle();
    expect(sets()).toMatchObject([{ keys: [1], change: { class: 0 }, origin: 'read' }]);
    expect(advance).toHaveBeenCalledTimes(1);
  });
  it('labels nothing while it is held down', async () => {
    press('Digit1', '1', { repeat: true });
    press('KeyU', 'u', { repeat: true });
    await settle();
    expect(sets()).toEqual([]);
  });
  it('labels no sample whose pixels are not on screen, and says so', async () => {
    visible = new Set();
    press('Digit1');
    press('KeyK');
    await settle();
    expect(sets()).toEqual([]);
    expect(useMessages().latest?.text).toContain('not on screen');
  });
  it('meets the next sample at once, before a slow disk has answered', async () => {
    let open!: () => void;
    services.gate = new Promise((resolve) => (open = resolve));
    press('Digit1');
    press('Digit2');
    open();
    await settle();
    expect(sets()).toMatchObject([
      { keys: [1], change: { class: 0 } },
      { keys: [2], change: { class: 1 } },
    ]);
  });
  it('goes on without a slow disk, but stays with a sample whose label could not be saved', async () => {
    let open!: () => void;
    services.gate = new Promise((resolve) => (open = resolve));
    press('Digit1');
    expect(advance).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(advance).toHaveBeenCalledTimes(1));
    open();
    services.refuse = new UserError('disk-full', 'the disk is full');
    press('Digit1');
    await settle();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(targets).toEqual([2]);
  });
  it('does not go on from where the person went meanwhile', async () => {
    press('Digit1');
    targets = [9];
    await settle();
    expect(sets()).toMatchObject([{ keys: [1] }]);
    expect(targets).toEqual([9]);
  });
  it('works with an input method on, by the physical key', async () => {
    press('Digit2', 'Process');
    await settle();
    expect(sets()).toMatchObject([{ change: { class: 1 } }]);
  });
  it('does nothing in a project that is open read-only', async () => {
    services.say({ type: 'project', info: { ...services.info!, readOnly: true } });
    press('Digit1');
    await settle();
    expect(sets()).toEqual([]);
  });
});

describe('the other keys', () => {
  it('confirm the present label as an event of its own', async () => {
    press('KeyK');
    await settle();
    expect(sets()).toMatchObject([{ keys: [1], change: { class: 1, state: 'checked' } }]);
  });
  it('confirm several as labelled: nobody looked at each of them by itself', async () => {
    targets = [1, 2];
    press('KeyK');
    await settle();
    expect(sets()).toMatchObject([{ keys: [1, 2], change: { state: 'labelled' }, origin: 'bulk' }]);
  });
  it('accept only where a suggestion is visible', async () => {
    targets = [1];
    expect(labelling.suggestion()).toBeNull();
    press('Enter', 'Enter');
    await settle();
    expect(sets()).toEqual([]);
    targets = [7];
    expect(labelling.suggestion()).toEqual({ class: 0 });
    useReading().toggleModel();
    press('Enter', 'Enter');
    await settle();
    expect(sets()).toEqual([]);
    useReading().toggleModel();
    press('Enter', 'Enter');
    await settle();
    expect(sets()).toMatchObject([{ keys: [7], change: { class: 0 }, origin: 'suggestion' }]);
  });
  it('ask before accepting many suggestions', async () => {
    targets = [7, 8];
    press('Enter', 'Enter');
    await settle();
    expect(services.called('labels.accept')).toEqual([]);
    expect(manyQuestion.value?.question.count).toBe(2);
    manyQuestion.value!.answer(true);
    await settle();
    expect(services.called('labels.accept')).toMatchObject([{ keys: [7, 8] }]);
  });
  it('label a visible selection as one step, and ask where some of it is not on screen', async () => {
    targets = [1, 2, 3];
    press('Digit1');
    await settle();
    expect(sets()).toMatchObject([{ keys: [1, 2, 3], origin: 'bulk' }]);
    expect(advance).not.toHaveBeenCalled();
    visible = new Set([1, 2]);
    press('Digit2');
    await settle();
    expect(sets()).toHaveLength(1);
    expect(manyQuestion.value?.question.hidden).toBe(1);
    manyQuestion.value!.answer(false);
    await settle();
    expect(sets()).toHaveLength(1);
  });
  it('exclude only with a reason', async () => {
    press('KeyX', 'X', { shiftKey: true });
    await settle();
    textQuestion.value!.answer(null);
    await settle();
    expect(sets()).toEqual([]);
    press('KeyX', 'X', { shiftKey: true });
    await settle();
    textQuestion.value!.answer('wrong region');
    await settle();
    expect(sets()).toMatchObject([{ change: { state: 'excluded', reason: 'wrong region' } }]);
  });
});
