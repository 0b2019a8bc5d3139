import type { BlockOffer } from '@shared/domain';
import { familyAbsorbs } from '@main/model';
import { openBlocks } from './load';

/** What a file or folder offers to be imported, by its headers. @throws UserError */
export async function inspectBlock(path: string): Promise<BlockOffer> {
  const file = await openBlocks(path);
  const first = file.layers[0]!;
  const { width, heads, keyValueHeads, hidden, ...config } = file.config(first);
  return {
    path,
    format: file.format,
    family: file.family,
    name: file.name,
    licence: file.licence,
    layers: [...file.layers],
    layerCount: file.layerCount,
    width,
    heads,
    keyValueHeads,
    hidden,
    parameters: file.parameters(first),
    types: file.types(first),
    absorbed: familyAbsorbs({ width, heads, keyValueHeads, hidden, ...config }),
    rotary: config.rotary !== null,
  };
}
