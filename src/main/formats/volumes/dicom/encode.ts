/** A data element to be written: group × 65536 + element, its representation, its value. */
export type WrittenElement = readonly [id: number, vr: string, value: WrittenValue];
export type WrittenValue = string | readonly string[] | readonly number[] | Uint8Array | readonly WrittenItem[];
export type WrittenItem = readonly WrittenElement[];

const LONG = new Set(['OB', 'OW', 'SQ', 'UT', 'UN']);
const BYTES: Readonly<Record<string, number>> = { US: 2, UL: 4, FD: 8 };

/** Elements in explicit little-endian encoding (PS3.5, 7.1.2), in ascending order; sequences and items with their lengths. */
export function encodeElements(elements: readonly WrittenElement[]): Buffer {
  return Buffer.concat([...elements].sort(([a], [b]) => a - b).map(encodeElement));
}

function encodeElement([id, vr, value]: WrittenElement): Buffer {
  const body = bodyOf(vr, value);
  const head = Buffer.alloc(LONG.has(vr) ? 12 : 8);
  head.writeUInt16LE(id >>> 16, 0);
  head.writeUInt16LE(id & 0xffff, 2);
  head.write(vr, 4, 'latin1');
  if (LONG.has(vr)) head.writeUInt32LE(body.length, 8);
  else head.writeUInt16LE(body.length, 6);
  return Buffer.concat([head, body]);
}

function bodyOf(vr: string, value: WrittenValue): Buffer {
  if (vr === 'SQ') return Buffer.concat((value as readonly WrittenItem[]).map(item));
  if (value instanceof Uint8Array) return even(Buffer.from(value.buffer, value.byteOffset, value.byteLength), 0);
  const size = BYTES[vr];
  if (size === undefined) {
    const text = typeof value === 'string' ? value : value.join('\\');
    return even(Buffer.from(text, 'utf8'), vr === 'UI' ? 0 : 0x20);
  }
  const numbers = value as readonly number[];
  const out = Buffer.alloc(size * numbers.length);
  numbers.forEach((n, i) => {
    if (vr === 'US') out.writeUInt16LE(n, 2 * i);
    else if (vr === 'UL') out.writeUInt32LE(n, 4 * i);
    else out.writeDoubleLE(n, 8 * i);
  });
  return out;
}

function item(elements: WrittenItem): Buffer {
  const body = encodeElements(elements);
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

const even = (bytes: Buffer, by: number): Buffer =>
  bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([by])]);

/** A number as a decimal string: at most 16 characters (PS3.5, 6.2), as exact as they allow. */
export function decimal(value: number): string {
  const plain = String(value === 0 ? 0 : value);
  for (let digits = 15; ; digits -= 1) {
    const text = plain.length <= 16 ? plain : String(Number(value.toPrecision(digits)));
    if (text.length <= 16) return text;
  }
}
