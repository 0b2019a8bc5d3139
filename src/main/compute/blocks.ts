import type { BlockOffer, LibraryBlock } from '@shared/domain';
import { Child } from './child';
import type { Spawner } from './spawner';

/** Files of language models are read in a child of their own each time: a hostile one ends that child and nothing else. */
export class BlockReader {
  constructor(private readonly spawner: Spawner) {}

  /** What a file or folder holds. @throws UserError */
  async inspect(path: string): Promise<BlockOffer> {
    return (await this.#ask((child) => child.ask('inspectBlock', { path }))) as BlockOffer;
  }

  /** Takes one layer into the folder `into`. @throws UserError */
  async import(path: string, layer: number, into: string): Promise<LibraryBlock> {
    return (await this.#ask((child) => child.ask('importBlock', { path, layer, into }))) as LibraryBlock;
  }

  async #ask(question: (child: Child) => Promise<unknown>): Promise<unknown> {
    const child = new Child(this.spawner);
    try {
      return await question(child);
    } finally {
      await child.close();
    }
  }
}
