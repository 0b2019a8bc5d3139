import { fromCielab } from './cielab';
import { decodeText } from './characters';
import type { Dataset } from './dataset';
import { SEGMENTATION } from './sopClasses';
import * as tags from './tags';

/** A segment of a segmentation, as its file describes it. */
export interface Segment {
  readonly number: number;
  readonly name: string;
  readonly colour: string | undefined;
}

/** In the character set of the file: items have none of their own. */
const named = (item: Dataset, data: Dataset): string =>
  decodeText(item.raw(tags.SegmentLabel.id), data.texts(tags.CharacterSet)).replace(/\0/g, '').trim();

/** Segments of a binary segmentation; undefined of anything else. @throws HeaderDamage */
export function readSegments(data: Dataset): readonly Segment[] | undefined {
  if (data.text(tags.SopClassUid) !== SEGMENTATION || data.text(tags.SegmentationType) !== 'BINARY') return undefined;
  return data.items(tags.SegmentSequence).map((item, i) => {
    const number = item.count(tags.SegmentNumber, 1, 65535) ?? i + 1;
    const [l, a, b] = item.numbers(tags.SegmentColour);
    const colour = l !== undefined && a !== undefined && b !== undefined ? fromCielab([l, a, b]) : undefined;
    return { number, name: named(item, data) || String(number), colour };
  });
}
