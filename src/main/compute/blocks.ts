import type { BlockOffer, EncoderOffer, LibraryBlock, LibraryEncoder } from '@shared/domain';
import { Child } from './child';
import type { Spawner } from './spawner';

/** Files of weights are read in a child of their own each time: a hostile one ends that child and nothing else. */
class Reader {
  constructor(private readonly spawner: Spawner) {}

  protected async ask(question: (child: Child) => Promise<unknown>): Promise<unknown> {
    const child = new Child(this.spawner);
    try {
      return await question(child);
    } finally {
      await child.close();
    }
  }
}

/** Blocks of language models. */
export class BlockReader extends Reader {
  /** What a file or folder holds. @throws UserError */
  async inspect(path: string): Promise<BlockOffer> {
    return (await this.ask((child) => child.ask('inspectBlock', { path }))) as BlockOffer;
  }

  /** Takes one layer into the folder `into`. @throws UserError */
  async import(path: string, layer: number, into: string): Promise<LibraryBlock> {
    return (await this.ask((child) => child.ask('importBlock', { path, layer, into }))) as LibraryBlock;
  }
}

/** 2D encoders. */
export class EncoderReader extends Reader {
  /** What a file or folder holds. @throws UserError */
  async inspect(path: string): Promise<EncoderOffer> {
    return (await this.ask((child) => child.ask('inspectEncoder', { path }))) as EncoderOffer;
  }

  /** Takes an encoder into the folder `into`. @throws UserError */
  async import(path: string, into: string): Promise<LibraryEncoder> {
    return (await this.ask((child) => child.ask('importEncoder', { path, into }))) as LibraryEncoder;
  }
}
