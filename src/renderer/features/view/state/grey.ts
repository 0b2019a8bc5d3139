import type { DisplayWindow } from '@shared/domain';
import type { Loaded } from './loaded';

/** Middle and width of the values from black to white, after rescale. */
export interface WidthLevel {
  readonly width: number;
  readonly level: number;
  /** Brightness 0 … 1 at even steps over the width, where it is no straight line. */
  readonly curve?: readonly number[];
}

/** Values looked at to find the automatic window, and the share of them at either end that may be lost in it. */
const SAMPLES = 200_000;
const LOST = 0.005;

/** The window that shows nearly all values: what is padding, and what has not arrived, is left out. */
export function autoWindow({ source, voxels, here }: Loaded): WidthLevel {
  const { grid, components, data, slope, intercept } = voxels;
  const slice = grid.size[0] * grid.size[1] * components;
  const stride = Math.max(1, Math.floor(data.length / SAMPLES));
  const values: number[] = [];
  for (let at = 0; at < data.length; at += stride) {
    if (here[Math.floor(at / slice)] !== 1) continue;
    const value = data[at]! * slope + intercept;
    if (!Number.isFinite(value)) continue;
    if (source.padding && value >= source.padding.from && value <= source.padding.to) continue;
    values.push(value);
  }
  if (values.length === 0) return { width: 1, level: 0.5 };
  values.sort((a, b) => a - b);
  const at = (share: number): number => values[Math.round(share * (values.length - 1))]!;
  const [low, high] = [at(LOST), at(1 - LOST)];
  return fromTo(low, high > low ? high : Math.max(at(1), low + leastWidth(source)));
}

export const fromTo = (low: number, high: number): WidthLevel => ({
  width: high - low || 1,
  level: (low + high) / 2,
});

/** The narrowest window that says anything. */
export function leastWidth({ type, slope }: Pick<Loaded['source'], 'type' | 'slope'>): number {
  return type === 'float32' ? 1e-6 : Math.abs(slope);
}

/** The window after a drag by CSS pixels: to the right wider, upwards brighter; `auto` says how fast. */
export function draggedWindow(now: WidthLevel, dx: number, dy: number, auto: WidthLevel, least: number): WidthLevel {
  const step = Math.max(auto.width, now.width / 4) / 400;
  return { width: Math.max(least, now.width + dx * step), level: now.level + dy * step };
}

/** Widths over which a SIGMOID is drawn: beyond, it is within .04 % of black and white. */
const REACH = 4;
/** 1 / (1 + exp(−4 (x − c) / w)), DICOM PS3.3, C.11.2.1.3.1. */
const SIGMOID = Array.from({ length: 257 }, (_, i) => 1 / (1 + Math.exp(-4 * REACH * (i / 256 - 0.5))));

/** How a window of the file itself maps values: DICOM PS3.3, C.11.2.1; a table goes from its first value to its last. */
export function fileWindow({ center, width, function: kind, table }: DisplayWindow): WidthLevel {
  if (table) return { width, level: center, curve: table };
  if (kind === 'SIGMOID') return { width: REACH * width, level: center, curve: SIGMOID };
  return kind === 'LINEAR' ? { width: Math.max(1, width - 1), level: center - 0.5 } : { width, level: center };
}

/** Windows for computed tomography, in HU. Digits are class keys: these go with Shift. */
export const HU_PRESETS = [
  { name: 'lung', width: 1500, level: -600 },
  { name: 'bone', width: 2000, level: 400 },
  { name: 'brain', width: 80, level: 40 },
  { name: 'abdomen', width: 400, level: 50 },
  { name: 'mediastinum', width: 350, level: 40 },
  { name: 'subdural', width: 200, level: 75 },
] as const;
export type HuPreset = (typeof HU_PRESETS)[number]['name'];

/** A width or level in as many digits as the values carry. */
export function greyWords({ width, level }: WidthLevel): string {
  const digits = width < 1 ? 4 : width < 10 ? 2 : width < 100 ? 1 : 0;
  return `W ${width.toFixed(digits)} L ${level.toFixed(digits)}`;
}
