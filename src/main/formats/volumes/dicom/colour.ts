import { HeaderDamage } from './damage';
import type { StoredArray } from '../types';
import type { Dataset } from './dataset';
import type { PixelFormat } from './image';
import { PaletteRed, PaletteRedData, type Tag } from './tags';

/** Red, green and blue of palette entries, side by side; `first` is the value of the first entry. */
export interface Palette {
  readonly first: number;
  /** 8 where 16-bit entries say no more than their upper byte. */
  readonly bits: 8 | 16;
  readonly rgb: readonly number[];
}

const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, Math.round(value)));

/** R, G, B from samples side by side; from Y, Cb, Cr by PS3.3, C.7.6.3.1.2. */
export function toRgb(
  values: StoredArray,
  { rows, columns, halved, bitsStored }: PixelFormat,
  from: 'rgb' | 'ybr',
): StoredArray {
  const full = halved ? doubled(values, rows * columns) : values;
  if (from === 'rgb') return full;
  const most = 2 ** bitsStored - 1;
  const middle = 2 ** (bitsStored - 1);
  for (let i = 0; i < full.length; i += 3) {
    const y = full[i]!;
    const blue = full[i + 1]! - middle;
    const red = full[i + 2]! - middle;
    full[i] = clamp(y + 1.402 * red, most);
    full[i + 1] = clamp(y - ((0.114 * 1.772) / 0.587) * blue - ((0.299 * 1.402) / 0.587) * red, most);
    full[i + 2] = clamp(y + 1.772 * blue, most);
  }
  return full;
}

/** Y1 Y2 Cb Cr of two pixels → Y Cb Cr of each. */
function doubled(values: StoredArray, pixels: number): StoredArray {
  const out = values instanceof Uint16Array ? new Uint16Array(pixels * 3) : new Uint8Array(pixels * 3);
  for (let i = 0, from = 0; i < pixels * 3; i += 6, from += 4) {
    out.set([values[from]!, values[from + 2]!, values[from + 3]!], i);
    if (i + 3 < out.length) out.set([values[from + 1]!, values[from + 2]!, values[from + 3]!], i + 3);
  }
  return out;
}

const channel = (base: Tag, index: number): Tag => ({ id: base.id + index, vr: base.vr });

/** The palette of a PALETTE COLOR image (PS3.3, C.7.6.3.1.5). @throws HeaderDamage where it lacks one */
export function readPalette(data: Dataset, signed: boolean): Palette {
  let descriptor: readonly number[] = [];
  const channels = [0, 1, 2].map((index) => {
    const own = data.numbers(channel(PaletteRed, index), signed ? 'SS' : 'US');
    if (own.length !== 3) throw new HeaderDamage('it has no colour palette');
    descriptor = own;
    const count = own[0]! & 0xffff || 65536;
    const raw = data.raw(PaletteRedData.id + index);
    // 8-bit entries are packed two a word; by some writers one a word.
    const bytes = own[2] === 8 && raw.length < 2 * count ? [...raw.subarray(0, count)] : undefined;
    const entries = bytes ?? data.numbers(channel(PaletteRedData, index), 'OW').slice(0, count);
    if (entries.length < count) throw new HeaderDamage(`its colour palette has ${entries.length} of ${count} entries`);
    return entries;
  });
  const narrow = descriptor[2] === 8;
  const upper = !narrow && channels.every((entries) => entries.every((v) => (v & 0xff) === 0 || v >> 8 === (v & 0xff)));
  const [red, green, blue] = channels;
  return {
    first: descriptor[1]!,
    bits: narrow || upper ? 8 : 16,
    rgb: red!.flatMap((r, i) => [r, green![i]!, blue![i]!].map((v) => (upper ? v >> 8 : v))),
  };
}

/** Indices → R, G, B; beyond its ends the palette's end colours. */
export function throughPalette(values: StoredArray, { first, bits, rgb }: Palette): Uint8Array | Uint16Array {
  const out = bits === 8 ? new Uint8Array(values.length * 3) : new Uint16Array(values.length * 3);
  const last = rgb.length / 3 - 1;
  for (let i = 0; i < values.length; i++) {
    const entry = 3 * Math.min(last, Math.max(0, values[i]! - first));
    out[3 * i] = rgb[entry]!;
    out[3 * i + 1] = rgb[entry + 1]!;
    out[3 * i + 2] = rgb[entry + 2]!;
  }
  return out;
}
