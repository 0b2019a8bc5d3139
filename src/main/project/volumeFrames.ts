import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { InputRecipe, VolumeBox, VolumeRecipe } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Frame } from '@shared/pixels';
import { inputVolume, rangesOf, type InputVolume, type Ranges, type Voxels } from '@shared/volumeInput';
import type { ProjectVolumes } from './volumes';

/** Grows when the same volume and recipe would come out differently. */
const VERSION = 1;
/** Milliseconds for which a volume stays in memory after it was last asked for: boxes of one volume come one after the other. */
const KEEP = 20_000;

/** A sample as far as its frame goes. */
export interface VolumeSample {
  /** Of the table `volumes`. */
  readonly volume: number;
  /** null: the whole volume. */
  readonly box: VolumeBox | null;
  /** Of volume and box together. */
  readonly contentHash: string;
}

interface Held {
  readonly key: number;
  readonly voxels: Voxels;
  readonly ranges: Ranges;
}

/**
 * What the network sees of volumes of studies and of boxes in them: resampled by the input recipe, kept in `cache/inputs`. Volumes are read
 * one after the other, and one stays in memory for a while.
 */
export class VolumeFrames {
  private turn: Promise<unknown> = Promise.resolve();
  private held: Held | null = null;
  private letGo: NodeJS.Timeout | undefined;

  /** @param cacheDir the project's `cache/` */
  constructor(
    private readonly volumes: ProjectVolumes,
    private readonly cacheDir: string,
    private readonly input: Pick<InputRecipe, 'volume' | 'fullScale'>,
  ) {}

  /** [depth, height, width, channels] in [0, full scale]. @throws UserError as reading the volume; `value-invalid` where the recipe does not fit it */
  async frame(sample: VolumeSample): Promise<Omit<Frame, 'key'>> {
    const { volume: recipe, fullScale } = this.input;
    const { id } = this.volumes.get(sample.volume);
    if (!recipe)
      throw new UserError(
        'value-invalid',
        'the input recipe of this project does not say how volumes of studies are read',
        {
          file: id,
        },
      );
    const file = this.fileOf(sample, recipe);
    const channels = this.channelsOf(sample.volume, recipe);
    const data = (await kept(file, recipe, channels)) ?? (await this.inTurn(() => this.make(sample, recipe, file)));
    const [width, height, depth] = recipe.grid;
    if (fullScale !== 1) for (let i = 0; i < data.length; i++) data[i]! *= fullScale;
    return { width, height, depth, channels, type: 'float32', low: 0, high: fullScale, data };
  }

  /** What is in memory goes. */
  forget(): void {
    clearTimeout(this.letGo);
    this.held = null;
  }

  channelsOf(volume: number, { intensity }: VolumeRecipe): 1 | 3 {
    const { components } = this.volumes.get(volume).info;
    return components === 3 || (intensity.kind === 'windows' && intensity.windows.length === 3) ? 3 : 1;
  }

  private fileOf({ contentHash }: VolumeSample, recipe: VolumeRecipe): string {
    const identity = createHash('sha256')
      .update(JSON.stringify([VERSION, contentHash, recipe]))
      .digest('hex');
    return join(this.cacheDir, 'inputs', `${identity}.f32`);
  }

  private async make(sample: VolumeSample, recipe: VolumeRecipe, file: string): Promise<Float32Array<ArrayBuffer>> {
    const { voxels, ranges } = await this.read(sample.volume, recipe);
    const { data } = await unhurried(inputVolume(voxels, sample.box, recipe, ranges));
    await keep(file, data);
    return data;
  }

  private async read(key: number, recipe: VolumeRecipe): Promise<Held> {
    clearTimeout(this.letGo);
    this.letGo = setTimeout(() => (this.held = null), KEEP).unref();
    if (this.held?.key === key) return this.held;
    this.held = null;
    const { info, stored, scaling } = await this.volumes.read(key);
    const voxels = { header: info, stored, scaling };
    try {
      return (this.held = { key, voxels, ranges: rangesOf(voxels, recipe.intensity) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(error.code, error.reason, { file: this.volumes.get(key).id, cause: error });
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => undefined);
    return turn;
  }
}

/** Lets others have their turn between two parts of a long computation. */
async function unhurried(work: Generator<void, InputVolume>): Promise<InputVolume> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await new Promise((next) => setImmediate(next));
  }
}

/** null where it is not there, or was made for something else. */
async function kept(
  file: string,
  { grid: [x, y, z] }: VolumeRecipe,
  channels: number,
): Promise<Float32Array<ArrayBuffer> | null> {
  const bytes = await readFile(file).catch(() => null);
  if (bytes?.length !== x * y * z * channels * 4) return null;
  const data = new Float32Array(bytes.length / 4);
  new Uint8Array(data.buffer).set(bytes);
  return data;
}

/** The file appears whole or not at all; a cache that cannot be written costs time, nothing else. */
async function keep(file: string, data: Float32Array): Promise<void> {
  const part = `${file}.${randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(part, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    console.error('what the network sees of a volume could not be kept', error);
  }
}
