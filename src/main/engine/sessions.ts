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
  readonly session: Promise<InferenceSession>;
  holders: number;
}

/** onnxruntime's sessions: equal graphs over the same constants in memory share one while anybody holds it. */
export class Sessions {
  private readonly open = new Map<string, Entry>();
  constructor(
    readonly place: Place,
    private readonly options: InferenceSession.SessionOptions,
  ) {}

  /** @param onDevice outputs that stay on the device, as inputs of the next run */
  async acquire(file: ModelFile, onDevice: readonly string[] = []): Promise<SessionLease> {
    const key = [modelKey(file), ...onDevice].join();
    let entry = this.open.get(key);
    if (!entry) {
      const kept = Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer' as const]));
      const options = { ...this.options, externalData: file.external };
      if (onDevice.length > 0) options.preferredOutputLocation = kept;
      entry = { session: createSession(file.model, options), holders: 0 };
      this.open.set(key, entry);
    }
    const held = entry;
    held.holders++;
    const giveBack = async (): Promise<void> => {
      if (--held.holders > 0) return;
      this.open.delete(key);
      await (await held.session).release();
    };
    try {
      const session = await held.session;
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

  /** How many sessions live. */
  get size(): number {
    return this.open.size;
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
