import type { Dataset } from './dataset';
import * as tags from './tags';

const GROUPS = Array.from({ length: 16 }, (_, i) => 0x6000 + 2 * i);
/** An element of the first group as it is numbered in another one. */
export const within = (group: number, tag: tags.Tag): tags.Tag => ({ ...tag, id: tag.id + (group - 0x6000) * 0x10000 });

/** Groups of a data set that hold an overlay, whole or in unused bits. */
export const overlayGroups = (data: Dataset): number[] =>
  GROUPS.filter((group) => data.has(within(group, tags.OverlayData)) || data.has(within(group, tags.OverlayBits)));
