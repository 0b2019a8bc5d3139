import type { StudyVolume, TextVerdict } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Db } from './db/sqlite';
import type { PixelStore } from './pixels';
import type { ProjectVolumes } from './volumes';

interface TextReviewsParts {
  readonly db: Db;
  readonly samples: { readonly size: number };
  readonly volumes: ProjectVolumes;
  readonly pixels: PixelStore;
  readonly reader: () => string | null;
  readonly requireWritable: () => void;
}

/** Volumes whose pixels may hold names, and what readers found when they looked. */
export class TextReviews {
  constructor(private readonly parts: TextReviewsParts) {}

  /** Samples of such volumes at which nobody has looked, by key. */
  queue(): number[] {
    const { samples, volumes, pixels } = this.parts;
    const open = new Set(
      volumes.all().flatMap(({ key, about, text }) => (about.burnedIn && text === null ? [key] : [])),
    );
    return Array.from({ length: samples.size }, (_, key) => key).filter((key) => {
      const volume = pixels.volumeOf(key);
      return volume !== null && open.has(volume);
    });
  }

  /** What the reader found in the pixels of a sample's volume. @throws UserError `reader-missing`, `sample-missing` */
  review(sample: number, verdict: TextVerdict): StudyVolume {
    const { db, volumes, pixels, requireWritable } = this.parts;
    requireWritable();
    const volume = pixels.volumeOf(sample);
    if (volume === null) throw new UserError('sample-missing', 'this sample is no volume of a study');
    const reader = this.parts.reader();
    if (reader === null) throw new UserError('reader-missing', 'say who reads before the first look is kept');
    db.transaction(() =>
      db.run(
        'INSERT INTO text_reviews (volume, verdict, reader, time) VALUES (?, ?, ?, ?)',
        volume,
        verdict,
        reader,
        new Date().toISOString(),
      ),
    );
    return volumes.found(volume, verdict);
  }
}
