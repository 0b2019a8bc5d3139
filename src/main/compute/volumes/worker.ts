import { randomInt } from 'node:crypto';
import type { z } from 'zod';
import {
  describe,
  listVolumes,
  openVolume,
  overlaysOf,
  problemOf,
  writeMask,
  writeVolume,
} from '@main/formats/volumes';
import type { OpenVolume, VolumeEntry } from '@main/formats/volumes';
import { digestVolume } from '@main/project/import/studies/digest';
import type { VolumeRefusal, VoxelType } from '@shared/domain';
import { UserError } from '@shared/errors';
import { decodeRuns, fromBase64 } from '@shared/mask';
import type { Answers, Reading } from './protocol';

type Params<M extends keyof Reading> = z.infer<Reading[M]>;
type Outcome<M extends keyof Answers> = { value: Answers[M] } | { refusal: VolumeRefusal };

/** What a reading child does: lists and reads volumes, one call beside the other. */
export class ReadingWorker {
  readonly #open = new Map<number, OpenVolume>();
  /** A number that no process before this one gave: a handle of one that died must not name another volume here. */
  #next = randomInt(2 ** 47);

  call(method: keyof Reading, params: unknown, signal: AbortSignal): Promise<Outcome<keyof Answers>> {
    switch (method) {
      case 'list': {
        const { paths } = params as Params<'list'>;
        return attempt(paths[0] ?? '', signal, () => listVolumes(paths, signal) as Promise<Answers['list']>);
      }
      case 'inspect': {
        const { entry } = params as Params<'inspect'>;
        return attemptOn(entry, signal, (volume) => describe(volume, { signal }));
      }
      case 'convert': {
        const { entry, to } = params as Params<'convert'>;
        // What goes wrong in writing is said of the new file, not of the one that is read.
        return attemptOn(entry, signal, (volume) => writeVolume(volume, to, signal), isUserError);
      }
      case 'digest': {
        const { entry } = params as Params<'digest'>;
        return attemptOn(entry, signal, (volume) => digestVolume(volume, signal));
      }
      case 'overlays': {
        const { entry } = params as Params<'overlays'>;
        return attempt(
          entry.header.files[0]!,
          signal,
          () => overlaysOf(entry as VolumeEntry) as Promise<Answers['overlays']>,
        );
      }
      case 'writeMask': {
        const { mask, of, to } = params as Params<'writeMask'>;
        const write = (): Promise<Answers['writeMask']> => {
          const data = decodeRuns(
            fromBase64(mask.runs),
            mask.geometry.size.reduce((a, b) => a * b),
          );
          return writeMask({ ...mask, data }, of as VolumeEntry | null, to);
        };
        return attempt(of?.header.files[0] ?? to, signal, write, isUserError);
      }
      case 'open': {
        const { entry } = params as Params<'open'>;
        return attempt(entry.header.files[0]!, signal, async () => {
          const volume = await openVolume(entry as VolumeEntry);
          const stored = await storedType(volume, signal).catch(async (error: unknown) => {
            await volume.close();
            throw error;
          });
          const handle = this.#next++;
          this.#open.set(handle, volume);
          return { handle, scaling: volume.scaling, stored };
        });
      }
      case 'read': {
        const { handle, slices } = params as Params<'read'>;
        return this.#read(handle, slices, signal);
      }
      case 'close':
        return this.#close((params as Params<'close'>).handle);
    }
  }

  async #read(handle: number, wanted: readonly number[], signal: AbortSignal): Promise<Outcome<'read'>> {
    const volume = this.#open.get(handle);
    if (!volume) throw new UserError('cancelled', 'the volume was closed');
    return attempt(volume.header.files[0]!, signal, async () => {
      const slices: Answers['read']['slices'] = [];
      for await (const slice of volume.slices(wanted, signal)) slices.push(slice);
      return { slices, late: [...(volume.late ?? [])] };
    });
  }

  async #close(handle: number): Promise<Outcome<'close'>> {
    const volume = this.#open.get(handle);
    this.#open.delete(handle);
    await volume?.close();
    return { value: {} };
  }
}

/** The type in which slices arrive, of all alike: that of the file, or another one where values are final already. */
async function storedType(volume: OpenVolume, signal: AbortSignal): Promise<VoxelType> {
  for await (const { values } of volume.slices([Math.floor(volume.header.size[2] / 2)], signal))
    return values.constructor.name.replace('Array', '').toLowerCase() as VoxelType;
  throw new Error('a volume without slices');
}

const attemptOn = <M extends 'inspect' | 'convert' | 'digest'>(
  entry: Params<M>['entry'],
  signal: AbortSignal,
  action: (volume: OpenVolume) => Promise<Answers[M]>,
  passes?: (error: unknown) => boolean,
): Promise<Outcome<M>> =>
  attempt(
    entry.header.files[0]!,
    signal,
    async () => {
      const volume = await openVolume(entry as VolumeEntry);
      try {
        return await action(volume);
      } finally {
        await volume.close();
      }
    },
    passes,
  );

const isUserError = (error: unknown): boolean => error instanceof UserError;

/** What goes wrong with a file is an answer, unless it `passes`. */
async function attempt<T>(
  file: string,
  signal: AbortSignal,
  action: () => Promise<T>,
  passes: (error: unknown) => boolean = () => false,
): Promise<{ value: T } | { refusal: VolumeRefusal }> {
  try {
    return { value: await action() };
  } catch (error) {
    if (signal.aborted) throw new UserError('cancelled', 'reading was called off', { cause: error });
    if (passes(error)) throw error;
    return { refusal: problemOf(file, error).toRefusal() };
  }
}
