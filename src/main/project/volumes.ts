import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openVolume, listVolumes, valuesOf, VolumeProblem } from '@main/formats/volumes';
import type { OpenVolume, StoredArray, VolumeEntry, VolumeListing } from '@main/formats/volumes';
import { volumeAbout, volumeInfo, type StudyVolume, type TextVerdict, type VolumeInfo } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Db } from './db/sqlite';
import type { Identity, VolumeOriginal } from './identity';
import { digestVolume, type VolumeDigest } from './import/studies/digest';
import type { Originals } from './originals';

/** What lists and opens volumes: the services ask the reading process, a process that computes does it by itself. */
export interface VolumeReading {
  list(paths: readonly string[], signal?: AbortSignal): Promise<VolumeListing>;
  open(entry: VolumeEntry): Promise<OpenVolume>;
  /** Reads a volume from end to end. @throws VolumeProblem */
  digest(entry: VolumeEntry, signal?: AbortSignal): Promise<VolumeDigest>;
}
export const READ_HERE: VolumeReading = {
  list: listVolumes,
  open: openVolume,
  digest: async (entry, signal) => {
    const volume = await openVolume(entry);
    try {
      return await digestVolume(volume, signal);
    } finally {
      await volume.close();
    }
  },
};

/** All voxels of a project's volume as acquired, in full resolution. */
export interface ReadVolume {
  /** Geometry, positions, padding, unit and notes, de-identified. */
  readonly info: VolumeInfo;
  /** size[0] × size[1] × size[2] × components, first axis fastest; value = stored × slope + intercept. */
  readonly stored: StoredArray;
  readonly scaling: OpenVolume['scaling'];
}

/** Where a volume's files were found, and what opens them. */
export interface LocatedVolume {
  readonly entry: VolumeEntry;
  readonly volume: StudyVolume;
  /** Its files are not (as far as size and time of change tell) those that were read last: only their voxels say that they are the same. */
  readonly unproven: boolean;
}

/** The volumes of a project's studies. What they are called here is all that anybody is told: files are named in no error. */
export class ProjectVolumes {
  private readonly entries = new Map<number, LocatedVolume>();

  private constructor(
    private readonly volumes: StudyVolume[],
    private readonly looks: readonly Float32Array[],
    private readonly originals: Originals,
    private readonly identity: () => Identity['volumes'],
    private readonly reading: VolumeReading,
  ) {}

  static load(
    db: Db,
    originals: Originals,
    identity: () => Identity['volumes'],
    reading: VolumeReading = READ_HERE,
  ): ProjectVolumes {
    const rows = db.all<[key: number, id: string, info: string, about: string, look: string, text: TextVerdict | null]>(
      `SELECT key, id, info, about, look,
        (SELECT verdict FROM text_reviews r WHERE r.volume = v.key ORDER BY number DESC LIMIT 1) FROM volumes v ORDER BY key`,
    );
    const parsed = <T>(schema: { parse(value: unknown): T }, text: string): T => {
      try {
        return schema.parse(JSON.parse(text));
      } catch (cause) {
        throw new UserError('project-damaged', 'what it says of a volume cannot be understood', {
          file: db.file,
          cause,
        });
      }
    };
    const volumes = rows.map(([key, id, info, about, , text]) => {
      return { key, id, info: parsed(volumeInfo, info), about: parsed(volumeAbout, about), text };
    });
    const looks = rows.map((row) => {
      const bytes = Uint8Array.from(Buffer.from(row[4], 'base64'));
      return new Float32Array(bytes.buffer);
    });
    return new ProjectVolumes(volumes, looks, originals, identity, reading);
  }

  get size(): number {
    return this.volumes.length;
  }

  all(): readonly StudyVolume[] {
    return this.volumes;
  }

  /** @throws UserError `sample-missing` */
  get(key: number): StudyVolume {
    const volume = this.volumes[key];
    if (!volume) throw new UserError('sample-missing', `there is no volume number ${key} in this project`);
    return volume;
  }

  /** Somebody has looked at text in its pixels. */
  found(key: number, text: TextVerdict): StudyVolume {
    return (this.volumes[key] = { ...this.get(key), text });
  }

  /** The three 28×28 pictures in which near-duplicates are looked for. */
  look(key: number): Float32Array {
    this.get(key);
    return this.looks[key]!;
  }

  /** Whose it is and where it lies, as its files say it; null in a copy that was given away without that. */
  original(key: number): VolumeOriginal | null {
    return this.identity()[this.get(key).id] ?? null;
  }

  /** Where its files are: each place that they may lie in, the likeliest first. */
  places(key: number): string[][] {
    const original = this.original(key);
    if (!original) return [];
    const { source, folder, files } = original;
    return this.originals.places(source, folder).map((dir) => files.map((file) => join(dir, file)));
  }

  /** The files where they are; null where some are missing. */
  async files(key: number): Promise<string[] | null> {
    for (const files of this.places(key)) if ((await stateOf(files)) !== null) return files;
    return null;
  }

