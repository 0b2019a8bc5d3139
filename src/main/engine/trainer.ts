import type { Sessions } from './sessions';
import type { Trainer, TrainerOptions } from './types';

export async function createTrainer(_sessions: Sessions, _options: TrainerOptions): Promise<Trainer> {
  throw new Error('under construction');
}
