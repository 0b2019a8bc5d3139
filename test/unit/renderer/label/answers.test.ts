// @vitest-environment happy-dom
import { createPinia, disposePinia, getActivePinia, setActivePinia } from 'pinia';
import { mount } from '@vue/test-utils';
import { defineComponent, h } from 'vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { i18n } from '@renderer/app/i18n';
import { handleKeydown } from '@renderer/app/shortcuts';
import { ClassKeys, useLabelling } from '@renderer/features/label';
import { useProject } from '@renderer/stores/project';
import { useRows } from '@renderer/stores/rows';
import { CLASSES, MemoryServices, projectInfo, row } from '../memoryServices';

let services: MemoryServices;
let wrapper: ReturnType<typeof mount>;
const advance = vi.fn();

beforeEach(async () => {
  const pinia = createPinia();
  setActivePinia(pinia);
  const { scheme } = projectInfo();
  services = new MemoryServices(3, { scheme: { ...scheme, kind: 'answers', positive: null } }).install();
  const predicted = { 0: 'yes', 1: 'no' } as const;
  for (const [key, answers] of [{ 0: 'no' } as const, null, null].entries())
    services.rows.set(
      key,
      row(key, {
        class: null,
        answers,
        state: answers ? 'labelled' : 'unlabelled',
        prediction:
          key === 2
            ? null
            : { kind: 'out-of-fold', class: null, answers: predicted, probabilities: [0.9, 0.2], agrees: null },
      }),
    );
  await useProject().load();
  useRows().ensure([0, 1, 2]);
  await vi.waitFor(() => expect(useRows().get(2)).toBeDefined());
  advance.mockClear();
  const Page = defineComponent({
    props: { at: { type: Number, default: 0 } },
    setup(props) {
      const labelling = useLabelling({
        targets: () => [props.at],
        onScreen: () => new Set([0, 1, 2]),
        advance,
        queue: () => 'browse by id',
        active: () => true,
      });
      return () => h(ClassKeys, { labelling });
    },
  });
  wrapper = mount(Page, { global: { plugins: [pinia, i18n] } });
});
afterEach(() => {
  wrapper.unmount();
  disposePinia(getActivePinia()!);
});

const press = (code: string, key = code.slice(-1).toLowerCase()): void =>
  handleKeydown(new KeyboardEvent('keydown', { key, code, cancelable: true }));
const changes = (): unknown[] => services.called('labels.set').map((call) => (call as { change: unknown }).change);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
const shown = (): (string | undefined)[] =>
  wrapper.findAll('[data-class-key]').map((button) => button.attributes('data-answer'));

describe('a key of a question', () => {
  it('turns its answer from yes to no to not assessed, and stays at the sample', async () => {
    expect(shown()).toEqual(['no', 'na']);
    for (const expected of ['yes', 'no', 'na']) {
      press('Digit2');
      await settle();
      expect(shown()).toEqual(['no', expected]);
    }
    expect(changes()).toEqual([{ answers: { 1: 'yes' } }, { answers: { 1: 'no' } }, { answers: { 1: 'na' } }]);
    expect(advance).not.toHaveBeenCalled();
    expect(wrapper.find('[data-class-key="0"]').attributes('aria-label')).toBe(`${CLASSES[0]!.name}: no`);
  });

  it('goes on from a press that is still on its way to the disk', async () => {
    let open = (): void => undefined;
    services.gate = new Promise((resolve) => (open = () => resolve()));
    press('Digit2');
    press('Digit2');
    await settle();
    expect(shown()).toEqual(['no', 'no']);
    open();
    await settle();
    expect(changes()).toEqual([{ answers: { 1: 'yes' } }, { answers: { 1: 'no' } }]);
    expect(shown()).toEqual(['no', 'no']);
  });
});

describe('Enter', () => {
  it('says that given answers are right and goes on, whatever the model says', async () => {
    press('Enter', 'Enter');
    await settle();
    expect(changes()).toEqual([{ answers: { 0: 'no' }, state: 'checked' }]);
    expect(advance).toHaveBeenCalledTimes(1);
  });

  it('accepts what the model says where nothing was answered, and only goes on where it says nothing', async () => {
    await wrapper.setProps({ at: 1 });
    expect(wrapper.text()).toContain('accept');
    press('Enter', 'Enter');
    await settle();
    expect(changes()).toEqual([{ answers: { 0: 'yes', 1: 'no' } }]);
    await wrapper.setProps({ at: 2 });
    press('Enter', 'Enter');
    await settle();
    expect(changes()).toHaveLength(1);
    expect(advance).toHaveBeenCalledTimes(2);
  });
});
