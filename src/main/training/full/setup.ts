import { augmentationOf, trainsOnSlices } from '@shared/domain';
import type { Engine } from '@main/engine';
import type { Frame } from '@shared/pixels';
import { encoderOf, volumeConfigOf } from '../encoderChoice';
import { blockOf, headSpec } from '../headSpec';
import type { NetworkData } from '../headSpec';
import type { RowLabels } from '../objective';
import { refuseInput } from '../refusals';
import type { RunRecipe } from '../runFiles';
import { FullTrainer } from './fullTrainer';
import { FeedThreads } from './feed/threads';
import { Pictures } from './pictures';
import { KeptTokens } from './keptTokens';
import type { TokenCache } from './keptTokens';
import { sliceCount } from './slices';
import { imageTrunk, lastBlocksSliceTrunk, lastBlocksTrunk, sliceTrunk, volumeTrunk } from './trunk';
import type { Trunk } from './trunk';
import type { ChangeRule } from './views';

type FullData = NetworkData & RowLabels & { readonly content: Pick<RunRecipe, 'flips'> };

export interface SampleSource {
  frame(row: number): Promise<Frame>;
  /** What tells a row apart in every run; the row itself where it is absent. */
  keyOf?(row: number): number;
  /** Where tokens before trained blocks are kept; nowhere where it is absent. */
  readonly cache?: TokenCache | null;
}

/**
 * The network of a `full` run over samples by row.
 * @throws UserError for samples that the encoder cannot read
 */
export async function fullTrainer(data: FullData, engine: Engine, source: SampleSource): Promise<FullTrainer> {
  const { recipe, input, flips } = data.content;
  refuseInput(recipe, input);
  const { trunk, inputs } = await inputsOf(data, engine, source, {
    ...augmentationOf(recipe),
    flips,
    keyOf: source.keyOf ?? ((row) => row),
  });
  const [tokens, width] = trunk.tokenShape;
  const onSlices = trainsOnSlices(recipe, input.axes !== 'image');
  const head = await headSpec(data, 'chosen', [onSlices ? sliceCount('three') : tokens, width], await blockOf(data));
  const { labels, answers } = data;
  return new FullTrainer(engine, { head, trunk }, recipe, {
    labels,
    answers,
    batch: (rows, at, size) => inputs.batch(rows, at, size),
    dispose: () => inputs.dispose(),
  });
}

/** The part of the encoder that is trained, and what it reads. */
async function inputsOf(
  { content: { recipe, input } }: Pick<NetworkData, 'content'>,
  engine: Engine,
  { frame, cache = null }: SampleSource,
  rule: ChangeRule,
): Promise<{ trunk: Trunk; inputs: Pictures | KeptTokens }> {
  const volume = volumeConfigOf(recipe);
  if (volume)
    return {
      trunk: volumeTrunk(volume, recipe.taps, recipe.seed),
      inputs: new Pictures(frame, 'cube', input, rule, new FeedThreads()),
    };
  const encoder = await encoderOf(recipe);
  const { taps, trainBlocks, views, sliceAxes } = recipe;
  const slices = trainsOnSlices(recipe, input.axes !== 'image') ? sliceCount(sliceAxes) : null;
  const kind = slices === null ? 'picture' : (`slices-${sliceAxes}` as const);
  const pictures = new Pictures(frame, kind, input, rule, new FeedThreads());
  const reads = slices === null ? 'all' : 'cls';
  if (trainBlocks === null) {
    const whole = imageTrunk(encoder, taps, input.imageSize, reads);
    return { trunk: slices === null ? whole : sliceTrunk(whole, slices), inputs: pictures };
  }
  const last = lastBlocksTrunk(encoder, taps, input.imageSize, trainBlocks, reads);
  const trunk = slices === null ? last : lastBlocksSliceTrunk(last, slices);
  return { trunk, inputs: new KeptTokens({ engine, encoder, trunk, pictures, input, rule, views, cache }) };
}
