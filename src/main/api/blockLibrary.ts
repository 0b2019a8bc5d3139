import { BlockReader } from '@main/compute';
import type { Spawner } from '@main/compute';
import { libraryBlocks } from '@main/engine/blocks';
import type { BlockOffer, LibraryBlock } from '@shared/domain';
import { removeFromLibrary } from './libraryFolder';

/** The person's blocks of language models, for every project on this workstation: files of our own making in `blocks/` beside the settings. */
export class BlockLibrary {
  readonly #reader: BlockReader;

  constructor(
    private readonly folder: string,
    spawner: Spawner,
  ) {
    this.#reader = new BlockReader(spawner);
  }

  list(): Promise<LibraryBlock[]> {
    return libraryBlocks(this.folder);
  }

  inspect(path: string): Promise<BlockOffer> {
    return this.#reader.inspect(path);
  }

  add(path: string, layer: number): Promise<LibraryBlock> {
    return this.#reader.import(path, layer, this.folder);
  }

  /** @throws UserError file-missing */
  async remove(id: string): Promise<LibraryBlock[]> {
    await removeFromLibrary(this.folder, id, 'the library has no such block');
    return this.list();
  }
}
