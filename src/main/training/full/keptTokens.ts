import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { changesPictures } from '@shared/domain';
import type { InputRecipe } from '@shared/domain';
import type { Engine, LoadedEncoder, Program } from '@main/engine';
import { FeatureStore } from '../featureStore';
import type { BatchPlace, Pictures } from './pictures';
import type { LastBlocks } from './trunk';
import type { ChangeRule } from './views';

/** Grows when kept tokens of the same weights and pixels would come out differently. */
const VERSION = 2;

/** Where kept tokens lie, and what tells samples apart there. */
export interface TokenCache {
  /** The project's `cache/`. */
  readonly dir: string;
  /** Content hash of every row. */
  readonly hashes: readonly string[];
}

export interface KeptTokensOptions {
  readonly engine: Engine;
  readonly encoder: LoadedEncoder;
  readonly trunk: LastBlocks;
  readonly pictures: Pictures;
  readonly input: InputRecipe;
  readonly rule: ChangeRule;
  /** Changed views of a sample, which epochs take in turn. */
  readonly views: number;
  /** null: nothing is kept beyond this object (files outside of a project, measuring). */
  readonly cache: TokenCache | null;
}

interface Store {
  has(name: string): boolean;
  read(names: readonly string[], out: Float32Array): void;
  write(names: readonly string[], shape: readonly number[], values: Float32Array): Promise<void>;
}

/**
 * What trained blocks stand on: tokens from below them, of some changed views of each picture. A view is computed when it is first
 * read, and found again in later epochs and runs.
 */
export class KeptTokens {
  private store: Promise<Store> | undefined;
  private pass: Promise<{ program: Program; batch: number }> | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly o: KeptTokensOptions) {}

  /** Batches come one after the other: what one computes the next may read. @param at null: pictures as they are @returns [size, …inputShape] */
  batch(rows: readonly number[], at: BatchPlace | null, size: number): Promise<Float32Array> {
    const turn = this.last.then(async () => {
      const out = new Float32Array(size * this.o.trunk.inputShape.reduce((a, b) => a * b, 1));
      await this.read(rows, at?.epoch ?? null, out);
      return out;
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async read(rows: readonly number[], epoch: number | null, out: Float32Array): Promise<void> {
    this.store ??= this.open();
    const store = await this.store;
    const view = epoch === null || !changesPictures(this.o.rule) ? null : epoch % this.o.views;
    const named = rows.map((row) => ({ row, name: this.nameOf(row, view) }));
    const missing = named.filter(({ name }, i) => !store.has(name) && named.findIndex((n) => n.name === name) === i);
    if (missing.length > 0) await this.compute(missing, view, store);
    store.read(
      named.map(({ name }) => name),
      out,
    );
  }

  async dispose(): Promise<void> {
    await this.last;
    if (this.pass) await (await this.pass).program.dispose();
    this.pass = undefined;
    await this.o.pictures.dispose();
  }

  /** Changes are drawn by key; without one, equal pixels have equal tokens. */
  private nameOf(row: number, view: number | null): string {
    const content = this.o.cache?.hashes[row] ?? String(row);
    return view === null ? content : `${content} ${this.o.rule.keyOf(row)} ${view}`;
  }

  private async compute(missing: readonly { row: number; name: string }[], view: number | null, store: Store) {
    const { trunk, pictures } = this.o;
    this.pass ??= this.compile();
    const { program, batch } = await this.pass;
    const shape = [batch, ...trunk.pictureShape];
    const size = trunk.inputShape.reduce((a, b) => a * b, 1);
    const all = new Float32Array(missing.length * size);
    for (let at = 0; at < missing.length; at += batch) {
      const part = missing.slice(at, at + batch);
      const rows = part.map(({ row }) => row);
      const data = await pictures.batch(rows, view === null ? null : { epoch: view, number: 0 }, batch);
      const { kept } = await program.run({ pixels: { dtype: 'float32', shape, data } });
      all.set((kept!.data as Float32Array).subarray(0, part.length * size), at * size);
    }
    await store.write(
      missing.map(({ name }) => name),
      trunk.inputShape,
      all,
    );
  }

  private async compile(): Promise<{ program: Program; batch: number }> {
    const { engine, encoder, trunk } = this.o;
    const batch = Math.max(2, Math.min(32, Math.round(1200 / trunk.rowsBelow)));
    const program = await engine.compile({
      constants: encoder.params,
      inputs: { pixels: { dtype: 'float32', shape: [batch, ...trunk.pictureShape] } },
      apply: (constants, { pixels }) => ({ kept: trunk.below(constants, pixels!) }),
    });
    return { program, batch };
  }

  private async open(): Promise<Store> {
    const { cache, encoder, trunk, input, rule } = this.o;
    if (!cache) return memory();
    const { imageSize, resize, letterbox, normalise, fullScale, volume } = input;
    const { flips, seed, augment, crop, erase } = rule;
    const hash = createHash('sha256').update(
      JSON.stringify([
        VERSION,
        trunk.kept,
        trunk.pictureShape,
        encoder.config,
        imageSize,
        resize,
        letterbox,
        normalise,
        fullScale,
        ...(volume ? [volume] : []),
        flips,
        seed,
        [augment, crop, erase],
      ]),
    );
    // Weights by a few numbers of each tensor would do as well; all of them cost a tenth of a second.
    for (const name of Object.keys(encoder.params).sort()) {
      const { data } = encoder.params[name]!;
      hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    const store = await FeatureStore.open(join(cache.dir, 'views', hash.digest('hex').slice(0, 16)));
    return {
      has: (name) => store.has(name),
      read: (names, out) => store.read(names, out),
      write: (names, shape, values) => store.write(names, shape, 'float16', values),
    };
  }
}

function memory(): Store {
  const rows = new Map<string, Float32Array>();
  return {
    has: (name) => rows.has(name),
    read: (names, out) =>
      names.forEach((name, i) => {
        const row = rows.get(name)!;
        out.set(row, i * row.length);
      }),
    write: (names, _shape, values) => {
      const size = values.length / names.length;
      names.forEach((name, i) => rows.set(name, values.slice(i * size, (i + 1) * size)));
      return Promise.resolve();
    },
  };
}
