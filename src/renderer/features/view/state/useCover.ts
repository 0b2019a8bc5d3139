import { computed, ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import type { FileVolume } from '@shared/domain';
import { useMessages } from '@renderer/stores';
import type { Offer, Strides } from './fit';
import { isLayer } from './layers';
import type { Files } from './useFiles';
import type { Layers } from './useLayers';

/**
 * Lays volumes in files over what is looked at. One that is too large for this machine is offered in a lower resolution.
 * @param under id of what is looked at
 * @param done called once a layer lies there
 */
export function useCover(under: () => string | undefined, files: Files, layers: Layers, done: () => void) {
  const { t } = useI18n();
  const messages = useMessages();
  const busy = ref(false);
  const tooLarge = shallowRef<{ readonly volume: FileVolume; readonly offer: Offer } | null>(null);
  watch(under, () => (tooLarge.value = null));

  async function cover(volume: FileVolume, lower?: Strides): Promise<void> {
    const before = under();
    tooLarge.value = null;
    busy.value = true;
    const name = (value: number): string => t('view.layers.label', { value });
    const got = await messages.attempt(() => files.layer(volume, name, { lower }));
    busy.value = false;
    if (!got || under() !== before) return;
    if (!isLayer(got)) return void (tooLarge.value = { volume, offer: got });
    layers.add(got);
    done();
  }
  /** The person takes the lower resolution. */
  function accept(): void {
    const { value: one } = tooLarge;
    if (one) void cover(one.volume, one.offer.strides);
  }
  return { busy, offer: computed(() => tooLarge.value?.offer ?? null), cover, accept };
}
