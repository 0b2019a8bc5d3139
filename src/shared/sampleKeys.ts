import type { Client } from './contract';

/**
 * Keys of samples as one text: base64 of their 32 bits each, little-endian. A list of 100,000 would else be walked number by number
 * by every check and serialiser on its way, which took a quarter of a second before the first thumbnail.
 */
export function packKeys(keys: readonly number[]): string {
  const bytes = new DataView(new ArrayBuffer(4 * keys.length));
  keys.forEach((key, i) => bytes.setUint32(4 * i, key, true));
  let text = '';
  for (let at = 0; at < bytes.byteLength; at += AT_A_TIME)
    text += String.fromCharCode(...new Uint8Array(bytes.buffer, at, Math.min(AT_A_TIME, bytes.byteLength - at)));
  return btoa(text);
}

/** As many characters as one call may take as arguments, everywhere. */
const AT_A_TIME = 1 << 14;

/** @throws Error where the text is not one of `packKeys` */
export function unpackKeys(packed: string): number[] {
  const text = atob(packed);
  if (text.length % 4 !== 0) throw new Error('a list of samples came damaged');
  const bytes = new DataView(new ArrayBuffer(text.length));
  for (let i = 0; i < text.length; i++) bytes.setUint8(i, text.charCodeAt(i));
  return Array.from({ length: text.length / 4 }, (_, i) => bytes.getUint32(4 * i, true));
}

type Query = Parameters<Client['samples']['list']>[0];

/** Keys of the samples that fit, in order. */
export async function sampleKeys(client: Client, query: Query): Promise<number[]> {
  return unpackKeys((await client.samples.list(query)).packed);
}
