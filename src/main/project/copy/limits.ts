import type { ProjectLimit } from '@shared/domain';

/** What lies with a project. */
export interface Holdings {
  readonly originals: boolean;
  /** Decoded pixels and thumbnails. */
  readonly pictures: boolean;
  readonly features: boolean;
  readonly identity: boolean;
  /** Samples that are pictures in files of their own: full size is read from the originals. */
  readonly picturesInFiles: boolean;
}

/** What cannot be done with a project that holds no more than this. */
export function limitsOf(has: Holdings): ProjectLimit[] {
  const limits: ProjectLimit[] = [];
  const needsOriginals = !has.originals;
  if (needsOriginals && !has.pictures) limits.push('no-pictures');
  else if (needsOriginals && has.picturesInFiles) limits.push('no-full-size', 'no-new-features');
  else if (needsOriginals) limits.push('no-rebuild');
  if (!needsOriginals && !has.pictures) limits.push('pictures-anew');
  if (!has.features)
    limits.push(needsOriginals && (!has.pictures || has.picturesInFiles) ? 'no-new-features' : 'features-anew');
  if (!has.identity) limits.push('no-patients', 'no-sources');
  return [...new Set(limits)];
}
