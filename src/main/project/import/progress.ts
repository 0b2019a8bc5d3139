import type { ImportProgress } from '@shared/domain';
import { UserError } from '@shared/errors';

const EVERY_MS = 150;

/** Tells how far an import is, at most some times a second, with the time that is left; and whether it was cancelled. */
export class Progress {
  private stage: ImportProgress['stage'] = 'reading';
  private started = Date.now();
  private told = 0;

  constructor(
    private readonly importId: string,
    private readonly tell: ((progress: ImportProgress) => void) | undefined,
    readonly signal: AbortSignal | undefined,
  ) {}

  /** @throws UserError `cancelled` */
  check(): void {
    if (this.signal?.aborted)
      throw new UserError('cancelled', 'the import was cancelled', { cause: this.signal.reason });
  }

  /** @throws UserError `cancelled` */
  at(stage: ImportProgress['stage'], done: number, total: number): void {
    this.check();
    const now = Date.now();
    const fresh = stage !== this.stage || this.told === 0;
    if (fresh) this.started = now;
    if (!fresh && now - this.told < EVERY_MS && done < total) return;
    this.stage = stage;
    this.told = now;
    const seconds = (now - this.started) / 1000;
    const share = total > 0 ? done / total : 1;
    const secondsLeft = share > 0.02 && seconds > 0.5 ? (seconds * (1 - share)) / share : null;
    this.tell?.({ importId: this.importId, stage, done, total, secondsLeft });
  }
}
