import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { InputRecipe } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Frame } from '@shared/pixels';
import { loadEncoder } from '@main/engine';
import type { Engine, HostTensors, LoadedEncoder } from '@main/engine';
import { encoderPass } from './encoderProgram';
import type { EncoderPass } from './encoderProgram';
import { FeatureStore } from './featureStore';
import { hashOfWeights } from './fileHash';
import { inputPlanes, normalise } from './input';
import { meanOf, SliceEncoder, spreadOver } from './slices';
import type { SliceFeatures } from './slices';
import { PLACES, tapsName } from './taps';
import type { Taps } from './taps';
import { WorkClock } from './workClock';

/** Grows when features of the same weights and pixels would come out differently. */
const VERSION = 1;
/** Images of one shard, and slices of one shard of volumes. */
const IMAGE_SHARD = 64;
const SLICE_SHARD = 1200;

export interface FeatureSource {
  readonly contentHash: string;
  frame(): Promise<Frame>;
}
export interface FeatureProgress {
  readonly done: number;
  readonly total: number;
  readonly secondsLeft: number | null;
}

/**
 * Features of the frozen encoder, cached by weights, input recipe and content: equal pixels are computed once.
 * `probe` rows are [5 · 2e] (volumes: [3 · 5 · 2e], mean over the slices of each axis, axes side by side); `tokens` rows are
 * [N, E] (volumes: [3 · PLACES, E], the slices' CLS tokens axis by axis).
 */
export class Features {
  private encoder: LoadedEncoder | undefined;
  private readonly tokenStores = new Map<string, FeatureStore>();
  private readonly passes = new Map<string, Promise<EncoderPass>>();

  private constructor(
    private readonly engine: () => Promise<Engine>,
    private readonly encoderPath: string,
    private readonly input: InputRecipe,
    private readonly dir: string,
    /** SHA-256 of the encoder's file. */
    readonly encoderHash: string,
    readonly probe: FeatureStore,
  ) {}

  /** @param cacheDir the project's `cache/` @param engine made when something has to be computed */
  static async open(o: {
    cacheDir: string;
    encoderPath: string;
    input: InputRecipe;
    engine: () => Promise<Engine>;
  }): Promise<Features> {
    const encoderHash = await hashOfWeights(o.encoderPath);
    const { imageSize, resize, letterbox, normalise: norm, fullScale, axes, volume } = o.input;
    const recipe = [imageSize, resize, letterbox, norm, fullScale, axes, ...(volume ? [volume] : [])];
    const identity = JSON.stringify([VERSION, encoderHash, ...recipe]);
    const dir = join(o.cacheDir, 'features', createHash('sha256').update(identity).digest('hex').slice(0, 16));
    return new Features(
      o.engine,
      o.encoderPath,
      o.input,
      dir,
      encoderHash,
      await FeatureStore.open(join(dir, 'probe')),
    );
  }

  async tokens(taps: Taps): Promise<FeatureStore> {
    const name = tapsName(taps);
    let store = this.tokenStores.get(name);
    if (!store) {
      store = await FeatureStore.open(join(this.dir, `${this.volumes ? 'slices' : 'tokens'}-${name}`));
      this.tokenStores.set(name, store);
    }
    return store;
  }

  /**
   * Computes what is not there yet. What was written stays when it is cut off.
   * @param taps null: the probe's features alone @returns how many samples were computed
   */
  async prepare(
    sources: readonly FeatureSource[],
    taps: Taps | null,
    o: {
      onProgress?: (p: FeatureProgress) => void;
      signal?: AbortSignal;
      /** Before each batch; may hold a pause. */
      beforeBatch?: () => Promise<void>;
      /** Told of a sample whose pixels cannot be read, which is left out then; without it the first such sample ends all. */
      onUnreadable?: (contentHash: string, error: UserError) => void;
    } = {},
  ): Promise<number> {
    const tokenStore = taps === null ? null : await this.tokens(taps);
    const seen = new Set<string>();
    const missing = sources.filter(({ contentHash: hash }) => {
      const there = seen.has(hash) || (this.probe.has(hash) && (!tokenStore || tokenStore.has(hash)));
      seen.add(hash);
      return !there;
    });
    const clock = new WorkClock();
    const report = (done: number): void =>
      o.onProgress?.({
        done: seen.size - missing.length + done,
        total: seen.size,
        secondsLeft: done === 0 ? null : (clock.seconds / done) * (missing.length - done),
      });
    report(0);
    if (missing.length === 0) return 0;
    const read = await this.reader(taps, o.signal, o.beforeBatch);
    let unreadable = 0;
    for (let at = 0; at < missing.length;) {
      if (o.signal?.aborted) throw new UserError('cancelled', 'the computation of features was stopped');
      const shard = await this.nextShard(missing, at);
      at += shard.length;
      const there = shard.flatMap(({ hash, frame }) => {
        if (!(frame instanceof UserError)) return [{ hash, frame }];
        if (!o.onUnreadable) throw frame;
        unreadable++;
        o.onUnreadable(hash, frame);
        return [];
      });
      if (there.length === 0) continue;
      const frames = there.map(({ frame }) => frame);
      const hashes = there.map(({ hash }) => hash);
      const rows = await read(frames);
      await this.probe.write(hashes, [rows.probe.length / frames.length], 'float32', rows.probe);
      if (tokenStore && rows.tokens) await tokenStore.write(hashes, rows.tokenShape, 'float16', rows.tokens);
      report(at);
    }
    return missing.length - unreadable;
  }

