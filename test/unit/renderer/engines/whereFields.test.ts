// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { defineComponent, h, ref } from 'vue';
import { WhereFields } from '@renderer/features/engines';
import type { Where } from '@shared/domain';
import { UserError } from '@shared/errors';
import { mountPage } from '../mountPage';
import { PageServices } from '../pageServices';

const where = ref<Where>({ engine: 'auto', device: 'auto' });
const Host = defineComponent({
  render: () => h(WhereFields, { modelValue: where.value, 'onUpdate:modelValue': (to: Where) => (where.value = to) }),
});
const ENGINE = 0;
const DEVICE = 1;

async function shown(s = new PageServices()) {
  where.value = { engine: 'auto', device: 'auto' };
  const { page } = await mountPage(Host, s);
  await flushPromises();
  const select = (at: number): HTMLSelectElement => page.findAll('select')[at]!.element as HTMLSelectElement;
  const options = (at: number) => [...select(at).options].map((o) => [o.text, o.disabled]);
  const choose = async (at: number, text: string): Promise<void> => {
    const found = [...select(at).options].findIndex((o) => o.text === text);
    select(at).selectedIndex = found;
    select(at).dispatchEvent(new Event('change'));
    await flushPromises();
  };
  return { page, options, choose };
}

describe('engine and device of a run', () => {
  it('offer what is here, and say why the rest is not', async () => {
    const { page, options } = await shown();
    expect(options(ENGINE)).toEqual([
      ['The best that is here', false],
      ['ONNX Runtime', false],
      ['TensorFlow', true],
    ]);
    expect(options(DEVICE).filter(([, disabled]) => !disabled)).toEqual([
      ['The best that is here', false],
      ['Processor (CPU)', false],
    ]);
    const reasons = page.findAll('li').map((li) => li.text());
    expect(reasons).toContain('GPU (WebGPU): no GPU with a working driver was found');
    expect(reasons).toContain('GPU (DirectML): this build of ONNX Runtime has no way to it');
    expect(reasons).toContain('NVIDIA GPU (CUDA): not installed (Settings, Engines)');
    expect(reasons.some((text) => text.startsWith('Processor'))).toBe(false);
    expect(reasons.filter((text) => text.startsWith('NVIDIA GPU'))).toHaveLength(1);
  });

  it('take a device that is chosen, and let it go where the engine has no way to it', async () => {
    const s = new PageServices();
    const [onnx, tensorflow] = s.engines.engines as [(typeof s.engines.engines)[0], (typeof s.engines.engines)[0]];
    s.engines = {
      ...s.engines,
      engines: [
        { ...onnx, places: onnx.places.map((on) => ({ ...on, ready: true, why: null })) },
        { ...tensorflow, state: 'ready' },
      ],
    };
    const { options, choose } = await shown(s);
    await choose(DEVICE, 'GPU (WebGPU)');
    expect(where.value).toEqual({ engine: 'auto', device: 'webgpu' });
    await choose(ENGINE, 'TensorFlow');
    expect(where.value).toEqual({ engine: 'tensorflow', device: 'auto' });
    expect(options(DEVICE).map(([text]) => text)).toEqual([
      'The best that is here',
      'Processor (CPU)',
      'NVIDIA GPU (CUDA)',
    ]);
  });

  it('say where the machine could not be asked, and refuse nothing then', async () => {
    const s = new PageServices();
    s.failing.set('engines.report', new UserError('run-failed', 'the process ended'));
    const { page, options } = await shown(s);
    expect(page.text()).toContain('could not be found out: the process ended');
    expect(options(DEVICE).every(([, disabled]) => !disabled)).toBe(true);
  });
});
