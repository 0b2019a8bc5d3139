import { computed, shallowRef } from 'vue';
import { voxelAt } from '@shared/space';
import type { Vec3 } from '@shared/space';
import { layerLook } from './layers';
import type { Layer } from './layers';
import { valuesAt, valueWords } from './loaded';

/** Layers over the case, the lowest first. */
export function useLayers() {
  const layers = shallowRef<readonly Layer[]>([]);
  const looks = computed(() => layers.value.filter(({ visible }) => visible).map(layerLook));

  const add = (layer: Layer): void =>
    void (layers.value = [...layers.value.filter(({ id }) => id !== layer.id), layer]);
  const remove = (id: string): void => void (layers.value = layers.value.filter((layer) => layer.id !== id));
  const change = (id: string, part: Partial<Pick<Layer, 'visible' | 'opacity' | 'kind'>>): void =>
    void (layers.value = layers.value.map((layer) => (layer.id === id ? { ...layer, ...part } : layer)));
  const clear = (): void => void (layers.value = []);

  /** What each visible layer says of a place; null where it says nothing. */
  function at(place: Vec3): { id: string; name: string; text: string }[] {
    return layers.value.flatMap(({ id, name, loaded, visible, kind }) => {
      const voxel = visible ? voxelAt(loaded.voxels.grid, place) : null;
      const values = voxel && valuesAt(loaded, voxel);
      if (!values) return [];
      const label = kind.kind === 'labels' ? kind.labels.find(({ value }) => value === values[0]) : undefined;
      if (kind.kind === 'labels' && !label) return [];
      return [{ id, name, text: label?.name ?? valueWords(loaded.source, values) }];
    });
  }
  return { layers, looks, add, remove, change, clear, at };
}
export type Layers = ReturnType<typeof useLayers>;
