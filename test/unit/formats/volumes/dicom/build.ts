/** Writes small DICOM files (PS3.10), explicit or implicit, for what no real file at hand shows. */

export type Value = string | number | readonly number[] | Uint8Array | readonly Elements[];
/** `ggggeeee VR` → value; an array of such objects is a sequence. */
export interface Elements {
  readonly [tag: string]: Value;
}

export interface BuildOptions {
  readonly syntax?: string;
  readonly implicit?: boolean;
  /** Sequences and items without lengths, closed by delimiters. */
  readonly open?: boolean;
  /** Pixels as fragments, the first one the table of offsets. */
  readonly fragments?: readonly Uint8Array[];
  readonly bare?: boolean;
}

const LONG = ['OB', 'OD', 'OF', 'OW', 'SQ', 'UN', 'UT'];
const NUMBER_BYTES: Readonly<Record<string, number>> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8 };

const u16 = (value: number): Buffer => {
  const out = Buffer.alloc(2);
  out.writeUInt16LE(value & 0xffff);
  return out;
};
const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value >>> 0);
  return out;
};

function numbers(vr: string, values: readonly number[]): Buffer {
  const size = NUMBER_BYTES[vr]!;
  const out = Buffer.alloc(size * values.length);
  values.forEach((value, i) => {
    if (vr === 'US' || vr === 'SS') out.writeUInt16LE(value & 0xffff, i * 2);
    else if (vr === 'UL' || vr === 'SL') out.writeUInt32LE(value >>> 0, i * 4);
    else if (vr === 'FL') out.writeFloatLE(value, i * 4);
    else out.writeDoubleLE(value, i * 8);
  });
  return out;
}

const head = (tag: string): Buffer =>
  Buffer.concat([u16(parseInt(tag.slice(0, 4), 16)), u16(parseInt(tag.slice(4, 8), 16))]);

function element(key: string, value: Value, options: BuildOptions): Buffer {
  const [tag, vr] = key.split(' ') as [string, string];
  const sequence = vr === 'SQ';
  const body = sequence
    ? items(value as readonly Elements[], options)
    : value instanceof Uint8Array
      ? padded(Buffer.from(value), 0)
      : vr in NUMBER_BYTES
        ? numbers(vr, typeof value === 'number' ? [value] : (value as readonly number[]))
        : padded(Buffer.from(Array.isArray(value) ? value.join('\\') : String(value), 'latin1'), vr === 'UI' ? 0 : 32);
  const length = u32(sequence && options.open ? 0xffffffff : body.length);
  if (options.implicit) return Buffer.concat([head(tag), length, body]);
  const typed = Buffer.concat([head(tag), Buffer.from(vr, 'latin1')]);
  if (LONG.includes(vr)) return Buffer.concat([typed, u16(0), length, body]);
  return Buffer.concat([typed, u16(body.length), body]);
}

const padded = (bytes: Buffer, by: number): Buffer =>
  bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([by])]);

const ITEM = Buffer.from([0xfe, 0xff, 0x00, 0xe0]);
const ITEM_END = Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0]);
const SEQUENCE_END = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);

function items(list: readonly Elements[], options: BuildOptions): Buffer {
  const parts = list.map((item) => {
    const body = elements(item, options);
    return options.open
      ? Buffer.concat([ITEM, u32(0xffffffff), body, ITEM_END])
      : Buffer.concat([ITEM, u32(body.length), body]);
  });
  return Buffer.concat(options.open ? [...parts, SEQUENCE_END] : parts);
}

function elements(all: Elements, options: BuildOptions): Buffer {
  return Buffer.concat(
    Object.entries(all)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => element(key, value, options)),
  );
}

/** The bytes of a file with these elements; `7fe00010 OW` holds the pixels unless there are fragments. */
export function build(all: Elements, options: BuildOptions = {}): Buffer {
  const syntax = options.syntax ?? (options.implicit ? '1.2.840.10008.1.2' : '1.2.840.10008.1.2.1');
  const body = [elements(all, options)];
  if (options.fragments) {
    body.push(Buffer.concat([head('7fe00010'), Buffer.from('OB'), u16(0), u32(0xffffffff)]));
    for (const fragment of options.fragments) {
      const even = padded(Buffer.from(fragment), 0);
      body.push(ITEM, u32(even.length), even);
    }
    body.push(SEQUENCE_END);
  }
  if (options.bare) return Buffer.concat(body);
  const meta = elements({ '00020010 UI': syntax }, {});
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), meta, ...body]);
}

export const words = (values: readonly number[]): Uint8Array => numbers('US', values);

/** A CT slice of 4 × 3 pixels at `z`, whose pixels count from `first`. */
export function ctSlice(z: number, more: Elements = {}, first = Math.round(z)): Elements {
  return {
    '00080008 CS': 'ORIGINAL\\PRIMARY\\AXIAL',
    '00080016 UI': '1.2.840.10008.5.1.4.1.1.2',
    '00080018 UI': `1.2.3.${Math.round(z * 1000) + 1e6}`,
    '00080020 DA': '20200102',
    '00080060 CS': 'CT',
    '0008103e LO': 'series',
    '00180050 DS': '2',
    '0020000d UI': '1.2.3',
    '0020000e UI': '1.2.3.4',
    '00200011 IS': '5',
    '00200013 IS': String(Math.round(z)),
    '00200032 DS': `-10\\-20\\${z}`,
    '00200037 DS': '1\\0\\0\\0\\1\\0',
    '00280002 US': 1,
    '00280004 CS': 'MONOCHROME2',
    '00280010 US': 3,
    '00280011 US': 4,
    '00280030 DS': '0.5\\0.25',
    '00280100 US': 16,
    '00280101 US': 16,
    '00280102 US': 15,
    '00280103 US': 1,
    '00281052 DS': '-1024',
    '00281053 DS': '1',
    '7fe00010 OW': words(Array.from({ length: 12 }, (_, i) => first * 10 + i)),
    ...more,
  };
}
