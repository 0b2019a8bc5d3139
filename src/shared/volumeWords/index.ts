import type { VolumeNoteCode, VolumeRefusalCode } from '../domain/volume';
import en from './locales/en.json';

type Words = { notes: Record<VolumeNoteCode, string>; refusals: Record<VolumeRefusalCode, string> };
const ENGLISH: Words = en;

type Code<K extends keyof Words> = keyof Words[K];

/** English words of a note or refusal; the renderer has the same and the Chinese ones as `volumeWords.<kind>.<code>`. */
export function volumeWord<K extends keyof Words>(
  kind: K,
  code: Code<K>,
  values: Readonly<Record<string, string | number>>,
): string {
  const words: string = (ENGLISH[kind] as Record<Code<K>, string>)[code];
  return words.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '?'));
}
