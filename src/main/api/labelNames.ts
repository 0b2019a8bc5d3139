import { open } from 'node:fs/promises';

/** A table of names is a page of text, never more. */
const MOST_BYTES = 2 ** 20;
/** `37 Hippocampus_L 4101`: value, name, and whatever else the atlas counts by. */
const LINE = /^\s*(\d{1,6})[\s,;]+"?([^"\s,;][^",;\t]*?)"?(?:[\s,;]+[\d.\s]+)?\s*$/;

/** Value → name out of such a table; lines that are none are passed over. */
export function parseNames(text: string): Record<string, string> {
  const names: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const [, value, name] = LINE.exec(line) ?? [];
    if (value !== undefined && name !== undefined) names[String(Number(value))] = name.trim();
  }
  return names;
}

/** Names out of the text file that lies beside a label map (`aal.nii.gz`: `aal.nii.txt`, `aal.txt`); empty without one. */
export async function namesBeside(file: string): Promise<Record<string, string>> {
  const bare = file.replace(/\.gz$/i, '');
  for (const place of new Set([`${bare}.txt`, `${bare.replace(/\.[^./\\]+$/, '')}.txt`])) {
    const text = await firstOf(place);
    if (text !== null) return parseNames(text);
  }
  return {};
}

async function firstOf(place: string): Promise<string | null> {
  try {
    const file = await open(place, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
