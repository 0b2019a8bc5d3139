import { UserError } from '@shared/errors';
import { loadEncoder } from '@main/engine';
import type { Engine } from '@main/engine';
import type { Frame } from '@shared/pixels';
import { tapsWidth } from '../encoderProgram';
import { blockOf, headSpec } from '../headSpec';
import type { NetworkData } from '../headSpec';
import type { RowLabels } from '../objective';
import { encoderPath, ONLY_IMAGES } from '../runFolder';
import { FullTrainer } from './fullTrainer';
import { networkSpec } from './network';
import { Pictures } from './pictures';

/** The network of a `full` run over pictures by row. @throws UserError for volumes, which `full` does not train */
export async function fullTrainer(
  data: NetworkData & RowLabels,
  engine: Engine,
  frame: (row: number) => Promise<Frame>,
): Promise<FullTrainer> {
  const { recipe, input } = data.content;
  if (input.axes !== 'image') throw new UserError('run-refused', ONLY_IMAGES);
  const encoder = await loadEncoder(encoderPath());
  const tokens = 1 + (input.imageSize / encoder.config.patch) ** 2;
  const head = await headSpec(data, 'chosen', [tokens, tapsWidth(recipe.taps, encoder.config)], await blockOf(data));
  const pictures = new Pictures(frame, input);
  return new FullTrainer(engine, networkSpec(head, recipe.taps, encoder.config, input.imageSize), encoder, recipe, {
    labels: data.labels,
    answers: data.answers,
    read: (rows, change, out) => pictures.read(rows, change, out),
  });
}
