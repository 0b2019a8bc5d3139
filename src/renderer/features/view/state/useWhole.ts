import { computed, ref, shallowRef } from 'vue';
import type { ComputedRef, Ref } from 'vue';
import { centreOf, cross as crossed, dot, moved, scale, turned, unit } from '@shared/space';
import type { Frame, Grid, Plane, Vec3 } from '@shared/space';
import { gpuHere } from '@renderer/vtk';
import type { Rect, VolumeLook } from '@renderer/vtk';
import { fitted } from './camera';
import type { WidthLevel } from './grey';
import { HU_TRANSFERS, PLAIN_TRANSFERS, transferOf } from './transfer';
import type { TransferName } from './transfer';

const ALL: VolumeLook['crop'] = [
  [0, 1],
  [0, 1],
  [0, 1],
];

/** How the volume is looked at as a whole: from where, in which colours, and which part of it. */
export function useWhole(grid: ComputedRef<Grid | null>, rect: ComputedRef<Rect | undefined>, auto: Ref<WidthLevel>) {
  const orbit = shallowRef<{ into: Vec3; up: Vec3 }>({ into: [0, 1, 0], up: [0, 0, 1] });
  const volumeZoom = ref(1);
  const transferName = ref<TransferName>('surface');
  const transferShift = ref(0);
  const crop = shallowRef<VolumeLook['crop']>(ALL);
  const asked = ref(false);
  /** Rays through so large a volume keep the CPU that draws them for seconds: it is not looked at as a whole until somebody asks. */
  const held = computed(
    () => !asked.value && grid.value !== null && isHeavy(grid.value) && gpuHere()?.software === true,
  );
  const ask = (): void => void (asked.value = true);

  const transfer = computed(() => transferOf(transferName.value, auto.value, transferShift.value));
  const volumeLook = computed<VolumeLook | null>(() => {
    if (!rect.value || !grid.value || held.value) return null;
    const box: Plane = {
      right: crossed(orbit.value.into, orbit.value.up),
      down: scale(orbit.value.up, -1),
      normal: orbit.value.into,
    };
    const { scale: fit } = fitted(grid.value, box, rect.value);
    return {
      ...orbit.value,
      centre: centreOf(grid.value),
      scale: fit / volumeZoom.value,
      transfer: transfer.value,
      crop: crop.value,
      quality: 'fine',
    };
  });

  /** Seen from the front where that is known, else from a corner. */
  function face([left, back, head]: Frame, oriented: boolean): void {
    orbit.value = oriented ? { into: back, up: head } : fromCorner(left, back, head);
  }
  /** A volume of another unit: presets that do not fit it give way. */
  function openWhole(unit_: string | null): void {
    const names: readonly TransferName[] = unit_ === 'HU' ? HU_TRANSFERS : PLAIN_TRANSFERS;
    if (!names.includes(transferName.value)) transferName.value = names[0]!;
    crop.value = ALL;
    asked.value = false;
  }
  function zoomWhole(factor: number): void {
    volumeZoom.value = Math.min(20, Math.max(0.2, volumeZoom.value * factor));
  }
  /** Turns the volume under the hand. */
  function rotate(dx: number, dy: number): void {
    const { into, up } = orbit.value;
    const right = crossed(into, up);
    const aside = (v: Vec3): Vec3 => turned(v, up, -dx / 150);
    const tilted = (v: Vec3): Vec3 => turned(v, right, -dy / 150);
    orbit.value = { into: unit(tilted(aside(into))), up: unit(tilted(aside(up))) };
  }
  const setTransfer = (next: TransferName): void => void (transferName.value = next);
  const shiftTransfer = (by: number): void => void (transferShift.value = by);
  /** Keeps the volume from … to a share of one axis; the ends never cross. */
  function cropAt(axis: number, end: 0 | 1, share: number): void {
    crop.value = crop.value.map(([from, to], i) => {
      if (i !== axis) return [from, to];
      return end === 0 ? [Math.min(share, to - 0.01), to] : [from, Math.max(share, from + 0.01)];
    });
  }
  const fitWhole = (): void => void (volumeZoom.value = 1);
  function resetWhole(): void {
    fitWhole();
    transferShift.value = 0;
    crop.value = ALL;
  }
  return {
    transferName,
    transferShift,
    crop,
    transfer,
    volumeLook,
    held,
    ask,
    face,
    openWhole,
    zoomWhole,
    rotate,
    setTransfer,
    shiftTransfer,
    cropAt,
    fitWhole,
    resetWhole,
  };
}

const HEAVY = 2 ** 25;
const isHeavy = ({ size }: Grid): boolean => size[0] * size[1] * size[2] > HEAVY;

/** Nobody knows which side is which: the volume is seen from a corner. */
function fromCorner(left: Vec3, back: Vec3, head: Vec3): { into: Vec3; up: Vec3 } {
  const into = unit(moved(moved(head, left, 0.35), back, 0.35));
  return { into, up: unit(scale(moved(back, into, -dot(back, into)), -1)) };
}