  /** Features of frames that belong to no project: nothing is cached. */
  async of(frames: readonly Frame[], taps: Taps | null): Promise<FeatureRows> {
    return (await this.reader(taps))(frames);
  }

  /** Gives the encoder's memory back. */
  async dispose(): Promise<void> {
    for (const pass of this.passes.values()) await (await pass).program.dispose();
    this.passes.clear();
    this.encoder = undefined;
  }

  private get volumes(): boolean {
    return this.input.axes === 'three-axes';
  }

  /** About as many images whatever a sample is made of, so that progress moves and little is lost when it is cut off. */
  private async nextShard(missing: readonly FeatureSource[], at: number): Promise<Read[]> {
    if (!this.volumes) return Promise.all(missing.slice(at, at + IMAGE_SHARD).map(readSource));
    const shard: Read[] = [];
    for (let slices = 0; slices < SLICE_SHARD && at + shard.length < missing.length;) {
      const read = await readSource(missing[at + shard.length]!);
      shard.push(read);
      if (!(read.frame instanceof UserError)) slices += read.frame.depth + read.frame.height + read.frame.width;
    }
    return shard;
  }

  /** As `of`, for many calls: what equal slices gave is remembered from one to the next. */
  async reader(
    taps: Taps | null,
    signal?: AbortSignal,
    beforeBatch?: () => Promise<void>,
  ): Promise<(frames: readonly Frame[]) => Promise<FeatureRows>> {
    const pass = waiting(await this.pass(taps), beforeBatch);
    if (!this.volumes) return (frames) => this.ofImages(frames, pass);
    const slices = new SliceEncoder(pass, this.input, signal);
    return async (frames) => volumeRows(await slices.features(frames), pass.width);
  }

  private async pass(taps: Taps | null): Promise<EncoderPass> {
    const want = taps === null ? 'probe' : this.volumes ? 'cls' : 'tokens';
    const name = `${want} ${taps === null ? '' : tapsName(taps)}`;
    let pass = this.passes.get(name);
    if (!pass) {
      this.encoder ??= await loadEncoder(this.encoderPath);
      pass = encoderPass(await this.engine(), this.encoder, this.input.imageSize, taps ?? 'last', want);
      this.passes.set(name, pass);
    }
    return pass;
  }

  private async ofImages(frames: readonly Frame[], pass: EncoderPass): Promise<FeatureRows> {
    const size = this.input.imageSize ** 2 * 3;
    const pixels = new Float32Array(frames.length * size);
    frames.forEach((frame, i) => pixels.set(inputPlanes(frame, this.input)[0]!, i * size));
    const { probe, tokens } = await runPass(pass, normalise(pixels), size);
    return { probe: probe!, tokens: tokens ?? null, tokenShape: [pass.tokens, pass.width] };
  }
}

/** A sample's pixels, or why they cannot be read. */
interface Read {
  readonly hash: string;
  readonly frame: Frame | UserError;
}

const readSource = async ({ contentHash, frame }: FeatureSource): Promise<Read> => ({
  hash: contentHash,
  frame: await frame().catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  }),
});

/** Means over each axis's slices for the probe, the slices' tokens in their places for heads. @param volumes [volume][axis][slice] */
function volumeRows(volumes: readonly SliceFeatures[][][], e: number): FeatureRows {
  const width = volumes[0]![0]![0]!.probe.length;
  const probe = new Float32Array(volumes.length * 3 * width); // [volumes, 3, 5 · 2e]
  const withTokens = volumes[0]![0]![0]!.cls !== null;
  const tokens = withTokens ? new Float32Array(volumes.length * 3 * PLACES * e) : null; // [volumes, 3 · PLACES, E]
  volumes.forEach((axes, v) =>
    axes.forEach((slices, axis) => {
      const at = v * 3 + axis;
      meanOf(
        slices.map((slice) => slice.probe),
        probe.subarray(at * width, (at + 1) * width),
      );
      if (!tokens) return;
      spreadOver(
        slices.map((slice) => slice.cls!),
        tokens.subarray(at * PLACES * e, (at + 1) * PLACES * e),
      );
    }),
  );
  return { probe, tokens, tokenShape: [3 * PLACES, e] };
}

/** The same pass, which waits before each batch. */
function waiting(pass: EncoderPass, before?: () => Promise<void>): EncoderPass {
  if (!before) return pass;
  const run: EncoderPass['program']['run'] = async (feeds) => {
    await before();
    return pass.program.run(feeds);
  };
  return { ...pass, program: { ...pass.program, run } };
}

/** Features of some samples, one after the other. */
export interface FeatureRows {
  readonly probe: Float32Array;
  readonly tokens: Float32Array | null;
  readonly tokenShape: readonly number[];
}

/** Runs images through in batches; the last is filled up. @param pixels [n, size] @returns every output as [n, …] */
async function runPass(pass: EncoderPass, pixels: Float32Array, size: number): Promise<Record<string, Float32Array>> {
  const count = pixels.length / size;
  const { shape } = pass.program.inputs.pixels!;
  const out: Record<string, Float32Array> = {};
  for (let at = 0; at < count; at += pass.batch) {
    const real = Math.min(pass.batch, count - at);
    const data = new Float32Array(pass.batch * size);
    data.set(pixels.subarray(at * size, (at + real) * size));
    const answer: HostTensors = await pass.program.run({ pixels: { dtype: 'float32', shape, data } });
    for (const [name, tensor] of Object.entries(answer)) {
      const row = tensor.data.length / pass.batch;
      out[name] ??= new Float32Array(count * row);
      out[name].set((tensor.data as Float32Array).subarray(0, real * row), at * row);
    }
  }
  return out;
}
