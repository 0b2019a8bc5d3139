import { realpath } from 'node:fs/promises';
import { dirname, basename, join, resolve } from 'node:path';
import { volumesEntry } from '@main/api/entries';
import { forkSpawner } from '@main/compute/spawner';
import { VolumeReader } from '@main/compute/volumes/reader';
import { checkWritable, VolumeProblem } from '@main/formats/volumes';
import type { VolumeEntry } from '@main/formats/volumes';
import type { VolumeInfo, VolumeRefusal } from '@shared/domain';
import { UserError } from '@shared/errors';
import { straightened } from '@shared/space';
import { volumeWord } from '@shared/volumeWords';
import type { Context } from '../context';
import type { Answer } from '../output';

/** Reads every volume in files and folders from end to end and says what is in it; `failed` where none was read. */
export async function volumeInfo(paths: readonly string[], { output, signal }: Context): Promise<Answer> {
  return withReader(async (reader) => {
    const listing = await reader.list(paths, signal);
    const refused = [...listing.refused];
    const volumes: VolumeInfo[] = [];
    for (const [i, entry] of listing.volumes.entries()) {
      output.progress(`${i + 1} of ${listing.volumes.length}: ${entry.header.name}`);
      try {
        volumes.push(await reader.inspect(entry, signal));
      } catch (error) {
        if (!(error instanceof VolumeProblem)) throw error;
        refused.push(error.toRefusal());
      }
    }
    return {
      failed: volumes.length === 0,
      json: { volumes: volumes.map(said), refused: refused.map(({ file, reason }) => ({ file, reason })) },
      text: [...volumes.map(described), ...refused.map(refusal)].join('\n'),
    };
  });
}

/** Writes the one volume in a file or folder, or the one that is picked of several. */
export async function volumeConvert(
  path: string,
  out: string,
  options: { volume?: number },
  { signal }: Context,
): Promise<Answer> {
  const to = resolve(out);
  checkWritable(to);
  return withReader(async (reader) => {
    const listing = await reader.list([path], signal);
    const entry = pick(path, listing.volumes, listing.refused, options.volume);
    const target = await realpath(dirname(to)).then(
      (folder) => join(folder, basename(to)),
      () => to,
    );
    for (const file of entry.header.files)
      if ((await realpath(file)) === target)
        throw new UserError('value-invalid', 'originals are never written over: choose another name', { file: to });
    const info = await reader.convert(entry, to, signal).catch((error: unknown) => {
      throw error instanceof VolumeProblem ? asUserError(error.toRefusal()) : error;
    });
    return { json: { file: to, volume: said(info) }, text: `${described(info)}\nwritten to ${to}` };
  });
}

function pick(
  path: string,
  volumes: readonly VolumeEntry[],
  refused: readonly VolumeRefusal[],
  wanted: number | undefined,
): VolumeEntry {
  const [first] = volumes;
  if (!first) throw asUserError(refused[0] ?? new VolumeProblem(path, 'no-files').toRefusal());
  if (wanted === undefined && volumes.length > 1)
    throw new UserError(
      'value-invalid',
      `it holds ${volumes.length} volumes; say which with --volume: ${names(volumes)}`,
      { file: path },
    );
  const entry = volumes[(wanted ?? 1) - 1];
  if (!entry)
    throw new UserError('value-invalid', `it holds ${volumes.length} volumes, no number ${wanted}`, { file: path });
  return entry;
}

const names = (volumes: readonly VolumeEntry[]): string => {
  const shown = volumes.slice(0, 20).map(({ header }, i) => `${i + 1} ${header.name}`);
  return [...shown, ...(volumes.length > 20 ? ['…'] : [])].join(', ');
};

/** Reads volumes in a process of its own, which ends with the work. */
export async function withReader<T>(work: (reader: VolumeReader) => Promise<T>): Promise<T> {
  const reader = new VolumeReader(forkSpawner(volumesEntry()));
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

const asUserError = ({ file, code, reason }: VolumeRefusal): UserError =>
  new UserError(
    code === 'missing' ? 'file-missing' : code === 'truncated' ? 'file-damaged' : 'file-unsupported',
    reason,
    {
      file,
    },
  );

const noteTexts = ({ notes }: VolumeInfo): string[] =>
  notes.map(({ code, values }) => volumeWord('notes', code, values));

/** Stacks under a tilted gantry as DICOM describes slices: distances along row × column; `step` says where the next slice lies. */
const printed = (info: VolumeInfo): VolumeInfo =>
  info.notes.some(({ code }) => code === 'gantry-tilt') ? { ...info, ...straightened(info) } : info;

/** As the command prints it: the keys that everybody asks for first, notes in words. */
function said(read: VolumeInfo): object {
  const info = printed(read);
  const { files, modality, size, spacing, origin, direction, type, unit, min, max, mean, sha256, ...rest } = info;
  const codes = info.notes.map(({ code }) => code);
  return {
    ...{ files, modality, size, spacing, origin, direction, type, unit, min, max, mean, sha256 },
    ...rest,
    notes: noteTexts(info),
    codes,
  };
}

const numbers = (values: readonly number[]): string => values.map((value) => Number(value.toFixed(4))).join(' ');

function described(read: VolumeInfo): string {
  const info = printed(read);
  const unit = info.unit === null ? '' : ` ${info.unit}`;
  const millimetres = info.spacingKind === 'none' ? 'no millimetres' : `${numbers(info.spacing)} mm`;
  const files = info.files.length === 1 ? info.files[0]! : `${info.files.length} files, ${info.files[0]!} …`;
  return [
    `${info.name}: ${files}`,
    `  ${[info.modality, info.size.join(' × '), millimetres, info.type].filter(Boolean).join(', ')}`,
    `  origin ${numbers(info.origin)}, direction ${numbers(info.direction)} (LPS)`,
    `  ${numbers([info.min])} … ${numbers([info.max])}${unit}, mean ${numbers([info.mean])}, sha256 ${info.sha256}`,
    ...noteTexts(info).map((note) => `  note: ${note}`),
  ].join('\n');
}

const refusal = ({ file, reason }: VolumeRefusal): string => `${file}: ${reason}`;
