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
import { hashOfFile } from './fileHash';
import { inputPlanes, normalise } from './input';
import { tapsName } from './taps';
import type { Taps } from './taps';

/** Grows when features of the same weights and pixels would come out differently. */
const VERSION = 1;
/** Samples of one shard. */
const SHARD = 64;
const VOLUME_SHARD = 8;

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
 * [N, E] (volumes: [7, E], the mean CLS, then each axis's mean CLS and mean patch).
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
    const encoderHash = await hashOfFile(o.encoderPath);
    const { imageSize, resize, letterbox, normalise: norm, fullScale, axes } = o.input;
    const identity = JSON.stringify([VERSION, encoderHash, imageSize, resize, letterbox, norm, fullScale, axes]);
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
      store = await FeatureStore.open(join(this.dir, `tokens-${name}`));
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
    o: { onProgress?: (p: FeatureProgress) => void; signal?: AbortSignal } = {},
  ): Promise<number> {
    const tokenStore = taps === null ? null : await this.tokens(taps);
    const seen = new Set<string>();
    const missing = sources.filter(({ contentHash: hash }) => {
      const there = seen.has(hash) || (this.probe.has(hash) && (!tokenStore || tokenStore.has(hash)));
      seen.add(hash);
      return !there;
    });
    const start = performance.now();
    const report = (done: number): void =>
      o.onProgress?.({
        done: seen.size - missing.length + done,
        total: seen.size,
        secondsLeft: done === 0 ? null : ((performance.now() - start) / 1000 / done) * (missing.length - done),
      });
    report(0);
    const volumes = this.input.axes === 'three-axes';
    const shard = volumes ? VOLUME_SHARD : SHARD;
    for (let at = 0; at < missing.length; at += shard) {
      if (o.signal?.aborted) throw new UserError('cancelled', 'the computation of features was stopped');
      const part = missing.slice(at, at + shard);
      const pass = await this.pass(taps, volumes ? 'pooled' : 'tokens');
      const rows = volumes ? await this.ofVolumes(part, pass) : await this.ofImages(part, pass);
      const hashes = part.map((s) => s.contentHash);
      await this.probe.write(hashes, [rows.probe.length / part.length], 'float32', rows.probe);
      if (tokenStore && rows.tokens) await tokenStore.write(hashes, rows.tokenShape, 'float16', rows.tokens);
      report(Math.min(missing.length, at + part.length));
    }
    return missing.length;
  }

  /** Features of frames that belong to no project: nothing is cached. */
  async of(frames: readonly Frame[], taps: Taps | null): Promise<FeatureRows> {
    const volumes = this.input.axes === 'three-axes';
    const pass = await this.pass(taps, volumes ? 'pooled' : 'tokens');
    const sources = frames.map((frame) => ({ contentHash: '', frame: () => Promise.resolve(frame) }));
    return volumes ? this.ofVolumes(sources, pass) : this.ofImages(sources, pass);
  }

  /** Gives the encoder's memory back. */
  async dispose(): Promise<void> {
    for (const pass of this.passes.values()) await (await pass).program.dispose();
    this.passes.clear();
    this.encoder = undefined;
  }

  private async pass(taps: Taps | null, tokens: 'tokens' | 'pooled'): Promise<EncoderPass> {
    const name = taps === null ? 'probe' : `${tokens} ${tapsName(taps)}`;
    let pass = this.passes.get(name);
    if (!pass) {
      this.encoder ??= await loadEncoder(this.encoderPath);
      pass = encoderPass(
        await this.engine(),
        this.encoder,
        this.input.imageSize,
        taps ?? 'last',
        taps === null ? 'probe' : tokens,
      );
      this.passes.set(name, pass);
    }
    return pass;
  }

  private async ofImages(sources: readonly FeatureSource[], pass: EncoderPass): Promise<FeatureRows> {
    const size = this.input.imageSize ** 2 * 3;
    const pixels = new Float32Array(sources.length * size);
    const frames = await Promise.all(sources.map((s) => s.frame()));
    frames.forEach((frame, i) => pixels.set(inputPlanes(frame, this.input)[0]!, i * size));
    const { probe, tokens } = await runPass(pass, normalise(pixels), size);
    return { probe: probe!, tokens: tokens ?? null, tokenShape: [pass.tokens, pass.width] };
  }

  private async ofVolumes(sources: readonly FeatureSource[], pass: EncoderPass): Promise<FeatureRows> {
    const size = this.input.imageSize ** 2 * 3;
    const slices = new SliceList(size);
    const places: number[][][] = []; // [sample][axis][slice] → place in `slices`
    for (const source of sources)
      places.push(inputPlanes(await source.frame(), this.input).map((planes) => slices.addAll(planes)));
    const { probe, pooled } = await runPass(pass, normalise(slices.pixels()), size);
    const width = probe!.length / slices.count;
    const e = pass.width;
    const out = new Float32Array(sources.length * 3 * width); // [samples, 3, 5 · 2e]
    const tokens = pooled ? new Float32Array(sources.length * 7 * e) : null; // [samples, 7, E]
    places.forEach((axes, s) =>
      axes.forEach((list, axis) => {
        addMean(out, (s * 3 + axis) * width, probe!, list, width);
        if (!tokens) return;
        const row = new Float32Array(2 * e);
        addMean(row, 0, pooled!, list, 2 * e);
        tokens.set(row, (s * 7 + 1 + 2 * axis) * e);
        for (let j = 0; j < e; j++) tokens[s * 7 * e + j]! += row[j]! / 3;
      }),
    );
    return { probe: out, tokens, tokenShape: [7, e] };
  }
}

/** Features of some samples, one after the other. */
export interface FeatureRows {
  readonly probe: Float32Array;
  readonly tokens: Float32Array | null;
  readonly tokenShape: readonly number[];
}

/** Slices of some volumes, equal ones once: volumes have many empty ones. */
class SliceList {
  private readonly known = new Map<string, number>();
  private readonly list: Float32Array[] = [];
  constructor(private readonly size: number) {}

  get count(): number {
    return this.list.length;
  }

  /** @returns the place of each slice */
  addAll(planes: Float32Array): number[] {
    return Array.from({ length: planes.length / this.size }, (_, i) => {
      const slice = planes.subarray(i * this.size, (i + 1) * this.size);
      const bytes = Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength);
      const key = createHash('sha1').update(bytes).digest('base64');
      let place = this.known.get(key);
      if (place === undefined) {
        place = this.list.push(slice) - 1;
        this.known.set(key, place);
      }
      return place;
    });
  }

  pixels(): Float32Array {
    const out = new Float32Array(this.list.length * this.size);
    this.list.forEach((slice, i) => out.set(slice, i * this.size));
    return out;
  }
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

/** out[at …] += mean over `rows` of `values` [rows, width]. */
function addMean(out: Float32Array, at: number, values: Float32Array, rows: readonly number[], width: number): void {
  const sums = new Float64Array(width);
  for (const row of rows) for (let j = 0; j < width; j++) sums[j]! += values[row * width + j]!;
  for (let j = 0; j < width; j++) out[at + j]! += sums[j]! / rows.length;
}
