import { beforeAll, describe, expect, it } from 'vitest';
import type { HostTensors } from '@main/engine';
import { classify, crossEntropy, encodeVolume, residual, volumeStart, volumeTokens, VOLUME_EPSILON } from '@main/model';
import type { BlockForm, HostParams, VolumeEncoderConfig } from '@main/model';
import { ENGINES } from '../../engines';
import { hasReference, referencePath } from '../../shared-data';
import { floats, floatsOf, relativeError } from './arrays';
import { tinyBlock } from './tinyBlock';

const folder = (...parts: string[]): string => referencePath('volume_nets', ...parts);
const CLASSES = 3;
const configOf = (kind: VolumeEncoderConfig['kind']): VolumeEncoderConfig => ({
  kind,
  width: 48,
  heads: 2,
  headSize: 16,
  hidden: 48,
  layers: 2,
  patch: 4,
  size: 28,
});
/** Our names of the head's tensors. */
const HEAD = {
  vit3d: { 'norm.': 'mlp_head.0.', 'head.': 'mlp_head.1.' },
  vivit: { 'head.': 'mlp_head.' },
} as const;

const CASES = (['vit3d', 'vivit'] as const)
  .flatMap((kind) => (['plain', 'inner', 'outer'] as const).map((mode) => ({ kind, mode })))
  .flatMap((one) => {
    const forms: BlockForm[] = one.mode === 'plain' ? ['full'] : ['full', 'absorbed'];
    return forms.flatMap((form) => ENGINES.map((engine) => ({ ...one, form, engine })));
  })
  // Where a processor plays the device, the full form of the block is left to the other engines: it costs minutes.
  .filter(({ engine, mode, form }) => engine.here && !(engine.slow && mode !== 'plain' && form === 'full'));

describe.skipIf(!hasReference).each(CASES)('$kind $mode, block $form, $engine.name, against vit-pytorch', (item) => {
  const theirs = (name: string): string => {
    const head = Object.entries(HEAD[item.kind]).find(([ours]) => name.startsWith(ours));
    return head ? name.replace(head[0], head[1]) : name;
  };
  let expected: HostParams;
  let actual: HostTensors;
  let names: string[];

  beforeAll(async () => {
    expected = await floatsOf(folder(`${item.kind}-${item.mode}.safetensors`));
    const config = configOf(item.kind);
    names = [
      ...Object.keys(volumeStart(config, 1)),
      'head.weight',
      'head.bias',
      ...(item.kind === 'vit3d' ? ['norm.weight', 'norm.bias'] : []),
      ...(item.mode === 'plain' ? [] : ['llm_in.weight', 'llm_out.weight']),
    ];
    const volumes = await floats(folder('batch.npz'), 'volumes');
    const labels = await floats(folder('batch.npz'), 'labels');
    const [batch] = volumes.shape as [number];
    const targets = new Float32Array(batch * CLASSES);
    labels.data.forEach((label, i) => (targets[i * CLASSES + label] = 1));
    const block = await tinyBlock();
    const program = await (
      await item.engine.create()
    ).gradients({
      params: Object.fromEntries(names.map((name) => [name, expected[theirs(name)]!])),
      frozen: block.params,
      inputs: {
        volumes: { dtype: 'float32', shape: [batch, 28, 28, 28] },
        targets: { dtype: 'float32', shape: [batch, CLASSES] },
      },
      loss: (p, frozen, inputs) => {
        const z = encodeVolume(p, inputs.volumes!, config).at(-1)!; // [B, N, e]
        expect(z.shape).toEqual([batch, volumeTokens(config), config.width]);
        const { mode, form } = item;
        const { y } = residual({ ...p, ...frozen }, z, { mode, core: 'block', block: block.config, rows: 'cls', form });
        const logits = classify(p, y, 'cls', item.kind === 'vit3d' ? VOLUME_EPSILON : null);
        return { loss: crossEntropy(logits, inputs.targets!), logits };
      },
    });
    actual = await program.run({
      volumes: { ...volumes, shape: [batch, 28, 28, 28] },
      targets: { dtype: 'float32', shape: [batch, CLASSES], data: targets },
    });
    await program.dispose();
  });

  it('logits and loss', () => {
    expect(actual.logits!.shape).toEqual(expected.logits!.shape);
    expect(relativeError(actual.logits!.data, expected.logits!.data)).toBeLessThanOrEqual(1e-4);
    expect(relativeError(actual.loss!.data, expected.loss!.data)).toBeLessThanOrEqual(1e-4);
  });

  it('every gradient', () => {
    const given = Object.keys(expected).filter((name) => name.startsWith('grad:'));
    expect(names.map((name) => `grad:${theirs(name)}`).sort()).toEqual(given.sort());
    const errors = names.map((name) => ({
      name,
      error: relativeError(actual[`grad.${name}`]!.data, expected[`grad:${theirs(name)}`]!.data),
    }));
    expect(errors.filter(({ error }) => !(error <= 1e-4))).toEqual([]);
  });

  it('start values have the shapes', () => {
    const start = volumeStart(configOf(item.kind), 1);
    for (const [name, { shape }] of Object.entries(start)) expect([name, shape]).toEqual([name, expected[name]!.shape]);
  });
});
