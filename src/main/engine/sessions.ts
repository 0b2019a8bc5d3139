import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import type { Place } from '@shared/domain';
import { UserError } from '@shared/errors';
import { modelKey } from './graph/file';
import { createSession } from './session';
import type { ModelFile } from './graph/file';
import { placeName } from './places';

export interface SessionLease {
  readonly session: InferenceSession;
  /** Gives the memory back when the last holder has released the session. */
  release(): Promise<void>;
}

interface Entry {
  readonly session: Promise<OpenSession>;
  holders: number;
}
interface OpenSession {
  readonly session: InferenceSession;
  /** Files that the session holds open still; null where there are none. */
  readonly folder: string | null;
}

/** onnxruntime's sessions: equal graphs over the same constants in memory share one while anybody holds it. */
export class Sessions {
  private readonly open = new Map<string, Entry>();
  constructor(
    readonly place: Place,
    private readonly options: InferenceSession.SessionOptions,
    private readonly mapFrom = Infinity,
  ) {}

  /** As of `Graph`: on the processor, whose memory is the host's own. */
  get oneLayout(): boolean {
    return this.place === 'cpu';
  }

  /** @param onDevice outputs that stay on the device, as inputs of the next run */
  async acquire(file: ModelFile, onDevice: readonly string[] = []): Promise<SessionLease> {
    const key = [modelKey(file), ...onDevice].join();
    let entry = this.open.get(key);
    if (!entry) {
      const kept = Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer' as const]));
      const options = { ...this.options };
      if (onDevice.length > 0) options.preferredOutputLocation = kept;
      entry = { session: this.create(file, options), holders: 0 };
      this.open.set(key, entry);
    }
    const held = entry;
    held.holders++;
    const giveBack = async (): Promise<void> => {
      if (--held.holders > 0) return;
      this.open.delete(key);
      const { session, folder } = await held.session;
      await session.release();
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    };
    try {
      const { session } = await held.session;
      let released = false;
      return {
        session,
        release: async () => {
          if (released) return;
          released = true;
          await giveBack();
        },
      };
    } catch (error) {
      held.holders--;
      if (this.open.get(key) === held) this.open.delete(key);
      throw refusal(this.place, error);
    }
  }

  private async create(file: ModelFile, options: InferenceSession.SessionOptions): Promise<OpenSession> {
    const bytes = file.external.reduce((sum, { source }) => sum + source.byteLength, 0);
    const folder = file.oneLayout && bytes >= this.mapFrom ? await writtenWeights(file) : null;
    if (folder !== null) return mappedSession(file.model, folder, options);
    const externalData = file.external.map(({ path, bytes }) => ({ path, data: bytes() }));
    return { session: await createSession(file.model, { ...options, externalData }), folder: null };
  }

  /** How many sessions live. */
  get size(): number {
    return this.open.size;
  }
}

/** Writes a network's weights into a new folder. @returns null, with a word in the log, where there is no room for them */
async function writtenWeights({ external }: ModelFile): Promise<string | null> {
  let folder: string | null = null;
  try {
    folder = await mkdtemp(join(tmpdir(), 'residua-weights-'));
    for (const { path, bytes } of external) await writeFile(join(folder, path), bytes());
    return folder;
  } catch (error) {
    if (folder !== null) await rm(folder, { recursive: true, force: true });
    console.error(`weights are held in memory, for ${tmpdir()} cannot take them`, error);
    return null;
  }
}

/**
 * A session that maps its weights' files: pages of theirs that memory is needed for are dropped and read again. They are not copied into a
 * layout for products either, which for frozen weights that are read forward and backward would be two copies.
 */
async function mappedSession(
  model: Uint8Array,
  folder: string,
  options: InferenceSession.SessionOptions,
): Promise<OpenSession> {
  const drop = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const extra = options.extra as { session?: Record<string, unknown> } | undefined;
    const own = { model_external_initializers_file_folder_path: folder, disable_prepacking: '1' };
    const session = await createSession(model, {
      ...options,
      extra: { ...extra, session: { ...extra?.session, ...own } },
    });
    // Mapped files go on without a name, but on Windows, where they are deleted with the session.
    if (process.platform === 'win32') return { session, folder };
    await drop();
    return { session, folder: null };
  } catch (error) {
    await drop();
    throw error;
  }
}

/** onnxruntime's refusal of a network, in words that say whether the device or the network is to blame. */
export function refusal(place: Place, error: unknown): Error {
  const said = error instanceof Error ? error.message : String(error);
  const device = placeName(place);
  if (/Failed to get a WebGPU adapter|No supported adapters|Failed to get a WebGPU device/.test(said))
    return new UserError('engine-missing', `${device} finds no GPU here: it needs a driver for ${DRIVERS}`, {
      cause: error,
    });
  const [, op, name] = /(?:Node|node)[^']*'?(\w+)[^']*' \((\S+?)\)/.exec(said) ?? [];
  if (/fallback to CPU EP has been explicitly disabled/.test(said))
    return new UserError(
      'engine-missing',
      `onnxruntime's provider for ${device} lacks an operation of this network${op ? ` (${op}, ${name})` : ''}: choose another device`,
      { cause: error },
    );
  return new Error(`onnxruntime refuses the traced network: ${said}`, { cause: error });
}

const DRIVERS = process.platform === 'win32' ? 'Direct3D 12' : process.platform === 'darwin' ? 'Metal' : 'Vulkan';
