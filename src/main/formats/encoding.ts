/** Text encodings as `TextDecoder` names them, which tables come in. */
const UTF8 = 'utf-8';
const GBK = 'gb18030';
const LATIN1 = 'windows-1252';

/** Names that people and programs use for the same encodings. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  utf8: UTF8,
  'utf-8-sig': UTF8,
  utf16: 'utf-16le',
  'utf-16': 'utf-16le',
  'latin-1': LATIN1,
  cp1252: LATIN1,
  ansi: LATIN1,
  cp936: GBK,
};

/** Enough to tell an encoding by; a table of gigabytes is not looked at whole twice. */
const SAMPLE = 4 * 1024 * 1024;

/** @returns `TextDecoder`'s own name of an encoding, null where it knows none of this name */
export function encodingNamed(name: string): string | null {
  const key = name.trim().toLowerCase();
  try {
    return new TextDecoder(Object.hasOwn(OTHER_NAMES, key) ? OTHER_NAMES[key] : key).encoding;
  } catch {
    return null;
  }
}

/**
 * Which encoding a text is in: by its byte order mark, by the zero bytes of UTF-16, as UTF-8 where all of it is valid, and else as GBK or
 * Latin-1. Those two are told apart by how bytes above 127 stand: a Chinese character is two of them, an accented letter is mostly alone.
 */
export function detectEncoding(bytes: Uint8Array): string {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return UTF8;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, SAMPLE);
  const utf16 = utf16ByZeros(sample);
  if (utf16 !== null) return utf16;
  // A character may be cut where the sample ends; a decoder that streams waits for the rest of it.
  if (decodes(sample, UTF8, bytes.length > SAMPLE)) return UTF8;
  return looksChinese(sample) && decodes(sample, GBK, bytes.length > SAMPLE) ? GBK : LATIN1;
}

function decodes(bytes: Uint8Array, encoding: string, cut: boolean): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: cut });
    return true;
  } catch {
    return false;
  }
}

/** ASCII in UTF-16 has a zero in every second byte. */
function utf16ByZeros(bytes: Uint8Array): string | null {
  const zeros = [0, 0];
  const looked = Math.min(bytes.length - (bytes.length % 2), 4096);
  for (let i = 0; i < looked; i++) if (bytes[i] === 0) zeros[i % 2]!++;
  if (looked < 4 || Math.max(...zeros) < 0.2 * looked || Math.min(...zeros) > 0) return null;
  return zeros[1]! > 0 ? 'utf-16le' : 'utf-16be';
}

/** Most bytes above 127 come in pairs of GB 2312's characters. */
function looksChinese(bytes: Uint8Array): boolean {
  let high = 0;
  let paired = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! < 0x80) continue;
    high++;
    if (bytes[i]! >= 0xa1 && bytes[i]! <= 0xf7 && (bytes[i + 1] ?? 0) >= 0xa1) {
      high++;
      paired += 2;
      i++;
    }
  }
  return high > 0 && paired >= 0.7 * high;
}
