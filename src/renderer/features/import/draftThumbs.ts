import { pixelPath } from '@shared/pixels';
import { fetchFrames, ThumbLoader } from '@renderer/pixels/frames';

let of: { importId: string; loader: ThumbLoader } | null = null;

/** Thumbnails of the draft by its indices; those of an earlier draft are forgotten. */
export function draftThumbs(importId: string): ThumbLoader {
  if (of?.importId !== importId)
    of = { importId, loader: new ThumbLoader((indices) => fetchFrames(pixelPath.draft(importId, indices))) };
  return of.loader;
}
