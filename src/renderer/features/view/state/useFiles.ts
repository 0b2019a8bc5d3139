import { ref, shallowRef } from 'vue';
import type { FileVolume, FileVolumes } from '@shared/domain';
import { client } from '@renderer/stores';
import { gpuHere } from '@renderer/vtk';
import type { Rgb } from '@renderer/vtk';
import { fileSource } from '../sources/file';
import { thinned } from '../sources/thinned';
import { atLeast, fitOf, lowerThan } from './fit';
import type { Offer, Strides } from './fit';
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
   * @param o.colour of label maps that bring none
   * @param o.lower the resolution in which it is taken; `fitting`: the highest that fits
   * @returns what is offered instead where it does not fit here in full
   * @throws UserError
   */
  async function layer(
    volume: FileVolume,
    unnamed: (value: number) => string,
    o: { colour?: Rgb; lower?: Strides | 'fitting' } = {},
  ): Promise<Layer | Offer> {
    const [whole, names] = await Promise.all([fileSource(volume), client().volumes.labelNames({ id: volume.id })]);
    const fit = fitOf(whole, { gpu: gpuHere(), free: whole.freeMemory });
    if (fit.tight && !o.lower) {
      whole.drop?.();
      return { source: whole, ...fit };
    }
    const by = !o.lower || o.lower === 'fitting' ? fit.strides : atLeast(o.lower, fit.strides);
    const source = by.some((n) => n > 1) ? thinned(whole, by) : whole;
    let loaded;
    try {
      loaded = emptyLoaded(source);
    } catch (error) {
      // The window has less to give than the machine.
      if (!(error instanceof RangeError) || o.lower === 'fitting') throw error;
      whole.drop?.();
      return lowerThan(whole, by);
    }
    await source.read(new AbortController().signal, (from, values) => void take(loaded, from, values));
    const colours = new Map(volume.header.labels?.map(({ value, colour }) => [value, colour && rgbOf(colour)]));
    return layerOf(
      loaded,
      (value) => names[String(value)] ?? unnamed(value),
      (value) => colours.get(value) || o.colour,
    );
  }
  return { found, listing, list, layer };
}
export type Files = ReturnType<typeof useFiles>;
