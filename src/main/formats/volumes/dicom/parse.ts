import { HeaderDamage, tagName } from './damage';
import { Dataset, type Element, type Encoding } from './dataset';
import { DOUBLE_PIXELS, FLOAT_PIXELS, PIXELS } from './tags';

/** The bytes that were read so far end before the header does; a longer read goes on. */
export class OutOfBytes extends Error {}

/** Where the picture lies: the parser stops there, so that a header's length does not depend on it. */
export interface PixelElement {
  readonly id: number;
  readonly vr: string;
  /** Of the first byte of the value. */
  readonly offset: number;
  /** Bytes; -1 where the value is a sequence of fragments. */
  readonly length: number;
}

export interface Parsed {
  readonly data: Dataset;
  readonly pixels: PixelElement | null;
  /** What is not as it should be and hides nothing: elements that were told in another way, delimiters that close nothing. */
  readonly oddities: readonly string[];
  /** Of the first byte that was not parsed. */
  readonly end: number;
}

const UNDEFINED = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const PIXEL_IDS = new Set([FLOAT_PIXELS, DOUBLE_PIXELS, PIXELS]);
const SHORT = 'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US';
const LONG = 'OB OD OF OL OV OW SQ SV UC UN UR UT UV';
const LONG_VRS = new Set(LONG.split(' '));
export const VRS: ReadonlySet<string> = new Set([...SHORT.split(' '), ...LONG_VRS]);
/** Deeper nesting has no honest reason. */
const MAX_DEPTH = 24;

/** Reads data elements (DICOM PS3.5, section 7). `fileSize` says what can be reached by reading on. */
class Parser {
  private depth = 0;
  private readonly oddities: string[] = [];

  constructor(
    private readonly bytes: Buffer,
    private readonly fileSize: number,
    private readonly encoding: Encoding,
  ) {}

  private need(at: number, length: number, within: number): void {
    if (at + length > within)
      throw new HeaderDamage(
        within === this.fileSize
          ? `it ends at byte ${this.fileSize}, inside its header`
          : `a value at byte ${at} reaches beyond its sequence`,
      );
    if (at + length > this.bytes.length) throw new OutOfBytes();
  }

  private u16(at: number): number {
    return this.encoding.bigEndian ? this.bytes.readUInt16BE(at) : this.bytes.readUInt16LE(at);
  }

  private u32(at: number): number {
    return this.encoding.bigEndian ? this.bytes.readUInt32BE(at) : this.bytes.readUInt32LE(at);
  }

  private id(at: number): number {
    return this.u16(at) * 0x10000 + this.u16(at + 2);
  }

  /** Elements from `at` up to `end`, to the end of an item, or to the picture; `only` keeps to one group (the meta header's). */
  elements(at: number, end: number, open: boolean, only?: number): Parsed {
    const elements = new Map<number, Element>();
    const done = (pixels: PixelElement | null, next: number): Parsed => ({
      data: new Dataset(elements, this.bytes, this.encoding, parseItems),
      pixels,
      oddities: this.oddities,
      end: next,
    });
    while (at < end) {
      // Some writers pad the end of a file with a few zeros.
      if (this.depth === 0 && end - at < 8) return done(null, at);
      this.need(at, 8, end);
      const id = this.id(at);
      if (only !== undefined && id >>> 16 !== only) return done(null, at);
      if (id === ITEM_END && open) return done(null, at + 8);
      if (id === ITEM_END || id === SEQUENCE_END) {
        // A delimiter that nothing opened: known writers leave them; the elements around are whole.
        this.oddities.push(tagName(id));
        at += 8;
        continue;
      }
      if (id === ITEM) throw new HeaderDamage(`an item at byte ${at} belongs to no sequence`);
      const { vr, length, value } = this.head(at, id, end);
      if (this.depth === 0 && PIXEL_IDS.has(id))
        return done({ id, vr, offset: value, length: length === UNDEFINED ? -1 : length }, value);
      if (length === UNDEFINED) {
        const binary = vr === 'OB' || vr === 'OW';
        const nested = binary ? this.fragments(value, end) : this.sequence(value, end, vr);
        elements.set(id, { id, vr: binary ? vr : 'SQ', offset: value, length: 0, items: nested.items });
        at = nested.end;
      } else {
        this.need(value, length, end);
        // A standard sequence whose type its writer did not know.
        if (vr === 'UN' && (id >>> 16) % 2 === 0 && length >= 8 && this.id(value) === ITEM)
          this.oddities.push(`${tagName(id)} UN`);
        elements.set(id, { id, vr, offset: value, length });
        at = value + length;
      }
    }
    if (open) throw new HeaderDamage(`an item that ends at byte ${end} is not closed`);
    return done(null, at);
  }

