import { metadataValue } from '../../metadata';
import type { NewMetadata, NewSample, NewVolume, ProjectSource } from '../../types';
import type { bringGrowth } from './cache';
import type { Grown } from './groups';
import { stored, type GrowthGround } from './ground';

/** The project's sources with the draft's; of a folder that was imported before, the table and map of now. */
export function grownSources({ material, project, match }: GrowthGround): { all: ProjectSource[]; batch: number } {
  const all = [...project.originals.stored];
  const batch = 1 + Math.max(0, ...all.map((s) => Number(s.details?.batch ?? 0)));
  material.sources.forEach((source, s) => {
    const at = match.sources[s]!;
    const details = { ...source.details, ...(at < all.length ? { batch: all[at]!.details?.batch ?? 0 } : { batch }) };
    if (at >= all.length) all[at] = { ...source, details };
    else if (source.kind === 'folder' || source.kind === 'studies')
      all[at] = { ...all[at]!, details, map: source.map ?? all[at]!.map };
  });
  return { all, batch };
}

/** New samples as the store wants them. */
export function grownSamples(
  ground: GrowthGround,
  grown: Grown,
  places: Awaited<ReturnType<typeof bringGrowth>>,
): NewSample[] {
  const { material, match, size } = ground;
  const { collector, facts, placeOf } = material;
  return ground.fresh.map((i, n) => {
    const key = size + n;
    const { source, pixels } = placeOf(i);
    return {
      id: match.ids[i]!,
      contentHash: ground.hashOf(key),
      ...collector.shape(i),
      type: collector.type(i),
      ...collector.window(i),
      source: match.sources[source]!,
      pixels:
        pixels.kind === 'pack'
          ? { ...pixels, pack: places.pack(pixels.pack) }
          : pixels.kind === 'series'
            ? { ...pixels, volume: n }
            : pixels,
      thumb: places.thumbs[n]!,
      ...stored(ground.labelOf(i)),
      reader: facts(i).reader,
      patient: facts(i).patient,
      officialSplit: collector.split(i),
      group: grown.group[key]!,
      split: grown.splits.splits[key]!,
      leak: grown.splits.leak[key]!,
    };
  });
}

/** New samples' volumes, in their order. */
export const grownVolumes = ({ material, match, fresh }: GrowthGround): NewVolume[] =>
  fresh.flatMap((i) => {
    const volume = material.studies?.volumes[i];
    if (!volume) return [];
    const { original } = volume;
    return [{ ...volume, original: { ...original, source: match.sources[original.source]! } }];
  });

/** Columns of the table over all samples: what is said of a known one now stands in place of what was said before. */
export function grownMetadata({ material, project, fresh, match, size }: GrowthGround): NewMetadata[] | null {
  if (material.metadata.length === 0 && fresh.length === 0) return null;
  const columns = new Map(
    project.index.metadata.map((column) => [
      column.name,
      Array.from({ length: size }, (_, key) => metadataValue(column, key)),
    ]),
  );
  for (const { name, values } of material.metadata) {
    const column = columns.get(name) ?? new Array<string | null>(size).fill(null);
    columns.set(name, column);
    match.keys.forEach((key, i) => {
      if (key >= 0 && values[i] !== null) column[key] = values[i]!;
    });
  }
  return [...columns].map(([name, values]) => {
    const said = material.metadata.find((c) => c.name === name)?.values;
    return { name, values: [...values, ...fresh.map((i) => said?.[i] ?? null)] };
  });
}
