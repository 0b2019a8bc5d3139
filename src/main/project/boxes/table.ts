import { volumeBox, type VolumeBox } from '@shared/domain';
import type { Db } from '../db/sqlite';

/** A box that is a sample. */
export interface StoredBox {
  /** Of its sample. */
  readonly key: number;
  /** Of the table `volumes`. */
  readonly volume: number;
  /** Where it is, or was when it was removed. */
  readonly box: VolumeBox;
  readonly gone: boolean;
}

/** The boxes of now, by key of their samples: a view of the steps, kept in their transactions. */
export class BoxTable {
  private readonly byKey = new Map<number, StoredBox>();

  static load(db: Db): BoxTable {
    const table = new BoxTable();
    for (const [key, volume, text, gone] of db.all<[number, number, string, number]>(
      'SELECT key, volume, box, gone FROM boxes ORDER BY key',
    ))
      table.put({ key, volume, box: volumeBox.parse(JSON.parse(text)), gone: gone === 1 });
    return table;
  }

  get(key: number): StoredBox | undefined {
    return this.byKey.get(key);
  }

  put(box: StoredBox): void {
    this.byKey.set(box.key, box);
  }

  /** In the order of their keys. */
  all(): StoredBox[] {
    return [...this.byKey.values()].sort((a, b) => a.key - b.key);
  }

  gone(): number[] {
    return this.all().flatMap(({ key, gone }) => (gone ? [key] : []));
  }
}
