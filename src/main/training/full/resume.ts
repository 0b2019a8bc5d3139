import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensors } from '@main/engine';
import { readSafetensors, writeSafetensors } from '@main/formats';
import type { StoredTensor } from '@main/formats';
import type { Best } from '../checkpoints';
import type { FullCheckpoint } from './fullTrainer';

/** The same file as that of a head, so that a finished run leaves none behind. */
const RESUME = 'resume.safetensors';
const PLACE = 'training.place';

/** All that a run needs to go on bit for bit between two steps; one file, so that it is whole or as it was. */
export async function writeFullResume(folder: string, at: FullCheckpoint, best: Best | null): Promise<void> {
  await writeSafetensors(join(folder, RESUME), {
    ...(at.state as Record<string, StoredTensor>),
    [PLACE]: {
      dtype: 'float64',
      shape: [7],
      data: Float64Array.of(
        at.epoch,
        at.step,
        at.lossSum,
        at.countSum,
        best?.epoch ?? 0,
        best?.auc ?? NaN,
        best?.loss ?? NaN,
      ),
    },
  });
}

export async function readFullResume(folder: string): Promise<{ from: FullCheckpoint; best: Best | null } | null> {
  const file = join(folder, RESUME);
  if (!existsSync(file)) return null;
  const { [PLACE]: place, ...state } = await readSafetensors(file);
  const [epoch, step, lossSum, countSum, bestEpoch, auc, loss] = place!.data as Float64Array;
  return {
    from: { epoch: epoch!, step: step!, lossSum: lossSum!, countSum: countSum!, state: state as HostTensors },
    best: bestEpoch! > 0 ? { epoch: bestEpoch!, auc: Number.isNaN(auc!) ? null : auc!, loss: loss! } : null,
  };
}
