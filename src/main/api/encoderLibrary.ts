import { EncoderReader } from '@main/compute';
import type { Spawner } from '@main/compute';
import { libraryEncoders } from '@main/engine/encoders';
import type { EncoderOffer, LibraryEncoder } from '@shared/domain';
import { removeFromLibrary } from './libraryFolder';

/** The person's encoders, for every project on this workstation: files of our own making in `encoders/` beside the settings. */
export class EncoderLibrary {
  readonly #reader: EncoderReader;

  constructor(
    private readonly folder: string,
    spawner: Spawner,
  ) {
    this.#reader = new EncoderReader(spawner);
  }

  list(): Promise<LibraryEncoder[]> {
    return libraryEncoders(this.folder);
  }

  inspect(path: string): Promise<EncoderOffer> {
    return this.#reader.inspect(path);
  }

  add(path: string): Promise<LibraryEncoder> {
    return this.#reader.import(path, this.folder);
  }

  /** @throws UserError file-missing */
  async remove(id: string): Promise<LibraryEncoder[]> {
    await removeFromLibrary(this.folder, id, 'the library has no such encoder');
    return this.list();
  }
}
