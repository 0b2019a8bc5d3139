import { decodeText } from './characters';
import { HeaderDamage, tagName } from './damage';
import { CharacterSet, type Tag } from './tags';

export interface Encoding {
  readonly explicit: boolean;
  readonly bigEndian: boolean;
}

export interface Element {
  readonly id: number;
  /** As the file states it; empty in implicit encodings. */
  readonly vr: string;
  readonly offset: number;
  readonly length: number;
  /** Of a sequence without a length; others are parsed when they are asked for. */
  readonly items?: readonly Dataset[];
}

const TEXT_VRS = new Set([
  'DS',
  'IS',
  'AE',
  'AS',
  'CS',
  'DA',
  'DT',
  'LO',
  'LT',
  'PN',
  'SH',
  'ST',
  'TM',
  'UC',
  'UI',
  'UT',
]);
const BYTES: Readonly<Record<string, number>> = { US: 2, SS: 2, OW: 2, UL: 4, SL: 4, FL: 4, FD: 8 };

/** The data elements of a file or of an item. What a value is supposed to be is checked when it is asked for. */
export class Dataset {
  private readonly parsed = new Map<number, readonly Dataset[]>();

  constructor(
    private readonly elements: ReadonlyMap<number, Element>,
    private readonly bytes: Buffer,
    private readonly encoding: Encoding,
    private readonly parseItems: (bytes: Buffer, offset: number, length: number, encoding: Encoding) => Dataset[],
  ) {}

  has(tag: Tag): boolean {
    return this.elements.has(tag.id);
  }

  ids(): Iterable<number> {
    return this.elements.keys();
  }

  /** The bytes of a value, empty where it is absent. */
  raw(id: number): Buffer {
    const element = this.elements.get(id);
    return element ? this.bytes.subarray(element.offset, element.offset + element.length) : Buffer.alloc(0);
  }

  /** Single bits, the first one lowest in the first byte, however the file orders the bytes of its words. */
  bitsOf(tag: Tag): Buffer {
    const raw = this.raw(tag.id);
    const words = this.encoding.bigEndian && this.elements.get(tag.id)?.vr === 'OW';
    return words ? Buffer.from(raw.subarray(0, raw.length & ~1)).swap16() : raw;
  }

  /** All values of a text element, without their padding. */
  texts(tag: Tag): string[] {
    const raw = this.raw(tag.id);
    if (raw.length === 0) return [];
    const coded = tag.vr === 'LO' || tag.vr === 'SH' || tag.vr === 'PN';
    const text = coded ? decodeText(raw, this.texts(CharacterSet)) : raw.toString('latin1');
    return text.split('\\').map((part) => part.replace(/[\s\u0000]+$/, '').trim());
  }

  /** The first value of a text element; empty where it is absent. */
  text(tag: Tag): string {
    return this.texts(tag)[0] ?? '';
  }

  /**
   * All values of a number element, text or binary.
   * @param vr what to take it for where the file does not state a type
   * @throws HeaderDamage where it is no number
   */
  numbers(tag: Tag, vr = tag.vr): number[] {
    const element = this.elements.get(tag.id);
    if (!element) return [];
    const kind = element.vr === '' || element.vr === 'UN' || element.vr === 'OB' ? vr : element.vr;
    if (TEXT_VRS.has(kind))
      return this.texts(tag)
        .filter((part) => part !== '')
        .map((part) => {
          const value = Number(part);
          if (!Number.isFinite(value))
            throw new HeaderDamage(`${tagName(tag.id)} is "${part.slice(0, 40)}", not a number`);
          return value;
        });
    const size = BYTES[kind];
    if (size === undefined) throw new HeaderDamage(`${tagName(tag.id)} is of the type ${kind}, not a number`);
    const raw = this.raw(tag.id);
    const values: number[] = [];
    const { bigEndian } = this.encoding;
    for (let at = 0; at + size <= raw.length; at += size) {
      if (kind === 'US' || kind === 'OW') values.push(bigEndian ? raw.readUInt16BE(at) : raw.readUInt16LE(at));
      else if (kind === 'SS') values.push(bigEndian ? raw.readInt16BE(at) : raw.readInt16LE(at));
      else if (kind === 'UL') values.push(bigEndian ? raw.readUInt32BE(at) : raw.readUInt32LE(at));
      else if (kind === 'SL') values.push(bigEndian ? raw.readInt32BE(at) : raw.readInt32LE(at));
      else if (kind === 'FL') values.push(bigEndian ? raw.readFloatBE(at) : raw.readFloatLE(at));
      else values.push(bigEndian ? raw.readDoubleBE(at) : raw.readDoubleLE(at));
    }
    return values;
  }

  number(tag: Tag): number | undefined {
    return this.numbers(tag)[0];
  }

  /** Exactly `count` numbers, or none. */
  vector(tag: Tag, count: number): number[] | undefined {
    const values = this.numbers(tag);
    return values.length === count ? values : undefined;
  }

  /** A count or size. @throws HeaderDamage where it is no whole number from `least` to `most` */
  count(tag: Tag, least: number, most: number): number | undefined {
    const value = this.number(tag);
    if (value !== undefined && (!Number.isInteger(value) || value < least || value > most))
      throw new HeaderDamage(`${tagName(tag.id)} is ${value}`);
    return value;
  }

  /** Items of a sequence; none where it is absent or empty. @throws HeaderDamage */
  items(tag: Tag): readonly Dataset[] {
    const element = this.elements.get(tag.id);
    if (!element) return [];
    let items = element.items ?? this.parsed.get(tag.id);
    if (!items) {
      const encoding = element.vr === 'UN' ? { explicit: false, bigEndian: false } : this.encoding;
      items = this.parseItems(this.bytes, element.offset, element.length, encoding);
      this.parsed.set(tag.id, items);
    }
    return items;
  }

  item(tag: Tag): Dataset | undefined {
    return this.items(tag)[0];
  }
}
