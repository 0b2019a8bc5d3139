import type { Recipe } from '@shared/domain';
import { openEngine } from '@main/engine';
import type { Engine } from '@main/engine';
import { tensorflowDir } from '@main/project/enginesDir';
import type { RunStatus } from './runFiles';

/**
 * The engine of a run.
 * @param begun how the run began: a resumed one stays with its engine and device, for another's optimiser counts otherwise
 * @throws UserError engine-missing where it is not here
 */
export function engineOf(
  recipe: Pick<Recipe, 'engine' | 'device'>,
  o: { threads?: number; begun?: Pick<RunStatus, 'engine' | 'on'> } = {},
): Promise<Engine> {
  const on = o.begun?.on;
  // Of runs that began before their device was written down, the description tells the engine.
  const named = on?.engine ?? (['onnx', 'tensorflow'] as const).find((name) => o.begun?.engine.startsWith(`${name} `));
  const engine = recipe.engine === 'auto' ? (named ?? 'auto') : recipe.engine;
  const device = recipe.device === 'auto' ? (on?.place ?? (named === 'onnx' ? 'cpu' : 'auto')) : recipe.device;
  return openEngine({ engine, device, threads: o.threads, tensorflowDir: tensorflowDir() });
}
