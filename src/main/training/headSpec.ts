import { loadBlock } from '@main/engine';
import type { LoadedBlock } from '@main/engine';
import { readSafetensors, toFloat32 } from '@main/formats';
import type { HeadSpec } from './headNetwork';
import type { RunData } from './runData';
import type { RunRecipe } from './runFiles';
import { encoderPath, needsBlock, shippedBlockPath } from './runFolder';

/** The heads that a run trains, in order: the control first. A run of mode `plain` is its own control. */
export type TrainedHead = 'plain' | 'chosen';
export const trainedHeads = (data: RunData): TrainedHead[] =>
  data.content.recipe.mode === 'plain' ? ['chosen'] : ['plain', 'chosen'];

/** As much of a run as its network is made of. */
export interface NetworkData {
  readonly content: Pick<RunRecipe, 'recipe' | 'input'> & { readonly classes: Pick<RunRecipe['classes'], 'kind'> };
  readonly classes: number;
}

export async function blockOf(data: Pick<NetworkData, 'content'>): Promise<LoadedBlock | null> {
  const { recipe } = data.content;
  if (!needsBlock(recipe)) return null;
  const { block } = recipe;
  return block ? loadBlock(block.path, block.layer, block) : loadBlock(shippedBlockPath(), null);
}

/** @param shape of one sample's tokens, [N, e] */
export async function headSpec(
  data: NetworkData,
  head: TrainedHead,
  shape: readonly number[],
  block: LoadedBlock | null,
): Promise<HeadSpec> {
  const { recipe, input } = data.content;
  const [tokens, width] = shape as [number, number];
  return {
    mode: head === 'plain' ? 'plain' : recipe.mode,
    core: recipe.core,
    classes: data.classes,
    kind: data.content.classes.kind,
    tokens,
    width,
    block: head === 'plain' ? null : block,
    norm: recipe.taps === 'last' ? await encoderNorm() : null,
    volumes: input.axes === 'three-axes',
    seed: recipe.seed,
  };
}

/** The encoder's final LayerNorm, with which a head on the last layer starts. */
async function encoderNorm(): Promise<HeadSpec['norm']> {
  const stored = await readSafetensors(encoderPath(), ['layernorm.weight', 'layernorm.bias']);
  return { gain: toFloat32(stored['layernorm.weight']!), bias: toFloat32(stored['layernorm.bias']!) };
}
