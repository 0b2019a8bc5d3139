import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fromHalf, toHalf } from './half';

const MAGIC = 'RXFEAT1\n';
const MAX_HEADER = 1 << 20;
const header = z.object({
  dtype: z.enum(['float32', 'float16']),
  /** Of one row. */
  shape: z.array(z.number().int().positive()).min(1).max(4),
  hashes: z.array(z.string().min(1)).min(1),
});
type Header = z.infer<typeof header>;

interface Shard {
  readonly file: string;
  readonly dtype: Header['dtype'];
  readonly shape: readonly number[];
  readonly dataStart: number;
}

/**
 * One kind of features on disk, by content hash: shards of some dozen rows, each written once, whole or not at all, so that
 * several processes may add to it and any file may be deleted. A row of the same content is kept once.
 */
export class FeatureStore {
  private readonly rows = new Map<string, { shard: Shard; index: number }>();

  private constructor(private readonly dir: string) {}

  static async open(dir: string): Promise<FeatureStore> {
    const store = new FeatureStore(dir);
    await store.refresh();
    return store;
  }

  /** Takes notice of shards that others have written. Damaged ones are removed: they are made anew from the pixels. */
  async refresh(): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    this.rows.clear();
    for (const name of (await readdir(this.dir)).filter((n) => n.endsWith('.rxf')).sort()) {
      const file = join(this.dir, name);
      const found = await readShard(file);
      if (found) this.add(found.shard, found.hashes);
      else await rm(file, { force: true });
    }
  }

  has(hash: string): boolean {
    return this.rows.has(hash);
  }

  /** Shape of one row; null while the store is empty. */
  get shape(): readonly number[] | null {
    for (const { shard } of this.rows.values()) return shard.shape;
    return null;
  }

  /** @param values rows one after the other, [hashes, ...shape] */
  async write(
    hashes: readonly string[],
    shape: readonly number[],
    dtype: Header['dtype'],
    values: Float32Array,
  ): Promise<void> {
    const head = Buffer.from(JSON.stringify({ dtype, shape, hashes }));
    const start = Buffer.alloc(16);
    start.write(MAGIC, 'latin1');
    start.writeUInt32LE(head.length, 8);
    const dataStart = Math.ceil((16 + head.length) / 64) * 64;
    const data = dtype === 'float16' ? toHalf(values) : values;
    const file = join(this.dir, `${randomUUID()}.rxf`);
    const handle = await open(`${file}.part`, 'w');
    try {
      await handle.write(start, 0, 16, 0);
      await handle.write(head, 0, head.length, 16);
      await handle.write(Buffer.from(data.buffer, data.byteOffset, data.byteLength), 0, data.byteLength, dataStart);
      await handle.sync();
    } catch (error) {
      await rm(`${file}.part`, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    await rename(`${file}.part`, file);
    this.add({ file, dtype, shape, dataStart }, hashes);
  }

  /**
   * Rows in the order of `hashes`. Synchronous: rows are read in between steps of training, out of the system's file cache.
   * @param out [hashes, ...shape], filled from its start
   */
  read(hashes: readonly string[], out: Float32Array): void {
    const files = new Map<string, number>();
    try {
      hashes.forEach((hash, i) => {
        const row = this.rows.get(hash);
        if (!row) throw new Error(`no features of ${hash} are cached`);
        const { shard, index } = row;
        const size = shard.shape.reduce((a, b) => a * b, 1);
        const to = out.subarray(i * size, (i + 1) * size);
        const bytes = Buffer.allocUnsafeSlow(size * (shard.dtype === 'float16' ? 2 : 4));
        let fd = files.get(shard.file);
        if (fd === undefined) files.set(shard.file, (fd = openSync(shard.file, 'r')));
        if (readSync(fd, bytes, 0, bytes.length, shard.dataStart + index * bytes.length) !== bytes.length)
          throw new Error(`${shard.file} has become shorter`);
        if (shard.dtype === 'float16') fromHalf(new Uint16Array(bytes.buffer, bytes.byteOffset, size), to);
        else to.set(new Float32Array(bytes.buffer, bytes.byteOffset, size));
      });
    } finally {
      for (const fd of files.values()) closeSync(fd);
    }
  }

  private add(shard: Shard, hashes: readonly string[]): void {
    hashes.forEach((hash, index) => this.rows.set(hash, { shard, index }));
  }
}

/** null where the file is not a whole shard. */
async function readShard(file: string): Promise<{ shard: Shard; hashes: string[] } | null> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Buffer.alloc(16);
    if ((await handle.read(start, 0, 16, 0)).bytesRead < 16 || start.toString('latin1', 0, 8) !== MAGIC) return null;
    const length = start.readUInt32LE(8);
    if (length > MAX_HEADER) return null;
    const head = Buffer.alloc(length);
    await handle.read(head, 0, length, 16);
    const parsed = header.safeParse(parseJson(head));
    if (!parsed.success) return null;
    const { dtype, shape, hashes } = parsed.data;
    const dataStart = Math.ceil((16 + length) / 64) * 64;
    const rowBytes = shape.reduce((a, b) => a * b, dtype === 'float16' ? 2 : 4);
    if (size !== dataStart + rowBytes * hashes.length) return null;
    return { shard: { file, dtype, shape, dataStart }, hashes };
  } finally {
    await handle.close();
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