  /**
   * Finds a volume's files and what opens them.
   * @throws UserError `file-missing` where the originals are gone, `file-damaged` where they hold another volume now; both name the pseudonym
   */
  async locate(key: number, signal?: AbortSignal): Promise<LocatedVolume> {
    const known = this.entries.get(key);
    if (known) return known;
    const volume = this.get(key);
    const original = this.original(key);
    const files = await this.files(key);
    if (!original || !files)
      throw new UserError('file-missing', 'its original is not where it was imported from: find the originals again', {
        file: volume.id,
      });
    const { volumes } = await this.reading.list(files, signal);
    const entry = partOf(volumes, files, original.part);
    if (!entry || !sameGrid(entry, volume.info)) throw other(volume);
    const unproven = (await stateOf(files)) !== original.state;
    const located = { entry, volume, unproven };
    this.entries.set(key, located);
    return located;
  }

  /** Opens it for reading slice by slice. @throws UserError as `locate` */
  async open(key: number, signal?: AbortSignal): Promise<OpenVolume> {
    const { entry, volume } = await this.locate(key, signal);
    return this.guarded(key, volume, () => this.reading.open(entry));
  }

  /**
   * Reads a volume whole, and proves by its hash that it is the one that was imported.
   * @throws UserError as `locate`; `cancelled`
   */
  async read(key: number, signal?: AbortSignal): Promise<ReadVolume> {
    const { entry, volume } = await this.locate(key, signal);
    const read = await this.guarded(key, volume, async () => {
      const open = await this.reading.open(entry);
      try {
        return await readWhole(open, volume.info, signal);
      } finally {
        await open.close();
      }
    });
    if (read.sha256 !== volume.info.sha256) {
      this.entries.delete(key);
      throw other(volume);
    }
    this.entries.set(key, { entry, volume, unproven: false });
    return { info: volume.info, stored: read.stored, scaling: read.scaling };
  }

  /** What an import took from its voxels, read anew. @throws UserError as `locate` */
  async digest(key: number, signal?: AbortSignal): Promise<VolumeDigest> {
    const { entry, volume } = await this.locate(key, signal);
    return this.guarded(key, volume, () => this.reading.digest(entry, signal));
  }

  /** Whether the volume lies, whole and unchanged, in such files. */
  async isIn(key: number, files: readonly string[], signal?: AbortSignal): Promise<boolean> {
    const original = this.original(key);
    const { volumes } = await this.reading.list(files, signal);
    const entry = original && partOf(volumes, files, original.part);
    if (!entry) return false;
    try {
      return (await this.reading.digest(entry, signal)).info.sha256 === this.get(key).info.sha256;
    } catch (error) {
      if (error instanceof VolumeProblem) return false;
      throw error;
    }
  }

  /** Originals may lie elsewhere now. */
  forget(): void {
    this.entries.clear();
  }

  /** What goes wrong in a file is said of the pseudonym, with the kind of the trouble alone: details may quote the header. */
  private async guarded<T>(key: number, { id }: StudyVolume, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof VolumeProblem)) throw error;
      this.entries.delete(key);
      throw unreadable(id, error);
    }
  }
}

/** Of a volume's original, named by its pseudonym. */
export const unreadable = (id: string, { code }: VolumeProblem): UserError =>
  new UserError('file-damaged', `its original cannot be read any more (${code})`, { file: id });

const other = ({ id }: StudyVolume): UserError =>
  new UserError('file-damaged', 'its original is no longer the volume that was imported', { file: id });

/** The volume that is meant among those of a listing: the one of just these files, by its place among them. */
export function partOf(
  volumes: readonly VolumeEntry[],
  files: readonly string[],
  part: number,
): VolumeEntry | undefined {
  const wanted = JSON.stringify([...files].sort());
  return volumes.filter(({ header }) => JSON.stringify([...header.files].sort()) === wanted)[part];
}

const sameGrid = ({ header }: VolumeEntry, info: VolumeInfo): boolean =>
  header.components === info.components &&
  header.size.every((n, i) => n === info.size[i]) &&
  [...header.direction, ...header.origin, ...header.spacing].every(
    (value, i) =>
      Math.abs(value - [...info.direction, ...info.origin, ...info.spacing][i]!) <= 1e-6 * Math.max(1, Math.abs(value)),
  );

/** Sizes and times of change of files, as one short text; null where one of them is not there. */
export async function stateOf(files: readonly string[]): Promise<string | null> {
  const hash = createHash('sha256');
  for (const found of await Promise.all(files.map((file) => stat(file).catch(() => null)))) {
    if (!found?.isFile()) return null;
    hash.update(`${found.size} ${found.mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 32);
}

async function readWhole(
  open: OpenVolume,
  { size, components }: VolumeInfo,
  signal?: AbortSignal,
): Promise<{ stored: StoredArray; scaling: OpenVolume['scaling']; sha256: string }> {
  const slice = size[0] * size[1] * components;
  const hash = createHash('sha256');
  let stored: StoredArray | undefined;
  const order = Array.from({ length: size[2] }, (_, i) => i);
  for await (const { index, values } of open.slices(order, signal)) {
    stored ??= new (values.constructor as new (length: number) => StoredArray)(slice * size[2]);
    stored.set(values, index * slice);
    const final = valuesOf(values, open.scaling);
    hash.update(new Uint8Array(final.buffer, final.byteOffset, final.byteLength));
  }
  if (!stored) throw new Error('a volume without slices');
  return { stored, scaling: open.scaling, sha256: hash.digest('hex') };
}
