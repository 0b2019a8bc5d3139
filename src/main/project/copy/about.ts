import type { GivenCopy, ProjectLimit } from '@shared/domain';

/** What cannot be done, as whoever opens the folder reads it. */
const WORDS: Record<ProjectLimit, string> = {
  'no-pictures': 'No picture can be shown until the originals are found again (Settings, Locate…).',
  'no-full-size': 'Pictures are shown as thumbnails only until the originals are found again (Settings, Locate…).',
  'no-rebuild': 'The decoded pixels in "cache" cannot be made anew: do not delete them.',
  'no-new-features':
    'Features that are not in "cache" cannot be computed: training and the probe work on those that are there.',
  'features-anew': 'Features are computed anew when the project is first opened, which takes some minutes.',
  'pictures-anew': 'Pixels and thumbnails are made anew from the originals when the project is first opened.',
  'no-patients':
    'Patients are not named, and samples added later cannot be recognised as those of a known patient. Groups and splits are as they were.',
  'no-sources': 'The folders that the originals came from are not named.',
};

/** Text of `about-this-copy.txt`. */
export function aboutCopy(
  name: string,
  given: GivenCopy,
  limits: readonly ProjectLimit[],
  missing: readonly string[],
): string {
  const part = (there: boolean, what: string): string => `  ${there ? 'with   ' : 'without'} ${what}`;
  return [
    `Copy of the Residua project "${name}", made ${given.at}.`,
    '',
    'All labels with their history, splits and runs are in it;',
    part(given.originals, 'the originals'),
    part(given.cache, 'the cache (pixels, thumbnails, features)'),
    part(given.identity, 'the identity file (patients, folders of the originals)'),
    '',
    ...(limits.length > 0 ? ['What cannot be done with it:', ...limits.map((limit) => `  - ${WORDS[limit]}`)] : []),
    ...(missing.length > 0 ? ['', `${missing.length} originals were not there when it was made.`] : []),
    '',
    'Ids of samples are names of files; they, notes and names of readers are in the copy.',
    'Open this folder in Residua, or: residua serve --project <this folder>',
    'For research, not for diagnosis.',
    '',
  ].join('\n');
}

export const limitWords = (limit: ProjectLimit): string => WORDS[limit];
