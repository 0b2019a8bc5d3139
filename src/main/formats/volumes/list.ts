import type { VolumeHeader, VolumeRefusal } from '@shared/domain';
import { FORMATS } from './formats';
import { problemOf } from './listing';
import { headerBeside } from './nifti/pair';
import { formatOf } from './sniff';
import type { Format } from './sniff';
import type { VolumeEntry, VolumeListing } from './types';
import { walk } from './walk';

/**
 * The volumes in files and folders, by their headers. Formats are told by content; a file of no format that is read is refused, unless
 * another one's header names it for its voxels.
 * @param paths files and folders
 */
export async function listVolumes(paths: readonly string[], signal?: AbortSignal): Promise<VolumeListing> {
  const { files: found, refused: unreachable } = await walk(paths, signal);
  const files = await withHeaders(found);
  const byFormat = new Map<Format, string[]>();
  const unknown: VolumeRefusal[] = [];
  for (const file of files) {
    signal?.throwIfAborted();
    try {
      const format = await formatOf(file);
      byFormat.set(format, [...(byFormat.get(format) ?? []), file]);
    } catch (error) {
      unknown.push(problemOf(file, error).toRefusal());
    }
  }
  const volumes: VolumeEntry[] = [];
  const refused = [...unreachable];
  for (const [format, own] of byFormat) {
    const listing = await FORMATS[format].list(own, signal);
    volumes.push(...listing.volumes);
    refused.push(...listing.refused);
  }
  const claimed = new Set(volumes.flatMap(({ header }) => header.files));
  refused.push(...unknown.filter(({ file }) => !claimed.has(file)));
  const place = new Map(files.map((file, i) => [file, i]));
  const at = (file: string): number => place.get(file) ?? -1;
  // By the first file of a series; volumes of one series stay in the order that its format gave them.
  const begins = new Map<string, number>();
  for (const { header } of volumes) {
    const first = Math.min(...header.files.map(at));
    begins.set(seriesOf(header), Math.min(first, begins.get(seriesOf(header)) ?? Infinity));
  }
  return {
    volumes: volumes.sort((a, b) => begins.get(seriesOf(a.header))! - begins.get(seriesOf(b.header))!),
    refused: refused.sort((a, b) => at(a.file) - at(b.file)),
  };
}

/** Who names the voxels of a pair means its header, which is read in their place. */
async function withHeaders(files: readonly string[]): Promise<string[]> {
  const all = new Set(files);
  for (const file of files) {
    const header = await headerBeside(file);
    if (header !== null) all.add(header);
  }
  return [...all];
}

const seriesOf = ({ study, series, files }: VolumeHeader): string =>
  series?.uid ? `${study?.uid} ${series.uid}` : files[0]!;
