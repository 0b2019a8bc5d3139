import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readSafetensors, toFloat32, writeSafetensors } from '@main/formats';
import type { StoredTensor } from '@main/formats';
import type { HostTensors } from '@main/engine';
import type { Checkpoint } from './headTrainer';

/** Which epoch was the best so far, by validation. */
export interface Best {
  readonly epoch: number;
  readonly auc: number | null;
  readonly loss: number;
}

const RESUME = 'resume.safetensors';
const BEST = 'training.best';
const EPOCH = 'training.epoch';

/** Parameters alone: equal weights are equal bytes. */
export async function writeParams(file: string, params: HostTensors): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeSafetensors(file, params as Record<string, StoredTensor>);
}

export async function readParams(file: string): Promise<HostTensors> {
  return Object.fromEntries(
    Object.entries(await readSafetensors(file)).map(([name, tensor]) => [
      name,
      { dtype: 'float32', shape: tensor.shape, data: toFloat32(tensor) },
    ]),
  );
}

/** All that a part of a run needs to go on bit for bit after this epoch; one file, so that it is whole or as it was. */
export async function writeResume(folder: string, { epoch, state }: Checkpoint, best: Best | null): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, RESUME), {
    ...(state as Record<string, StoredTensor>),
    [EPOCH]: { dtype: 'int32', shape: [1], data: Int32Array.of(epoch) },
    [BEST]: {
      dtype: 'float64',
      shape: [3],
      data: Float64Array.of(best?.epoch ?? 0, best?.auc ?? NaN, best?.loss ?? NaN),
    },
  });
}

export async function readResume(folder: string): Promise<{ from: Checkpoint; best: Best | null } | null> {
  const file = join(folder, RESUME);
  if (!existsSync(file)) return null;
  const { [EPOCH]: epoch, [BEST]: best, ...state } = await readSafetensors(file);
  const [bestEpoch, auc, loss] = best!.data as Float64Array;
  return {
    from: { epoch: Number(epoch!.data[0]), state: state as HostTensors },
    best: bestEpoch! > 0 ? { epoch: bestEpoch!, auc: Number.isNaN(auc!) ? null : auc!, loss: loss! } : null,
  };
}

export const dropResume = (folder: string): Promise<void> => rm(join(folder, RESUME), { force: true });
