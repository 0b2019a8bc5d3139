import { ref, shallowRef } from 'vue';
import type { FileVolume, FileVolumes } from '@shared/domain';
import { client } from '@renderer/stores';
import type { Rgb } from '@renderer/vtk';
import { fileSource } from '../sources/file';
import { layerOf, rgbOf } from './layers';
import type { Layer } from './layers';
import { emptyLoaded, take } from './loaded';

/** Volumes in files that a person chose: what was found, and what of it could not be read. */
export function useFiles() {
  const found = shallowRef<FileVolumes | null>(null);
  const listing = ref(false);

  /** @throws UserError */
  async function list(paths: readonly string[]): Promise<void> {
    listing.value = true;
    try {
      found.value = await client().volumes.list({ paths: [...paths] });
    } finally {
      listing.value = false;
    }
  }
  /**
   * Reads a volume whole, to lie over another one.
   * @param unnamed what a value without a name is called
   * @param colour of label maps that bring none
   * @throws UserError
   */
  async function layer(volume: FileVolume, unnamed: (value: number) => string, colour?: Rgb): Promise<Layer> {
    const [source, names] = await Promise.all([fileSource(volume), client().volumes.labelNames({ id: volume.id })]);
    const loaded = emptyLoaded(source);
    await source.read(new AbortController().signal, (from, values) => void take(loaded, from, values));
    const colours = new Map(volume.header.labels?.map(({ value, colour }) => [value, colour && rgbOf(colour)]));
    return layerOf(
      loaded,
      (value) => names[String(value)] ?? unnamed(value),
      (value) => colours.get(value) || colour,
    );
  }
  return { found, listing, list, layer };
}
export type Files = ReturnType<typeof useFiles>;
