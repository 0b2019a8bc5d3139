import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'reserve.bin';
/** Room for some thousand labels. */
const BYTES = 4 * 2 ** 20;
/** Less than this is not taken from a disk for a reserve. */
const ENOUGH = 64 * 2 ** 20;

/**
 * A file of the project that holds nothing and is given up when the disk is full, so that labels can be saved while the
 * person makes room.
 */
export class Reserve {
  private readonly file: string;

  constructor(private readonly dir: string) {
    this.file = join(dir, FILE);
  }

  /** Puts the reserve aside where there is room for it. What goes wrong here keeps nobody from anything. */
  fill(): void {
    try {
      if (existsSync(this.file) && statSync(this.file).size === BYTES) return;
      const { bavail, bsize } = statfsSync(this.dir);
      if (bavail * bsize < ENOUGH) return;
      // Written, not only made longer: a hole in a file holds no room.
      const handle = openSync(this.file, 'w');
      try {
        writeSync(handle, new Uint8Array(BYTES).fill(82));
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    } catch {
      rmSync(this.file, { force: true });
    }
  }

  /** @returns whether there was something to give up */
  release(): boolean {
    if (!existsSync(this.file)) return false;
    rmSync(this.file, { force: true });
    return true;
  }
}
