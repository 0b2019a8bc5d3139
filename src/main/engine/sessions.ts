import type { InferenceSession } from 'onnxruntime-node';
import { modelKey } from './graph/file';
import { createSession } from './session';
import type { ModelFile } from './graph/file';

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
  constructor(private readonly options: InferenceSession.SessionOptions) {}

  async acquire(file: ModelFile): Promise<SessionLease> {
    const key = modelKey(file);
    let entry = this.open.get(key);
    if (!entry) {
      const options = { ...this.options, externalData: file.external };
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
      throw new Error(`onnxruntime refuses the traced network: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }

  /** How many sessions live. */
  get size(): number {
    return this.open.size;
  }
}
