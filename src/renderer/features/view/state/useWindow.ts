import { computed, ref, shallowRef } from 'vue';
import type { ComputedRef } from 'vue';
import type { DisplayWindow } from '@shared/domain';
import type { VolumeSource } from '../sources/types';
import { autoWindow, draggedWindow, fileWindow, fromTo, HU_PRESETS, leastWidth } from './grey';
import type { WidthLevel } from './grey';
import { absolute, relative } from './kinds';
import type { Kept } from './kinds';
import type { Loaded } from './loaded';

/** Which values go from black to white: a window by name, or one set by hand. */
export function useWindow(source: ComputedRef<VolumeSource | null>) {
  /** What the person set by hand; null: the window of that name. */
  const chosen = shallowRef<WidthLevel | null>(null);
  const auto = shallowRef<WidthLevel>({ width: 1, level: 0.5 });
  const invert = ref(false);
  /** The window by name: the file's by number, `auto`, a tissue in HU, or `set` by hand. */
  const windowName = ref('auto');
  const window = computed<WidthLevel>(() => chosen.value ?? named(windowName.value) ?? auto.value);

  /** What a window of the file calls itself: 100/35, though it maps from −15 to 84. */
  const shown = computed<WidthLevel>(() => {
    const own = chosen.value ? undefined : ofFile(windowName.value);
    return own ? { width: own.width, level: own.center } : window.value;
  });

  const ofFile = (name: string): DisplayWindow | undefined =>
    name.startsWith('file ') ? source.value?.windows?.[Number(name.slice(5))] : undefined;
  function named(name: string): WidthLevel | null {
    const full = source.value?.fullScale;
    if (name === 'full') return full ? fromTo(full.low, full.high) : null;
    const own = ofFile(name);
    return own ? fileWindow(own) : (HU_PRESETS.find((preset) => preset.name === name) ?? null);
  }
  const opening = (): string => (source.value?.windows?.length ? 'file 0' : source.value?.fullScale ? 'full' : 'auto');

  function setWindow(next: WidthLevel): void {
    const least = source.value ? leastWidth(source.value) : 1e-6;
    chosen.value = { width: Math.max(least, next.width), level: next.level };
    windowName.value = 'set';
  }
  function setNamedWindow(name: string): void {
    chosen.value = null;
    windowName.value = name;
  }
  function dragWindow(dx: number, dy: number): void {
    // A curve becomes a line of the width that it is said to have.
    const from = window.value.curve ? shown.value : window.value;
    if (source.value) setWindow(draggedWindow(from, dx, dy, auto.value, leastWidth(source.value)));
  }
  const toggleInvert = (): void => void (invert.value = !invert.value);

  /** A volume is opened: in the window in which its kind was last looked at, else in its own. */
  function openWindow(loaded: Loaded, was: Kept['window']): void {
    auto.value = autoWindow(loaded);
    invert.value = loaded.source.inverted;
    chosen.value = was ? absolute(loaded.source, was, auto.value) : null;
    windowName.value = was ? 'set' : opening();
  }
  /** More of the volume has arrived: the automatic window follows until the person sets their own. */
  const learn = (loaded: Loaded): void => void (auto.value = autoWindow(loaded));
  const keptWindow = (): Kept['window'] =>
    chosen.value && source.value ? relative(source.value, chosen.value, auto.value) : null;
  function resetWindow(): void {
    setNamedWindow(opening());
    invert.value = source.value?.inverted ?? false;
  }
  return {
    window,
    shown,
    windowName,
    auto,
    invert,
    setWindow,
    setNamedWindow,
    dragWindow,
    toggleInvert,
    openWindow,
    learn,
    keptWindow,
    resetWindow,
  };
}
