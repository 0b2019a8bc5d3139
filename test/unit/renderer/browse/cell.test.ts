// @vitest-environment happy-dom
import { createPinia, disposePinia, getActivePinia, setActivePinia } from 'pinia';
import { mount } from '@vue/test-utils';
import { defineComponent, h, nextTick } from 'vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { i18n } from '@renderer/app/i18n';
import GalleryCell from '@renderer/features/browse/GalleryCell.vue';
import { useLabels } from '@renderer/stores/labels';
import { useProject } from '@renderer/stores/project';
import { useReading } from '@renderer/stores/reading';
import { useRows } from '@renderer/stores/rows';
import { MemoryServices } from '../memoryServices';

let wrapper: ReturnType<typeof mount>;
beforeEach(async () => {
  const pinia = createPinia();
  setActivePinia(pinia);
  new MemoryServices(12).install();
  vi.stubGlobal('fetch', () => new Promise(() => undefined));
  await useProject().load();
  useRows().ensure([1, 7]);
  await vi.waitFor(() => expect(useRows().get(7)).toBeDefined());
  const Row = defineComponent(
    () => () =>
      h(
        'div',
        [1, 7].map((key) => h(GalleryCell, { sampleKey: key, selected: key === 7, active: key === 7, column: 1 })),
      ),
  );
  wrapper = mount(Row, { global: { plugins: [pinia, i18n] } });
});
afterEach(() => {
  wrapper.unmount();
  disposePinia(getActivePinia()!);
  vi.unstubAllGlobals();
});
const cell = (key: number): HTMLElement => wrapper.element.querySelector(`[data-key="${key}"]`)!;

describe('a cell of the gallery', () => {
  it('shows the label, and the other opinion with its probability where the model disagrees', () => {
    expect(cell(7).textContent).toContain('benign');
    expect(cell(7).textContent).toMatch(/→\s*malignant\s*\.70/);
    expect(cell(1).textContent).not.toContain('→');
    expect(cell(7).getAttribute('aria-selected')).toBe('true');
  });
  it('hides every opinion with the model', async () => {
    useReading().toggleModel();
    await nextTick();
    expect(cell(7).textContent).not.toContain('→');
  });
  it('changes in the very answer of the services, and no other cell with it', async () => {
    const untouched = cell(1).innerHTML;
    const seen: Node[] = [];
    const observer = new MutationObserver((changes) => seen.push(...changes.map((c) => c.target)));
    observer.observe(wrapper.element, { subtree: true, childList: true, attributes: true, characterData: true });
    await useLabels().set([7], { class: 0 }, { queue: 'browse by id' });
    await nextTick();
    expect(cell(7).dataset).toMatchObject({ class: '0', state: 'checked' });
    expect(cell(7).dataset['changed']).not.toBe('');
    expect(cell(7).textContent).toContain('checked');
    expect(cell(7).textContent).not.toContain('→');
    expect(cell(1).innerHTML).toBe(untouched);
    observer.disconnect();
    expect(seen.every((node) => cell(7).contains(node))).toBe(true);
  });
  it('says nothing of a prediction that saw this label in training but that it did', async () => {
    useRows().patch(7, {
      prediction: { kind: 'seen-in-training', class: 0, answers: null, probabilities: [0.9, 0.1], agrees: null },
    });
    await nextTick();
    expect(cell(7).textContent).toContain('seen in training');
    expect(cell(7).textContent).not.toContain('→');
  });
});
