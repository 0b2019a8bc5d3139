import { UserError } from '@shared/errors';
import type { ArrayMember } from '@main/formats';
import type { PixelShape } from './content';

export const MOST_SAMPLES = 5_000_000;
const MOST_SIDE = 32_768;

/**
 * What an array of images holds: (n, height, width), (n, height, width, 1 or 3), (n, depth, height, width), the last two also with a channel
 * axis of 1 in front or behind.
 * @throws UserError `file-unsupported` for shapes that mean nothing or two things, `file-too-large`
 */
export function imageShape(member: ArrayMember, file: string): { count: number; shape: PixelShape } {
  const { name, shape } = member;
  const refuse = (reason: string): never => {
    throw new UserError('file-unsupported', `"${name}" has the shape (${shape.join(', ')}): ${reason}`, { file });
  };
  const [count = 0, ...rest] = shape;
  const meant = meaning(rest, refuse);
  if (count > MOST_SAMPLES)
    throw new UserError('file-too-large', `"${name}" claims ${count} images, more than ${MOST_SAMPLES}`, { file });
  if ([meant.width, meant.height, meant.depth].some((side) => side < 1 || side > MOST_SIDE))
    refuse('its images have an impossible size');
  return { count, shape: meant };
}

function meaning(rest: readonly number[], refuse: (reason: string) => never): PixelShape {
  const [a, b, c, d] = rest as [number, number, number, number];
  const flat = (height: number, width: number, channels: 1 | 3): PixelShape => ({ width, height, depth: 1, channels });
  const volume = (depth: number, height: number, width: number): PixelShape => ({ width, height, depth, channels: 1 });
  switch (rest.length) {
    case 2:
      return flat(a, b, 1);
    case 3:
      if (c === 1 || c === 3) return flat(a, b, c);
      if (a === 1) return flat(b, c, 1);
      // A wrong picture is worse than none: three slices, or red, green and blue?
      if (a === 3) return refuse('three slices or three colours? Store colours last: (n, height, width, 3)');
      if (c === 2 || c === 4) return refuse('1 (grey) and 3 (RGB) channels are read');
      return volume(a, b, c);
    case 4:
      if (d === 1) return volume(a, b, c);
      if (a === 1) return volume(b, c, d);
      return refuse('volumes in colour are not read');
    default:
      return refuse('images are expected as (n, height, width), (n, height, width, 3) or (n, depth, height, width)');
  }
}
