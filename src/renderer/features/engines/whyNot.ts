import type { PlaceStatus } from '@shared/domain';

/** Why a device is not used, in the person's language. */
export const whyNot = (
  t: (key: string, values: Record<string, string>) => string,
  { why, reason }: PlaceStatus,
): string => (why === null ? '' : t(`engines.whyNot.${why}`, { reason: reason ?? '' }));
