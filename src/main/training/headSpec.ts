import { loadBlock } from '@main/engine';
import type { LoadedBlock } from '@main/engine';
import { isVolumeEncoder } from '@shared/domain';
import type { Recipe } from '@shared/domain';
import { encoderOf } from './encoderChoice';
import type { HeadSpec } from './headNetwork';
import type { RunData } from './runData';
import type { RunRecipe } from './runFiles';
import { needsBlock, shippedBlockPath } from './runFolder';

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

/** @param shape of one sample's tokens, [N, e]; of volumes the slices of all three axes */
export async function headSpec(
  data: NetworkData,
  head: TrainedHead,
  shape: readonly number[],
  block: LoadedBlock | null,
): Promise<HeadSpec> {
  const { recipe, input } = data.content;
  const [tokens, width] = shape as [number, number];
  const volumes = input.axes === 'three-axes' && !isVolumeEncoder(recipe.encoder);
  return {
    mode: head === 'plain' ? 'plain' : recipe.mode,
    core: recipe.core,
    classes: data.classes,
    kind: data.content.classes.kind,
    tokens: volumes && recipe.sliceAxes === 'one' ? tokens / 3 : tokens,
    width,
    block: head === 'plain' ? null : block,
    norm: await normOf(recipe),
    fromVolumes: isVolumeEncoder(recipe.encoder),
    volumes,
    sliceAxes: recipe.sliceAxes,
    seed: recipe.seed,
  };
}

/** With what the LayerNorm before the head starts; beside taps it is new, and a ViViT's tokens went through one already. */
async function normOf(recipe: Recipe): Promise<HeadSpec['norm']> {
  if (recipe.taps !== 'last' || recipe.encoder === 'vit3d') return null;
  if (recipe.encoder === 'vivit') return 'none';
  const { params } = await encoderOf(recipe);
  return { gain: params['layernorm.weight']!.data, bias: params['layernorm.bias']!.data };
}
