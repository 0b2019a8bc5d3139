import { createHash } from 'node:crypto';
import type { VolumeInfo } from '@shared/domain';

/** Identity of a volume's content: its values with shape, type and geometry. Hex. */
export const volumeContent = ({
  size,
  components,
  type,
  spacing,
  origin,
  direction,
  positions,
  sha256,
}: VolumeInfo): string =>
  createHash('sha256')
    .update(JSON.stringify([size, components, type, spacing, origin, direction, positions ?? null, sha256]))
    .digest('hex');
