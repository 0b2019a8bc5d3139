import { ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { errorData } from '@shared/errors';
import type { Frame } from '@shared/pixels';
import { planeSize } from '@renderer/pixels/draw';
import type { Axis } from '@renderer/pixels/draw';
import { thumbOf, wholeSamples } from '@renderer/pixels/frames';

export interface WholeSampleOptions {
  /** Samples that are probably asked for next: fetched once the present one is here. */
  readonly ahead: () => readonly number[];
  /** Where the original is not there its thumbnail stands in for it. */
  readonly standIns?: boolean;
  /** The last sample's pixels go before the next one's are here; else they stay until then. */
  readonly blank?: boolean;
}

const middleOf = (frame: Frame): Record<Axis, number> => {
  const half = (axis: Axis): number => Math.floor(planeSize(frame, axis)[2] / 2);
  return { z: half('z'), y: half('y'), x: half('x') };
};

/** The pixels of one sample in full size, and the slice of each axis that is in front. What arrives too late is dropped. */
export function useWholeSample(key: () => number | null, options: WholeSampleOptions) {
  const { t } = useI18n();
  const frame = shallowRef<Frame | null>(null);
  /** Why there are no pixels. */
  const missing = ref<string | null>(null);
  /** The original that is not there, where its thumbnail stands in for it. */
  const standIn = ref<string | null>(null);
  /** The sample whose pixels are on the screen: keys act on no other. */
  const drawn = ref<number | null>(null);
  const slices = ref<Record<Axis, number>>({ z: 0, y: 0, x: 0 });

  function show(loaded: Frame, insteadOf: string | null): void {
    const { value: before } = frame;
    const same = before?.depth === loaded.depth && before.height === loaded.height && insteadOf === null;
    standIn.value = insteadOf;
    frame.value = loaded;
    if (!same || options.blank) slices.value = middleOf(loaded);
  }
  async function load(): Promise<void> {
    const now = key();
    drawn.value = null;
    missing.value = null;
    if (options.blank || now === null) frame.value = null;
    if (now === null) return;
    try {
      const loaded = await wholeSamples.get(now);
      if (key() !== now) return;
      show(loaded, null);
    } catch (thrown) {
      const error = errorData(thrown);
      const small = options.standIns && error.code.startsWith('file-') ? await thumbOf(now).catch(() => null) : null;
      if (key() !== now) return;
      if (small) show(small, error.file ?? error.message);
      else {
        frame.value = standIn.value = null;
        missing.value = t('sample.noPixels', { reason: error.message });
      }
    }
    for (const next of options.ahead()) wholeSamples.get(next).catch(() => undefined);
  }
  watch(key, load, { immediate: true });

  /** Goes some slices further along an axis, to its ends at most. */
  function turn(by: number, axis: Axis = 'z'): void {
    if (!frame.value) return;
    const last = planeSize(frame.value, axis)[2] - 1;
    slices.value = { ...slices.value, [axis]: Math.min(last, Math.max(0, slices.value[axis] + by)) };
  }

  return { frame, missing, standIn, drawn, slices, load, turn };
}
