import type { DecodedImage } from '@main/formats';
import { bytesOf } from './appender';
import { contentHash, contentPrefix } from './content';

/** Identity of a decoded picture's content. */
export function imageHash(image: DecodedImage): Buffer {
  const { width, height, channels, type, data } = image;
  return contentHash(contentPrefix({ width, height, channels, depth: 1 }, type), bytesOf(data));
}
