import type { Head } from '@shared/domain';
import { UserError } from '@shared/errors';
import { openPixels } from '@main/project';
import { occlusion, type Occlusion } from './occlusion';
import { openPredictor } from './predictor';
import { readRunData } from './runData';

export interface SampleHeat extends Occlusion {
  /** Voxels that the network saw along x, y and z. */
  readonly size: readonly [number, number, number];
  /** The head was trained on this sample, or on another one of its group. */
  readonly seen: boolean;
}

/**
 * The heat map of one sample of the project that a run lies in, as the run saw it: by the run's own input recipe.
 * @param of.class id of a class that the run knows
 */
export async function heatMapOf(
  of: { readonly folder: string; readonly head: Head; readonly key: number; readonly class: number },
  o: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void },
): Promise<SampleHeat> {
  const predictor = await openPredictor(of.folder, of.head);
  try {
    const column = predictor.classIds.indexOf(of.class);
    if (column < 0) throw new UserError('run-refused', 'this run does not know the class');
    const { projectDir, samples, train } = await readRunData(of.folder);
    const pixels = await openPixels(projectDir, predictor.input);
    try {
      const frame = { ...(await pixels.frame(of.key)), key: of.key };
      const found = await occlusion(predictor, frame, column, o);
      const { group } = samples[of.key]!;
      const seen = train.some((row) => samples[row]!.group === group);
      return { ...found, size: [frame.width, frame.height, frame.depth], seen };
    } finally {
      await pixels.close();
    }
  } finally {
    await predictor.dispose();
  }
}
