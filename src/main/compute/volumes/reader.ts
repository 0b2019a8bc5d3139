import type { MaskExported, VolumeInfo, VolumeRefusal } from '@shared/domain';
import { UserError } from '@shared/errors';
import { VolumeProblem } from '@main/formats/volumes';
import type { VolumeEntry, VolumeListing } from '@main/formats/volumes';
import type { VolumeDigest } from '@main/project/import/studies/digest';
import type { z } from 'zod';
import { Child } from '../child';
import type { Spawner } from '../spawner';
import { ANSWERS, outcome } from './protocol';
import type { Answers, Reading, SentMask } from './protocol';

/** How long the child stays once no volume is open: whoever closes one often opens the next. */
const IDLE_MS = 5000;

/**
 * Reads volumes in a child process: a codec that crashes, or a file that eats all memory, ends that child and the reading of that file,
 * and nothing else. The next question starts a fresh one. Where no volume is open for a while the child ends, and its memory is free.
 */
export class VolumeReader {
  readonly #child: Child<Reading>;
  /** Handles of volumes that the child holds open. */
  readonly #open = new Set<number>();
  #asked = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** @param patience seconds that a codec may take for one picture: it stops the whole process meanwhile */
  constructor(spawner: Spawner, patience = 30) {
    const advice = 'close other volumes or programs';
    this.#child = new Child<Reading>(spawner, { name: 'reading process', advice, patience });
  }

  /** Headers of all volumes in files and folders. A crash refuses what was asked for as a whole. */
  async list(paths: readonly string[], signal?: AbortSignal): Promise<VolumeListing> {
    try {
      return (await this.#ask('list', { paths: [...paths] }, paths[0] ?? '', signal)) as VolumeListing;
    } catch (error) {
      if (!(error instanceof VolumeProblem) || error.code !== 'codec-crashed') throw error;
      return { volumes: [], refused: paths.map((file): VolumeRefusal => ({ ...error.toRefusal(), file })) };
    }
  }

  /** Reads a volume from end to end. @throws VolumeProblem */
  inspect(entry: VolumeEntry, signal?: AbortSignal): Promise<VolumeInfo> {
    return this.#ask('inspect', { entry }, fileOf(entry), signal);
  }

  /** Writes a volume as `.nii`, `.nii.gz` or `.nrrd`; the file appears whole or not at all. @throws VolumeProblem, UserError */
  convert(entry: VolumeEntry, to: string, signal?: AbortSignal): Promise<VolumeInfo> {
    return this.#ask('convert', { entry, to }, fileOf(entry), signal);
  }

  /** What lies over a volume's pictures in its files: label maps that can be opened like any other. @throws VolumeProblem */
  async overlays(entry: VolumeEntry): Promise<VolumeEntry[]> {
    return (await this.#ask('overlays', { entry }, fileOf(entry))) as VolumeEntry[];
  }

  /** What an import takes from a volume's voxels. @throws VolumeProblem */
  digest(entry: VolumeEntry, signal?: AbortSignal): Promise<VolumeDigest> {
    return this.#ask('digest', { entry }, fileOf(entry), signal);
  }

  /**
   * Writes a mask as `.nii`, `.nii.gz` or `.dcm`. @param of the images that a segmentation names
   * @throws VolumeProblem, UserError
   */
  writeMask(mask: SentMask, of: VolumeEntry | null, to: string): Promise<MaskExported> {
    return this.#ask('writeMask', { mask, of, to }, of ? fileOf(of) : to);
  }

  /** @throws VolumeProblem */
  async open(entry: VolumeEntry): Promise<Answers['open']> {
    const opened = await this.#ask('open', { entry }, fileOf(entry));
    this.#open.add(opened.handle);
    return opened;
  }

  /** Slices of an open volume. @throws VolumeProblem; UserError where it was closed */
  read(handle: number, slices: readonly number[], file: string, signal?: AbortSignal): Promise<Answers['read']> {
    return this.#ask('read', { handle, slices: [...slices] }, file, signal);
  }

  async closeVolume(handle: number): Promise<void> {
    this.#open.delete(handle);
    await this.#ask('close', { handle }, '');
  }

  /** Ends the child. */
  close(): Promise<void> {
    clearTimeout(this.#idle);
    return this.#child.close();
  }

  async #ask<M extends keyof Answers>(
    method: M,
    params: z.infer<Reading[M]>,
    file: string,
    signal?: AbortSignal,
  ): Promise<Answers[M]> {
    let answer: unknown;
    clearTimeout(this.#idle);
    this.#asked += 1;
    try {
      answer = await this.#child.ask(method, params, { signal });
    } catch (error) {
      if (!(error instanceof UserError) || (error.code !== 'run-failed' && error.code !== 'out-of-memory')) throw error;
      this.#open.clear(); // they went with the child
      throw new VolumeProblem(file, 'codec-crashed', { detail: error.reason }, { cause: error });
    } finally {
      this.#asked -= 1;
      this.#idle = setTimeout(() => this.#rest(), IDLE_MS).unref();
    }
    const said = outcome(ANSWERS[method]).parse(answer);
    if ('value' in said) return said.value as Answers[M];
    const { refusal } = said;
    throw new VolumeProblem(refusal.file, refusal.code, refusal.values);
  }

  #rest(): void {
    if (this.#asked === 0 && this.#open.size === 0) this.#child.rest();
  }
}

const fileOf = (entry: VolumeEntry): string => entry.header.files[0]!;