  private head(at: number, id: number, end: number): { vr: string; length: number; value: number } {
    if (!this.encoding.explicit) return { vr: '', length: this.u32(at + 4), value: at + 8 };
    const vr = this.bytes.toString('latin1', at + 4, at + 6);
    if (!VRS.has(vr)) throw new HeaderDamage(`the type of the element ${tagName(id)} at byte ${at} is unknown`);
    if (!LONG_VRS.has(vr)) return { vr, length: this.u16(at + 6), value: at + 8 };
    this.need(at, 12, end);
    return { vr, length: this.u32(at + 8), value: at + 12 };
  }

  /** Items from `at`. A sequence of undefined length under VR UN is implicit little-endian inside (PS3.5, 6.2.2). */
  sequence(at: number, end: number, vr: string, open = true): { items: Dataset[]; end: number } {
    if (vr === 'UN' && this.encoding.explicit) {
      const inside = new Parser(this.bytes, this.fileSize, { explicit: false, bigEndian: false });
      inside.depth = this.depth;
      return inside.sequence(at, end, 'SQ', open);
    }
    if (++this.depth > MAX_DEPTH) throw new HeaderDamage('its sequences are nested too deep');
    const items: Dataset[] = [];
    while (open || at < end) {
      this.need(at, 8, end);
      const id = this.id(at);
      const length = this.u32(at + 4);
      at += 8;
      if (id === SEQUENCE_END && open) break;
      if (id !== ITEM)
        throw new HeaderDamage(`the sequence at byte ${at - 8} holds ${tagName(id)} in place of an item`);
      if (length !== UNDEFINED) this.need(at, length, end);
      const item = length === UNDEFINED ? this.elements(at, end, true) : this.elements(at, at + length, false);
      items.push(item.data);
      at = item.end;
    }
    this.depth--;
    return { items, end: at };
  }

  /** Steps over fragments, of an icon for example. */
  private fragments(at: number, end: number): { items: Dataset[]; end: number } {
    for (;;) {
      this.need(at, 8, end);
      const id = this.id(at);
      const length = this.u32(at + 4);
      at += 8;
      if (id === SEQUENCE_END) return { items: [], end: at };
      if (id !== ITEM || length === UNDEFINED) throw new HeaderDamage(`fragments at byte ${at - 8} are out of order`);
      this.need(at, length, end);
      at += length;
    }
  }
}

/**
 * Elements from `start` on, up to the picture.
 * @param bytes the file from its first byte on, as far as it was read
 * @param fileSize its whole length
 * @throws OutOfBytes where more of the file must be read; HeaderDamage
 */
export const parseElements = (
  bytes: Buffer,
  fileSize: number,
  start: number,
  encoding: Encoding,
  onlyGroup?: number,
): Parsed => new Parser(bytes, fileSize, encoding).elements(start, fileSize, false, onlyGroup);

/** The items of a sequence of known length. @throws HeaderDamage */
const parseItems = (bytes: Buffer, offset: number, length: number, encoding: Encoding): Dataset[] =>
  new Parser(bytes, bytes.length, encoding).sequence(offset, offset + length, 'SQ', false).items;
